"""Lists of what follows: a claim's timeline, a source's positions, flips, agreement, a matrix.

Each is read by one query. Those that come in pages are a ``Listing``, ordered by a unique key.
"""

from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from typing import Any

from django.db import connection

from claims.positions.clocks import NOW, Clocks, World, dates
from claims.positions.kept import kept
from claims.positions.runs import FLIPS, POSITIONS, positions_with
from claims.positions.spoken_for import spoken_for, was_said_for

Row = dict[str, Any]

# What each list can be in order of, with the columns that order it: never null, together unique.
POSITIONS_BY = {
    "claim": ("claim",),
    "since": ("since_by", "claim"),
    "said": ("said_by", "claim"),
}
FLIPS_BY = {
    "claim": ("claim", "source", "day", "order", "slug"),
    "source": ("source", "claim", "day", "order", "slug"),
    "said": ("day", "claim", "source", "order", "slug"),
}
# Columns that fall as the figure grows, so that those with most stand first and then by slug.
AGREEMENT_BY = {
    "shared": ("least_shared", "source"),
    "agree": ("least_agree", "source"),
    "differ": ("least_differ", "source"),
    "ratio": ("least_ratio", "least_shared", "source"),
}


@dataclass(frozen=True)
class Listing:
    """A query of rows with a unique key, of which a page can be read from any key on."""

    query: str
    parameters: Row
    # The columns that order it, never null, together unique.
    key: tuple[str, ...]
    # Those that are there only for the order.
    unseen: tuple[str, ...] = ()

    def page(
        self, *, after: list[Any] | None = None, descending: bool = False, limit: int | None
    ) -> list[Row]:
        """Return the first rows beyond a key; all, without a limit."""
        return [row for row, _ in self.keyed(after=after, descending=descending, limit=limit)]

    def keyed(
        self, *, after: list[Any] | None = None, descending: bool = False, limit: int | None
    ) -> list[tuple[Row, list[Any]]]:
        """Return the first rows beyond a key, each with its own key."""
        query, parameters = self.asked(after=after, descending=descending, limit=limit)
        with connection.prepared_cursor() as cursor:
            cursor.execute(query, parameters)
            return [
                ({name: row[name] for name in row if name not in self.unseen}, key)
                for row, key in cursor
            ]

    def asked(
        self, *, after: list[Any] | None, descending: bool, limit: int | None
    ) -> tuple[str, Row]:
        """Return the query of the first rows beyond a key, each as ``row`` and its ``key``."""
        columns = ", ".join(f'listed."{name}"' for name in self.key)
        turn = "DESC" if descending else "ASC"
        places = ", ".join(f"%(key_{n})s" for n in range(len(self.key)))
        beyond = f"({columns}) {'<' if descending else '>'} ({places})" if after else "true"
        order = ", ".join(f'listed."{name}" {turn}' for name in self.key)
        # Only what is on the page is written as JSON.
        query = f"""
            SELECT row_to_json(listed) AS row, json_build_array({columns}) AS key
            FROM (
              SELECT * FROM ({self.query}) listed WHERE {beyond} ORDER BY {order} LIMIT %(limit)s
            ) listed ORDER BY {order}
        """
        keys = {f"key_{n}": value for n, value in enumerate(after or [])}
        return query, self.parameters | keys | {"limit": limit}


# Where a query has the condition on a claim ``t`` that it may come on a page.
BEGINS = "(/* begins */ true)"


class AlongClaims(Listing):
    """A query in the order of claims first, that reads them one by one until the page is full."""

    def asked(
        self, *, after: list[Any] | None, descending: bool, limit: int | None
    ) -> tuple[str, Row]:
        query, parameters = super().asked(after=after, descending=descending, limit=limit)
        begins = f"t.slug {'<=' if descending else '>='} %(key_0)s" if after else "true"
        return query.replace(BEGINS, begins), parameters


