"""How independent the evidence is: the chain by which a statement reached each document.

A citation is ``via`` the one it was taken from. No ``via`` means that none is known, so that the
number of origins, the documents at the ends of the chains, is an upper bound.
"""

from collections.abc import Iterable
from typing import Any

# Common table expressions over ``ci`` (see clocks.World) and ``told``: ``linked`` has the citations
# that count, each with ``chain``, the documents it came through, origin first and itself last.
# A citation that is not public ends a chain, as though it were not there.
CHAINS = """
    walk AS (
      SELECT c.id AS citation_id, c.via_id, ARRAY[c.document::text] AS chain
      FROM ci c WHERE c.counts AND c.statement_id IN (SELECT id FROM told)
      UNION ALL
      SELECT w.citation_id, p.via_id, p.document::text || w.chain
      -- The database allows no circle; were there one, a query should end all the same.
      FROM walk w JOIN ci p ON p.id = w.via_id AND p.document <> ALL (w.chain)
    ),
    linked AS MATERIALIZED (
      SELECT DISTINCT ON (c.id) c.*, w.chain
      FROM walk w JOIN ci c ON c.id = w.citation_id
      ORDER BY c.id, cardinality(w.chain) DESC
    )
"""


def documents_and_origins(citations: Iterable[dict[str, Any]]) -> tuple[int, int]:
    """Return how many documents these citations stand in, and how many origins they go back to."""
    chains = [citation["chain"] for citation in citations]
    return len({chain[-1] for chain in chains}), len({chain[0] for chain in chains})
