"""How independent the evidence is: the chain by which a statement reached each document.

A citation is ``via`` the one it was taken from. No ``via`` means that none is known, so that the
number of origins, the documents at the ends of the chains, is an upper bound.
"""

from collections.abc import Iterable
from typing import Any

# Common table expressions over ``ci`` (see clocks.World): ``linked`` has the citations that count,
# each with ``chain``, the documents it came through, origin first and itself last. A citation that
# is not seen ends a chain, as though it were not there.
CHAINS = """
    walk AS (
      SELECT c.*, ARRAY[c.document::text] AS chain
      -- IS NOT FALSE: also where it is taken from none, whose number is null.
      FROM ci c WHERE (c.via_id NOT IN (SELECT id FROM ci)) IS NOT FALSE
      UNION ALL
      SELECT c.*, w.chain || c.document::text FROM walk w JOIN ci c ON c.via_id = w.id
    ),
    linked AS MATERIALIZED (SELECT * FROM walk WHERE counts)
"""


def documents_and_origins(citations: Iterable[dict[str, Any]]) -> tuple[int, int]:
    """Return how many documents these citations stand in, and how many origins they go back to."""
    chains = [citation["chain"] for citation in citations]
    return len({chain[-1] for chain in chains}), len({chain[0] for chain in chains})