def is_public(table: str, slug: str, clocks: Clocks) -> bool:
    """Return whether a row of a table was public at that moment."""
    world = World(clocks)
    row = world.rows(table, "t.slug = %(slug)s", public="t.is_public")
    return _exists(row, world, slug)


def is_public_topic(slug: str, clocks: Clocks) -> bool:
    """Return whether a claim that was public at that moment was filed under a topic."""
    world = World(clocks)
    is_filed = f"t.id IN (SELECT claim_id FROM {filed(world, 'slug')} filed)"
    return _exists(world.rows("claims_claim", is_filed, public="t.is_public"), world, slug)


def _exists(row: str, world: World, slug: str) -> bool:
    with connection.prepared_cursor() as cursor:
        cursor.execute(f"SELECT EXISTS {row}", world.parameters | {"slug": slug})
        return bool(cursor.fetchone()[0])


@dataclass(frozen=True)
class InMemory:
    """Rows that are all there, in order of columns that are unique; a page is read likewise."""

    rows: list[Row]
    key: tuple[str, ...]
    # Those that are there only for the order.
    unseen: tuple[str, ...] = ()

    def keyed(
        self, *, after: list[Any] | None = None, descending: bool = False, limit: int | None
    ) -> list[tuple[Row, list[Any]]]:
        """Return the first rows beyond a key, each with its own key."""
        found = sorted(
            ((row, [row[name] for name in self.key]) for row in self.rows),
            key=itemgetter(1),
            reverse=descending,
        )
        if after:
            found = [one for one in found if (one[1] < after if descending else one[1] > after)]
        return [
            ({name: row[name] for name in row if name not in self.unseen}, key)
            for row, key in found[:limit]
        ]


def claims_by_slug(slugs: list[str], clocks: Clocks) -> dict[str, Row]:
    """Return slug, kind, text and language of claims, as they were public at that moment."""
    world = World(clocks)
    claims = world.rows("claims_claim", "t.slug = ANY(%(slugs)s)", public="t.is_public")
    with connection.prepared_cursor() as cursor:
        cursor.execute(
            f"SELECT slug, kind, text, language FROM {claims} c",
            world.parameters | {"slugs": slugs},
        )
        names = ("slug", "kind", "text", "language")
        return {row[0]: dict(zip(names, row, strict=True)) for row in cursor}


# Of the documents of a statement: the day by which the first was certainly public, and whether all
# of them were retracted. NULL where there is no document.
READ = """
    min(upper(published_range) - 1) AS public,
    CASE WHEN bool_and(retracted <> '') THEN 'retracted' WHEN count(*) > 0 THEN 'standing' END
      AS evidence
"""


def _read(world: World, statements: str) -> tuple[str, str]:
    """Return what READ says of the documents of a statement ``s``, as ``r``.

    These are common table expressions, and a join. As they are now, the citations of each
    are looked up by their index, for the reason that _claim_and_source gives.
    """
    if world.clocks.recorded_by is not None:
        read = f"SELECT statement_id, {READ} FROM ci GROUP BY statement_id"
        read = f", {world.citations(statements)}, read AS MATERIALIZED ({read})"
        return read, "LEFT JOIN read r ON r.statement_id = s.id"
    cited = world.rows("claims_citation", "t.statement_id = s.id")
    documents = world.rows("sources_document", "true", public="t.is_public")
    read = f"SELECT {READ} FROM {cited} c JOIN {documents} d ON d.id = c.document_id"
    return "", f"CROSS JOIN LATERAL ({read}) r"


