"""The acts behind an answer, as one query tells them: statements, citations and chains."""

from typing import Any, NamedTuple

from django.db import connection

from claims.positions.clocks import Clocks, World, dates
from claims.positions.independence import CHAINS, same_documents
from claims.positions.runs import POSITIONS

Row = dict[str, Any]


class Acts(NamedTuple):
    """Statements, by source and in order, and what they name.

    Each statement has its dates with their days, its ``citations`` with their ``chain``, and where
    it is asked for a claim: ``held``, ``since``, ``order_uncertain`` of the source's position, and
    ``decides``. ``sources`` and ``documents`` are by slug. ``keyed`` are lists of documents that
    have an address or a text in common, ``different`` pairs that are different all the same.
    """

    claims: dict[str, Row]
    statements: list[Row]
    sources: dict[str, Row]
    documents: dict[str, Row]
    keyed: list[list[str]]
    different: list[tuple[str, str]]


# The statements of a claim, in ``weighed``, each beside what its source holds of it. ``place``
# counts the statements of a source; ``stands`` is true of the one that stands for the source: that
# which decides its position, else the last one.
WEIGHED = f"""
    {POSITIONS},
    placed AS (
      SELECT *, row_number() OVER turn AS place, lead(id) OVER turn IS NULL AS is_last
      FROM st
      WINDOW turn AS (
        PARTITION BY claim_id, source_id ORDER BY upper(said_range) NULLS FIRST, "order", slug
      )
    ),
    weighed AS (
      SELECT s.*, p.stance AS held, p.since, p.since_range, p.order_uncertain,
        CASE WHEN p.stance IS NULL THEN is_last ELSE s.id = p.statement_id END AS stands
      FROM placed s LEFT JOIN position p USING (claim_id, source_id)
    )
"""

# Those that matter to a position: the one that stands for a source, and what it said later.
OF_A_CLAIM = f"""
    {WEIGHED},
    told AS MATERIALIZED (
      SELECT * FROM (
        SELECT *, bool_or(stands) OVER (PARTITION BY claim_id, source_id ORDER BY place) AS matters
        FROM weighed
      ) w
      WHERE matters
    )
"""

# All of them.
ALL_OF_A_CLAIM = f"{WEIGHED}, told AS MATERIALIZED (SELECT * FROM weighed)"

# These statements and no others, without what is held.
AS_THEY_ARE = """
    told AS MATERIALIZED (
      SELECT *, 1 AS place, null::text AS held, null::text AS since, null::daterange AS since_range,
        null::boolean AS order_uncertain, null::boolean AS stands
      FROM st
    )
"""

# + 0: see World.citations.
STATEMENTS = f"""
    SELECT json_agg(row_to_json(s) ORDER BY s.source, s.place) FROM (
      SELECT o.slug AS source, c.slug AS claim, t.slug, t.stance, t.denies_what,
        {dates("said", "t")}, t.occasion, t.personal_capacity, t.note, t.place,
        t.held, t.stands AND t.held IS NOT NULL AS decides, {dates("since", "t")},
        t.order_uncertain, coalesce(e.citations, '[]') AS citations
      FROM told t JOIN source o ON o.id = t.source_id + 0 JOIN asked c ON c.id = t.claim_id + 0
      LEFT JOIN evidence e ON e.statement_id = t.id
    ) s
"""

# All that is told of a document, and what a sentence says of it: long answers need no more.
IN_FULL = (
    f"d.kind, d.title, d.url, d.archived_url, d.language, {dates('published', 'd')}, "
    "nullif(d.retracted, '') AS retracted"
)
FOR_SENTENCES = """
    d.kind, CASE WHEN p.name IS NULL THEN d.title END AS title,
    upper(d.published_range) - 1 AS published_to, nullif(d.retracted, '') AS retracted
"""


def documents(told: str) -> str:
    return f"""
    SELECT json_object_agg(d.slug, row_to_json(d)) FROM (
      SELECT d.slug, {told}, p.slug AS publisher, p.name AS publisher_name,
        p.kind AS publisher_kind
      FROM shown d LEFT JOIN source p ON p.id = d.publisher_id
      WHERE d.slug IN (SELECT unnest(chain) FROM linked)
    ) d
    """


TOPICS = """
    (SELECT json_agg(row_to_json(t) ORDER BY t.slug) FROM (
      SELECT topic.slug, topic.name FROM claims_claim_topics filed
      JOIN claims_topic topic ON topic.id = filed.topic_id
      WHERE filed.claim_id IN (SELECT id FROM asked)
    ) t)
"""


def evidence(world: World) -> str:
    """Return common table expressions of what the statements in ``told`` rest on.

    ``source`` has those who spoke or published, and ``evidence`` for each statement its
    ``citations``: JSON, the ends of the chains first.
    """
    # An array: the planner takes it for a short one, and looks for each instead of reading all.
    source = world.rows(
        "sources_source", "t.id = ANY (ARRAY(SELECT id FROM named))", public="t.is_public"
    )
    review_state = ", l.review_state" if "sources_document" in world.drafts else ""
    return f"""
        {world.citations("told")}, {CHAINS},
        named AS (SELECT source_id AS id FROM told UNION SELECT publisher_id FROM shown),
        source AS MATERIALIZED {source},
        evidence AS MATERIALIZED (
          SELECT l.statement_id, json_agg((
            SELECT row_to_json(k) FROM (
              SELECT l.document, l.title, p.slug AS publisher, l.url, l.archived_url,
                {dates("published", "l")}, nullif(l.retracted, '') AS retracted,
                l.chain[cardinality(l.chain) - 1] AS via, l.chain, l.manner, l.quote, l.prefix,
                l.suffix, l.locator, l.language, l.translation, l.as_named, l.note{review_state}
            ) k
          ) ORDER BY cardinality(l.chain), l.document) AS citations
          FROM linked l LEFT JOIN source p ON p.id = l.publisher_id + 0
          GROUP BY l.statement_id
        )
    """