def claim_timeline(slug: str, clocks: Clocks) -> Row | None:
    """Return every statement on a claim, the earliest first; None where it was not public.

    ``public`` is the first day by which the statement was certainly public; ``evidence`` tells
    whether all of its documents were retracted, or one stands; ``flip`` tells whether its source
    changed its position with it.
    """
    world = World(clocks)
    asked = world.rows("claims_claim", "t.slug = %(slug)s", public="t.is_public")
    source = world.rows(
        "sources_source", "t.id IN (SELECT source_id FROM st)", public="t.is_public"
    )
    read, of_them = _read(world, "st")
    query = f"""
        WITH asked AS MATERIALIZED {asked},
        {world.statements("t.claim_id IN (SELECT id FROM asked)")}, {FLIPS},
        source AS MATERIALIZED {source} {read}
        SELECT EXISTS (SELECT FROM asked), (
          SELECT json_agg(row_to_json(e) ORDER BY said_to NULLS FIRST, "order", statement) FROM (
            SELECT o.slug AS source, o.name, s.stance, {dates("said", "s")}, s."order",
              r.public, r.evidence, s.slug AS statement, s.id IN (SELECT to_id FROM flip) AS flip
            FROM st s JOIN source o ON o.id = s.source_id + 0 {of_them}
          ) e
        )
    """
    with connection.prepared_cursor() as cursor:
        cursor.execute(query, world.parameters | {"slug": slug})
        found, events = cursor.fetchone()
    return {"claim": slug, "clocks": clocks.as_json(), "events": events or []} if found else None


def source_timeline(slug: str, clocks: Clocks, *, claims: int) -> Row:
    """Return what a source said of the claims of which it said most, the earliest first.

    ``{"claims_in_all", "events"}``: an event as in ``claim_timeline``, with the ``claim``, its
    ``text``, ``kind`` and ``language`` in place of the source.
    """
    world = World(clocks)
    asked = world.rows("sources_source", "t.slug = %(slug)s", public="t.is_public")
    claim = world.rows(
        "claims_claim", "t.id IN (SELECT claim_id FROM likely)", public="t.is_public"
    )
    read, of_them = _read(world, "told")
    query = f"""
        WITH asked AS MATERIALIZED {asked},
        {world.statements("t.source_id IN (SELECT id FROM asked)")},
        spoken_of AS MATERIALIZED (
          SELECT claim_id, count(*) AS said, rank() OVER (ORDER BY count(*) DESC) AS place
          FROM st GROUP BY claim_id
        ),
        -- Those that may be among the first: of as many statements, the slug decides.
        likely AS MATERIALIZED (SELECT * FROM spoken_of WHERE place <= %(claims)s),
        claim AS MATERIALIZED {claim},
        most AS MATERIALIZED (
          SELECT c.* FROM claim c JOIN likely s ON s.claim_id = c.id
          ORDER BY s.said DESC, c.slug LIMIT %(claims)s
        ),
        told AS MATERIALIZED (SELECT * FROM st WHERE claim_id IN (SELECT id FROM most)),
        {FLIPS} {read}
        SELECT (SELECT count(*) FROM spoken_of), (
          SELECT json_agg(row_to_json(e) ORDER BY said_to NULLS FIRST, "order", statement) FROM (
            SELECT c.slug AS claim, c.text, c.kind, c.language, s.stance, {dates("said", "s")},
              s."order", r.public, r.evidence, s.slug AS statement,
              s.id IN (SELECT to_id FROM flip) AS flip
            FROM told s JOIN most c ON c.id = s.claim_id {of_them}
          ) e
        )
    """
    with connection.prepared_cursor() as cursor:
        cursor.execute(query, world.parameters | {"slug": slug, "claims": claims})
        in_all, events = cursor.fetchone()
    return {"claims_in_all": in_all, "events": events or []}


@dataclass(frozen=True)
class Wanted:
    """Which of a source's positions are asked for: each None where it does not matter."""

    claim: str | None = None
    kind: str | None = None
    topic: str | None = None
    stance: str | None = None
    statement: str | None = None
    order_uncertain: bool | None = None
    # Of what follows nothing is known here; sift() asks for it.
    inconsistent: bool | None = None
    derived: bool | None = None
    since_from: date | None = None
    since_to: date | None = None
    said_from: date | None = None
    said_to: date | None = None

    def in_sql(self, world: World) -> str:
        """Return the condition on a claim ``c``, its position ``p`` and the statement ``s``."""
        conditions = {
            "claim": "c.slug = %(claim)s",
            "kind": "c.kind = %(kind)s",
            "topic": f"c.id IN (SELECT claim_id FROM {filed(world)} filed)",
            "stance": "p.stance = %(stance)s",
            "statement": "s.slug = %(statement)s",
            "order_uncertain": "p.order_uncertain = %(order_uncertain)s",
            "since_from": "p.since_range && daterange(%(since_from)s, null)",
            "since_to": "p.since_range && daterange(null, %(since_to)s, '(]')",
            "said_from": "s.said_range && daterange(%(said_from)s, null)",
            "said_to": "s.said_range && daterange(null, %(said_to)s, '(]')",
        }
        asked = [
            condition for name, condition in conditions.items() if getattr(self, name) is not None
        ]
        return " AND ".join(asked) or "true"

    def sift(self, rows: list[Row], clocks: Clocks) -> list[Row]:
        """Return those of some positions that are asked for."""
        claims = self._claims({row["claim"] for row in rows}, clocks)
        return [
            row
            for row in rows
            if row["claim"] in claims
            and all(
                getattr(self, name) in (None, row[name])
                for name in ("stance", "statement", "order_uncertain", "inconsistent", "derived")
            )
            and may_fall_between(row, "since", self.since_from, self.since_to)
            and may_fall_between(row, "said", self.said_from, self.said_to)
        ]

    def _claims(self, slugs: set[str], clocks: Clocks) -> set[str]:
        """Return those of some claims that are asked for."""
        if self.claim:
            slugs = slugs & {self.claim}
        if not slugs or not (self.kind or self.topic):
            return slugs
        world = World(clocks)
        asked = ["t.slug = ANY(%(slugs)s)"]
        if self.kind:
            asked.append("t.kind = %(kind)s")
        if self.topic:
            asked.append(f"t.id IN (SELECT claim_id FROM {filed(world)} filed)")
        claims = world.rows("claims_claim", " AND ".join(asked), public="t.is_public")
        with connection.prepared_cursor() as cursor:
            cursor.execute(
                f"SELECT slug FROM {claims} c",
                world.parameters | vars(self) | {"slugs": sorted(slugs)},
            )
            return {slug for (slug,) in cursor}


EVERY = Wanted()


def may_fall_between(row: Row, name: str, since: date | None, until: date | None) -> bool:
    """Return whether an EDTF field of a row may mean a day between two, or nothing is asked."""
    if since is None and until is None:
        return True
    first, last = row[f"{name}_from"], row[f"{name}_to"]
    return (
        row[name] is not None
        and (since is None or last is None or last >= since.isoformat())
        and (until is None or first is None or first <= until.isoformat())
    )


def source_positions(
    slug: str, clocks: Clocks, wanted: Wanted = EVERY, *, by: str = "claim"
) -> Listing:
    """List what a source holds by its own statements, in one of the orders of POSITIONS_BY."""
    world = World(clocks)
    asked = world.rows("sources_source", "t.slug = %(slug)s", public="t.is_public")
    claim = world.rows("claims_claim", "t.id IN (SELECT claim_id FROM st)", public="t.is_public")
    query = f"""
        WITH asked AS MATERIALIZED {asked},
        {world.statements("t.source_id IN (SELECT id FROM asked)")}, {POSITIONS},
        claim AS MATERIALIZED {claim}
        SELECT c.slug AS claim, p.stance, {dates("since", "p")}, {dates("said", "s")},
          p.order_uncertain, s.slug AS statement,
          {last_day("p.since_range")} AS since_by, {last_day("s.said_range")} AS said_by
        FROM position p JOIN st s ON s.id = p.statement_id JOIN claim c ON c.id = p.claim_id
        WHERE {wanted.in_sql(world)}
    """
    return Listing(
        query,
        world.parameters | vars(wanted) | {"slug": slug},
        key=POSITIONS_BY[by],
        unseen=("since_by", "said_by"),
    )