def statements_told(world: World) -> str:
    """Return the SQL of all that is told of the statements whose ids are in ``page``.

    Beside their columns it has ``claim`` and ``source``, null where they are not seen, and
    ``citations``.
    """
    claim = world.rows("claims_claim", "t.id IN (SELECT claim_id FROM told)", public="t.is_public")
    return f"""
        WITH RECURSIVE {world.statements("t.id IN (SELECT id FROM page)")},
        told AS MATERIALIZED (SELECT * FROM spoken),
        {evidence(world)},
        claim AS MATERIALIZED {claim}
        SELECT t.*, c.slug AS claim, o.slug AS source, coalesce(e.citations, '[]') AS citations
        FROM told t
        LEFT JOIN claim c ON c.id = t.claim_id + 0
        LEFT JOIN source o ON o.id = t.source_id + 0
        LEFT JOIN evidence e ON e.statement_id = t.id
    """


def acts_on_claim(slug: str, clocks: Clocks) -> Acts | None:
    """Return the statements that matter for a claim; None where there was no such public claim.

    Of documents, what sentences say of them.
    """
    world = World(clocks)
    asked = world.rows("claims_claim", "t.slug = %(slug)s", public="t.is_public")
    found, _ = _run(
        world,
        f"asked AS MATERIALIZED {asked}, "
        f"{world.statements('t.claim_id IN (SELECT id FROM asked)')}, {OF_A_CLAIM}",
        {"slug": slug},
        of_documents=FOR_SENTENCES,
    )
    return found if found.claims else None


def all_acts_on_claim(slug: str) -> tuple[Acts, list[Row]] | None:
    """Return every public statement on a claim, and its topics; None where it is not public."""
    world = World()
    asked = world.rows("claims_claim", "t.slug = %(slug)s", public="t.is_public")
    acts, topics = _run(
        world,
        f"asked AS MATERIALIZED {asked}, "
        f"{world.statements('t.claim_id IN (SELECT id FROM asked)')}, {ALL_OF_A_CLAIM}",
        {"slug": slug},
        TOPICS,
    )
    return (acts, topics or []) if acts.claims else None


def acts_of_page(
    page: str, parameters: Row, clocks: Clocks
) -> tuple[list[tuple[Row, list[Any]]], Acts]:
    """Return the rows of a listing's query, each with its key, and the statements they name.

    Of documents, what sentences say of them.
    """
    world = World(clocks)
    in_order = f"SELECT p.*, row_number() OVER () AS place FROM ({page}) p"
    named = _of_slugs(world, "ARRAY(SELECT row ->> 'statement' FROM page)")
    told = f"page AS MATERIALIZED ({in_order}), {named}"
    rows = "(SELECT json_agg(json_build_array(row, key) ORDER BY place) FROM page)"
    acts, found = _run(world, told, parameters, rows, of_documents=FOR_SENTENCES)
    return found or [], acts


def acts_by_slug(slugs: list[str], clocks: Clocks) -> Acts:
    """Return these statements, of whichever claims, without what is held."""
    world = World(clocks)
    acts, _ = _run(world, _of_slugs(world, "%(slugs)s"), {"slugs": slugs})
    return acts


def _of_slugs(world: World, slugs: str) -> str:
    asked = world.rows(
        "claims_claim", "t.id IN (SELECT claim_id FROM spoken)", public="t.is_public"
    )
    return (
        f"{world.statements(f't.slug = ANY({slugs})')}, asked AS MATERIALIZED {asked}, "
        f"{AS_THEY_ARE}"
    )


def _run(
    world: World, told: str, parameters: Row, also: str = "null", *, of_documents: str = IN_FULL
) -> tuple[Acts, Any]:
    """Return the acts of the statements ``told``, and what else is asked for."""
    query = f"""
        WITH RECURSIVE {told}, {evidence(world)}, {same_documents(world)}
        SELECT
          (SELECT json_object_agg(slug, row_to_json(c))
           FROM (SELECT slug, kind, text, language FROM asked) c),
          ({STATEMENTS}),
          (SELECT json_object_agg(slug, row_to_json(o))
           FROM (SELECT slug, name, kind FROM source) o),
          ({documents(of_documents)}),
          same.keyed, same.different,
          {also}
        FROM same
    """
    with connection.prepared_cursor() as cursor:
        cursor.execute(query, world.parameters | parameters)
        *of_acts, keyed, different, found = cursor.fetchone()
    claims, statements, sources, read_in = of_acts
    acts = Acts(
        claims or {}, statements or [], sources or {}, read_in or {}, keyed or [], different or []
    )
    return acts, found