def begun_with(slug: str, claims: list[str], clocks: Clocks) -> dict[str, str]:
    """Return the statements since which a source holds what it holds of some claims, by claim."""
    world = World(clocks)
    source = world.rows("sources_source", "t.slug = %(slug)s", public="t.is_public")
    claim = world.rows("claims_claim", "t.slug = ANY(%(claims)s)", public="t.is_public")
    both = "t.source_id IN (SELECT id FROM asked) AND t.claim_id IN (SELECT id FROM claim)"
    query = f"""
        WITH asked AS MATERIALIZED {source}, claim AS MATERIALIZED {claim},
        {world.statements(both)}, {positions_with("slug")}
        SELECT c.slug, p.run_slug FROM position p JOIN claim c ON c.id = p.claim_id
        WHERE p.run_slug IS NOT NULL
    """
    with connection.prepared_cursor() as cursor:
        cursor.execute(query, world.parameters | {"slug": slug, "claims": claims})
        return dict(cursor.fetchall())


def last_day(days: str) -> str:
    """Return, in SQL, the last day of a range as text to order by, blank where there is none."""
    return f"coalesce((upper({days}) - 1)::text, '')"


def in_memory(positions: list[Row], *, by: str) -> InMemory:
    """Return some of a source's positions in one of the orders of POSITIONS_BY."""
    rows = [
        row | {"since_by": row["since_to"] or "", "said_by": row["said_to"] or ""}
        for row in positions
    ]
    return InMemory(rows, POSITIONS_BY[by], unseen=("since_by", "said_by"))


def _claim_and_source(world: World) -> tuple[str, str, str]:
    """Return common table expressions, and the claims and sources of ``st`` to join by their ids.

    As they are now each is looked up by its index: the planner thinks that there are few, and
    would go through all that were picked out again for each.
    """
    if world.clocks.recorded_by is None:
        claims = world.rows("claims_claim", "true", public="t.is_public")
        return "", claims, world.rows("sources_source", "true", public="t.is_public")
    claims = world.rows("claims_claim", "t.id IN (SELECT claim_id FROM st)", public="t.is_public")
    who = world.rows("sources_source", "t.id IN (SELECT source_id FROM st)", public="t.is_public")
    return f", claim AS MATERIALIZED {claims}, source AS MATERIALIZED {who}", "claim", "source"


def flips(
    clocks: Clocks,
    *,
    claim: str | None = None,
    source: str | None = None,
    topic: str | None = None,
    body: str | None = None,
    statement: str | None = None,
    stance: str | None = None,
    order_uncertain: bool | None = None,
    said_from: date | None = None,
    said_to: date | None = None,
    before_from: date | None = None,
    before_to: date | None = None,
    by: str = "claim",
) -> Listing:
    """List where sources turned round, in one of the orders of FLIPS_BY.

    ``body``, ``stance``, ``said_from`` and ``said_to`` are of the statement that it turned with,
    ``before_from`` and ``before_to`` of the one before; ``statement`` is either.
    """
    world = World(clocks)
    parameters: Row = {
        **{"claim": claim, "source": source, "topic": topic, "body": body, "stance": stance},
        **{"order_uncertain": order_uncertain, "said_from": said_from, "said_to": said_to},
        **{"statement": statement, "before_from": before_from, "before_to": before_to},
    }
    wanted = []
    if claim:
        claims = world.rows("claims_claim", "t.slug = %(claim)s", public="t.is_public")
        wanted.append(f"t.claim_id IN (SELECT id FROM {claims} wanted)")
    if source:
        sources = world.rows("sources_source", "t.slug = %(source)s", public="t.is_public")
        wanted.append(f"t.source_id IN (SELECT id FROM {sources} wanted)")
    if topic:
        wanted.append(f"t.claim_id IN (SELECT claim_id FROM {filed(world)} filed)")
    if statement:
        said = world.rows("claims_statement", "t.slug = %(statement)s", public="t.is_public")
        wanted.append(
            f"(t.claim_id, t.source_id) IN (SELECT claim_id, source_id FROM {said} wanted)"
        )
    turned = {
        "body": f"EXISTS (SELECT FROM below w WHERE {was_said_for('f', 'w')})",
        "statement": "%(statement)s IN (f.slug, f.before_slug)",
        "stance": "f.stance = %(stance)s",
        "order_uncertain": "f.order_uncertain = %(order_uncertain)s",
        "said_from": "f.said_range && daterange(%(said_from)s, null)",
        "said_to": "f.said_range && daterange(null, %(said_to)s, '(]')",
        "before_from": "f.before_range && daterange(%(before_from)s, null)",
        "before_to": "f.before_range && daterange(null, %(before_to)s, '(]')",
    }
    asked = [condition for name, condition in turned.items() if parameters[name] is not None]
    below = f"{spoken_for(world, '%(body)s')}," if body else ""

    def brief(statement: str) -> str:
        return (
            f"(SELECT row_to_json(b) FROM (SELECT a.slug, a.stance, {dates('said', 'a')} "
            f"FROM (SELECT {statement}) a) b)"
        )

    before = (
        "f.before_slug AS slug, f.before_stance AS stance, f.before_said AS said, "
        "f.before_range AS said_range"
    )
    flipped = f"SELECT * FROM flip f WHERE {' AND '.join(asked) or 'true'}"
    columns = f"""
        o.slug AS source, c.slug AS claim, {brief(before)} AS "from",
        {brief("f.slug, f.stance, f.said, f.said_range")} AS "to", f.order_uncertain,
        f.day_after::text AS day, f."order", f.slug
    """
    key, unseen = FLIPS_BY[by], ("day", "order", "slug")
    # What else answers stands all along the claims, of which a page then needs few.
    is_seldom = wanted or any(
        parameters[name] is not None and (name, parameters[name]) != ("order_uncertain", False)
        for name in turned.keys() - {"stance"}
    )
    if clocks == NOW and by == "claim" and not is_seldom:
        public = world.rows("claims_claim", BEGINS, public="t.is_public")
        of_claim = world.statements("t.claim_id = c.id AND t.stance IN ('asserts', 'denies')")
        who = world.rows("sources_source", "true", public="t.is_public")
        query = f"""
            SELECT {columns} FROM {public} c
            CROSS JOIN LATERAL (WITH {of_claim}, {FLIPS} {flipped}) f
            JOIN {who} o ON o.id = f.source_id
        """
        return AlongClaims(query, world.parameters | parameters, key, unseen)
    # Few pairs ever took both stances: only their statements need putting in order.
    voiced = world.rows(
        "claims_statement",
        " AND ".join(["t.stance IN ('asserts', 'denies')", *wanted]),
        public="t.is_public",
    )
    torn = f"""
        SELECT claim_id, source_id FROM {voiced} voiced GROUP BY claim_id, source_id
        HAVING bool_or(stance = 'asserts') AND bool_or(stance = 'denies')
    """
    statements = world.statements(
        "(t.claim_id, t.source_id) IN (SELECT claim_id, source_id FROM torn)"
    )
    ends, claim, source_of = _claim_and_source(world)
    query = f"""
        WITH RECURSIVE {below} torn AS MATERIALIZED ({torn}), {statements}, {FLIPS} {ends}
        SELECT {columns} FROM ({flipped}) f
        JOIN {claim} c ON c.id = f.claim_id JOIN {source_of} o ON o.id = f.source_id
    """
    return Listing(query, world.parameters | parameters, key, unseen)


# The positions of others on the claims of which the one in ``asked`` holds something, each with
# what that one holds. As they are now from the table itself: what is read of it an index has,
# position_on_claim.
PAIRED_NOW = """
    SELECT theirs.*, own.stance AS own_stance, own.statement_id AS own_statement_id
    FROM claims_position own JOIN claims_position theirs ON theirs.claim_id = own.claim_id
    WHERE own.source_id = (SELECT id FROM asked) AND theirs.source_id <> own.source_id
"""
# Else from those that were worked out. They are not joined to themselves: see runs.py.
PAIRED_THEN = """
    SELECT * FROM (
      SELECT claim_id, source_id, stance, statement_id, is_own,
        max(stance) FILTER (WHERE is_own) OVER on_claim AS own_stance,
        max(statement_id) FILTER (WHERE is_own) OVER on_claim AS own_statement_id
      FROM (SELECT *, source_id = (SELECT id FROM asked) AS is_own FROM position) position
      WINDOW on_claim AS (PARTITION BY claim_id)
    ) p WHERE own_stance IS NOT NULL AND NOT is_own
"""


def agreement(
    slug: str,
    clocks: Clocks,
    *,
    other: str | None = None,
    topic: str | None = None,
    name: str | None = None,
    figures: dict[str, int] | None = None,
    by: str = "shared",
) -> Listing:
    """List with whom a source agrees and differs on the claims that both hold something of.

    Those that have most of what it is ordered ``by`` (AGREEMENT_BY) come first. ``name`` is a part
    of the other's name; ``figures`` are the least and the most that are asked for of ``agree``,
    ``differ`` and ``shared``, such as ``agree_min``.
    """
    world = World(clocks)
    figures = figures or {}
    counted = [
        f"n.{each[:-4]} {'>=' if each.endswith('_min') else '<='} %({each})s" for each in figures
    ]
    if name:
        counted.append("strpos(text_folded(n.name), nullif(text_folded(%(name)s), '')) > 0")
    asked = world.rows("sources_source", "t.slug = %(slug)s", public="t.is_public")
    conditions = []
    if topic:
        conditions.append(f"p.claim_id IN (SELECT claim_id FROM {filed(world)} filed)")
    one = ""
    if other:
        who = world.rows("sources_source", "t.slug = %(other)s", public="t.is_public")
        one = f"other AS MATERIALIZED {who},"
        conditions.append("p.source_id = (SELECT id FROM other)")
    positions, compared = "", PAIRED_NOW
    if clocks != NOW:
        mine = "t.source_id IN (SELECT id FROM asked)"
        if other:
            of_claims = f"({mine} OR t.source_id IN (SELECT id FROM other))"
        else:
            voiced = world.rows("claims_statement", mine, public="t.is_public")
            of_claims = f"t.claim_id IN (SELECT claim_id FROM {voiced} voiced)"
        positions, compared = f"{world.statements(of_claims)}, {POSITIONS},", PAIRED_THEN
    # One row after the other by its key. Were they picked out first and then joined, the planner,
    # who does not know how many there are, would go through all of them again for each.
    named = world.rows("sources_source", "t.id = n.source_id", public="t.is_public")
    query = f"""
        WITH asked AS MATERIALIZED {asked}, {one} {positions}
        counted AS MATERIALIZED (
          SELECT p.source_id, count(*) FILTER (WHERE p.stance = p.own_stance) AS agree,
            count(*) AS shared
          FROM ({compared}) p WHERE {" AND ".join(conditions) or "true"}
          GROUP BY p.source_id
        )
        SELECT n.*, -shared AS least_shared, -agree AS least_agree, -differ AS least_differ,
          -(agree * {FINE} / shared) AS least_ratio
        FROM (
          SELECT o.slug AS source, o.name, n.agree, n.shared - n.agree AS differ, n.shared
          FROM counted n CROSS JOIN LATERAL {named} o
        ) n
        WHERE {" AND ".join(counted) or "true"}
    """
    parameters: Row = {"slug": slug, "other": other, "topic": topic, "name": name}
    return Listing(
        query,
        world.parameters | parameters | figures,
        key=AGREEMENT_BY[by],
        unseen=("least_shared", "least_agree", "least_differ", "least_ratio"),
    )


# On so few shared claims, or fewer, agreement says little.
LITTLE = 4


def caution(shared: int) -> str | None:
    """Return how little agreement on so many shared claims rests on, None where they are more."""
    if shared > LITTLE:
        return None
    return f"Based on {shared} claim{'' if shared == 1 else 's'} only"


# Of so many parts the ratio is counted: enough to tell two of a million claims each apart.
FINE = 10**12


def shared(slug: str, other: str, clocks: Clocks) -> Listing:
    """List the claims of which two sources both hold something, as ``agreement`` counts them.

    Each with ``stance`` and ``statement``, the one that decides, and those of the other source.
    """
    world = World(clocks)
    asked = world.rows("sources_source", "t.slug = %(slug)s", public="t.is_public")
    other_one = world.rows("sources_source", "t.slug = %(other)s", public="t.is_public")
    positions, compared = "", PAIRED_NOW
    if clocks != NOW:
        both = "t.source_id IN (SELECT id FROM asked UNION ALL SELECT id FROM other)"
        positions, compared = f"{world.statements(both)}, {POSITIONS},", PAIRED_THEN
    # What a claim and a statement are called is looked up by their keys, of statements only for
    # those of the page.
    claim = world.rows("claims_claim", "t.id = p.claim_id", public="t.is_public")
    own = world.rows("claims_statement", "t.id = p.own_statement_id")
    theirs = world.rows("claims_statement", "t.id = p.statement_id")
    query = f"""
        WITH asked AS MATERIALIZED {asked}, other AS MATERIALIZED {other_one}, {positions}
        shared AS MATERIALIZED (
          SELECT * FROM ({compared}) p WHERE p.source_id = (SELECT id FROM other)
        )
        SELECT c.slug AS claim, c.text, c.kind, c.language, p.own_stance AS stance,
          (SELECT slug FROM {own} s) AS statement, p.stance AS other_stance,
          (SELECT slug FROM {theirs} s) AS other_statement
        FROM shared p CROSS JOIN LATERAL {claim} c
    """
    return Listing(query, world.parameters | {"slug": slug, "other": other}, key=("claim",))


def held_on(topic: str | None, clocks: Clocks) -> tuple[list[str], list[list[str]]]:
    """Return the claims of a topic, or all, and who holds what: source, claim, stance."""
    world = World(clocks)
    where = f"t.id IN (SELECT claim_id FROM {filed(world)} filed)" if topic else "true"
    asked = world.rows("claims_claim", where, public="t.is_public")
    on_them = "t.claim_id IN (SELECT id FROM asked)"
    positions = kept(on_them) if clocks == NOW else f"{world.statements(on_them)}, {POSITIONS}"
    who = world.rows(
        "sources_source", "t.id IN (SELECT source_id FROM position)", public="t.is_public"
    )
    query = f"""
        WITH asked AS MATERIALIZED {asked}, {positions}, source AS MATERIALIZED {who}
        SELECT (SELECT json_agg(slug ORDER BY slug) FROM asked),
          (SELECT json_agg(json_build_array(o.slug, c.slug, p.stance) ORDER BY o.slug)
           FROM position p JOIN asked c ON c.id = p.claim_id JOIN source o ON o.id = p.source_id)
    """
    with connection.prepared_cursor() as cursor:
        cursor.execute(query, world.parameters | {"topic": topic})
        claims, held = cursor.fetchone()
    return claims or [], held or []


def matrix(topic: str | None, clocks: Clocks) -> Row:
    """Return who holds what on the claims of a topic, or on all: a row a source."""
    claims, held = held_on(topic, clocks)
    column = {slug: n for n, slug in enumerate(claims)}
    rows: dict[str, list[str | None]] = {}
    for source, claim, stance in held:
        rows.setdefault(source, [None] * len(column))[column[claim]] = stance
    return {
        "topic": topic,
        "clocks": clocks.as_json(),
        "claims": list(column),
        "sources": list(rows),
        "cells": list(rows.values()),
    }


def filed(world: World, parameter: str = "topic") -> str:
    """Return a subquery of which claims are filed under the topic that is asked for."""
    topic = world.rows("claims_topic", f"t.slug = %({parameter})s")
    return world.rows("claims_claim_topics", f"t.topic_id IN (SELECT id FROM {topic} topic)")
