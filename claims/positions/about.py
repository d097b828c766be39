"""What claims, sources and documents are called, and what a claim means for others, at a moment."""

from collections.abc import Iterable
from typing import Any

from django.db import connection

from claims.positions.clocks import Clocks, World, dates
from claims.positions.related import related
from claims.positions.wordings import wordings
from sources.naming import document_name

Row = dict[str, Any]


def claim_then(slug: str, clocks: Clocks) -> Row | None:
    """Return a claim, its ``topics``, the claims it is ``related`` to and earlier ``wordings``.

    None if it was not public.
    """
    world = World(clocks)
    asked = world.rows("claims_claim", "t.slug = %(slug)s", public="t.is_public")
    filed = world.rows("claims_claim_topics", "t.claim_id IN (SELECT id FROM asked)")
    topic = world.rows("claims_topic", "t.id IN (SELECT topic_id FROM filed)")
    query = f"""
        WITH asked AS MATERIALIZED {asked}, filed AS MATERIALIZED {filed}, {related(world)}
        SELECT row_to_json(c) FROM (
          SELECT a.slug, a.kind, a.text, a.language,
            coalesce((
              SELECT json_agg(row_to_json(t) ORDER BY t.name, t.slug)
              FROM (SELECT slug, name FROM {topic} topic) t
            ), '[]') AS topics,
            coalesce((
              SELECT json_agg(row_to_json(r) ORDER BY r.relation, r.slug) FROM (
                SELECT relation, slug, text, language, rationale FROM related
              ) r
            ), '[]') AS related,
            {wordings(world, "a.id")} AS wordings
          FROM asked a
        ) c
    """
    return _one(query, world, slug=slug)


def source_then(slug: str, clocks: Clocks) -> Row | None:
    """Return a source with its ``bodies`` and ``members``; None where it was not public.

    Both are affiliations, by their first day: ``source`` and ``name`` of the other end, ``role``,
    ``speaks_for``, and their dates.
    """
    world = World(clocks)
    asked = world.rows("sources_source", "t.slug = %(slug)s", public="t.is_public")

    def ends(own: str, other: str) -> str:
        bonds = world.rows("sources_affiliation", f"t.{own}_id IN (SELECT id FROM asked)")
        who = world.rows(
            "sources_source", f"t.id IN (SELECT {other}_id FROM {own}_bond)", public="t.is_public"
        )
        return f"{own}_bond AS MATERIALIZED {bonds}, {own}_end AS MATERIALIZED {who}"

    def listed(own: str, other: str) -> str:
        return f"""
            coalesce((
              SELECT json_agg(row_to_json(b) ORDER BY b.since_from NULLS FIRST, b.source, b.role)
              FROM (
                SELECT o.slug AS source, o.name, o.kind, a.role, a.speaks_for,
                  {dates("since", "a")}, {dates("until", "a")}
                FROM {own}_bond a JOIN {own}_end o ON o.id = a.{other}_id
              ) b
            ), '[]')
        """

    query = f"""
        WITH asked AS MATERIALIZED {asked}, {ends("member", "body")}, {ends("body", "member")}
        SELECT row_to_json(s) FROM (
          SELECT a.slug, a.kind, a.name, a.aliases, a.wikidata_id, a.description,
            {listed("member", "body")} AS bodies, {listed("body", "member")} AS members
          FROM asked a
        ) s
    """
    return _one(query, world, slug=slug)


def document_then(slug: str, clocks: Clocks) -> Row | None:
    """Return a document, never its text, and the slugs of the ``statements`` read in it."""
    world = World(clocks)
    asked = world.rows("sources_document", "t.slug = %(slug)s", public="t.is_public")
    cited = world.rows("claims_citation", "t.document_id IN (SELECT id FROM asked)")
    publisher = world.rows(
        "sources_source", "t.id IN (SELECT publisher_id FROM asked)", public="t.is_public"
    )
    query = f"""
        WITH asked AS MATERIALIZED {asked}, read AS MATERIALIZED {cited},
        {world.statements("t.id IN (SELECT statement_id FROM read)")},
        publisher AS MATERIALIZED {publisher}
        SELECT row_to_json(d) FROM (
          SELECT a.slug, a.kind, a.title, a.url, a.archived_url, a.language, a.sha256,
            {dates("published", "a")}, {dates("retracted", "a")}, a.retrieved,
            p.slug AS publisher, p.name AS publisher_name,
            ARRAY(SELECT slug FROM st ORDER BY upper(said_range) NULLS FIRST, "order", slug)
              AS statements
          FROM asked a LEFT JOIN publisher p ON p.id = a.publisher_id
        ) d
    """
    return _one(query, world, slug=slug)


def topic_then(slug: str, clocks: Clocks) -> Row | None:
    """Return a topic that a claim had which was public then, else None."""
    world = World(clocks)
    topic = world.rows("claims_topic", "t.slug = %(slug)s")
    filed = world.rows("claims_claim_topics", "t.topic_id IN (SELECT id FROM topic)")
    claim = world.rows("claims_claim", "t.id IN (SELECT claim_id FROM filed)", public="t.is_public")
    query = f"""
        WITH topic AS MATERIALIZED {topic}, filed AS MATERIALIZED {filed}
        SELECT row_to_json(t) FROM (SELECT slug, name FROM topic) t WHERE EXISTS {claim}
    """
    return _one(query, world, slug=slug)


def topics_then(clocks: Clocks, *, limit: int) -> list[Row]:
    """Return the topics that claims had which were public then: ``slug`` and ``name``, by name."""
    world = World(clocks)
    if clocks.recorded_by is None:
        # A topic is one that a public claim has now: the first of them are known at once.
        claim = "SELECT FROM claims_claim_topics f JOIN claims_claim c ON c.id = f.claim_id"
        query = f"""
            SELECT slug, name FROM claims_topic t
            WHERE EXISTS ({claim} WHERE f.topic_id = t.id AND c.is_public)
            ORDER BY name, slug LIMIT %(limit)s
        """
    else:
        claims = world.rows("claims_claim", "true", public="t.is_public")
        query = f"""
            SELECT slug, name FROM {world.rows("claims_topic", "true")} t WHERE id IN (
              SELECT f.topic_id FROM {world.rows("claims_claim_topics", "true")} f
              JOIN {claims} c ON c.id = f.claim_id
            ) ORDER BY name, slug LIMIT %(limit)s
        """
    with connection.prepared_cursor() as cursor:
        cursor.execute(query, world.parameters | {"limit": limit})
        return [{"slug": slug, "name": name} for slug, name in cursor]


def names_then(table: str, column: str, slugs: Iterable[str], clocks: Clocks) -> dict[str, str]:
    """Return what rows of a table are called, by slug, of those that were public then."""
    wanted = sorted(set(slugs))
    if not wanted:
        return {}
    world = World(clocks)
    rows = world.rows(table, "t.slug = ANY(%(slugs)s)", public="t.is_public")
    with connection.prepared_cursor() as cursor:
        cursor.execute(f"SELECT slug, {column} FROM {rows} r", world.parameters | {"slugs": wanted})
        return dict(cursor.fetchall())


def documents_named(slugs: Iterable[str], clocks: Clocks) -> dict[str, str]:
    """Return what documents are called, by slug, of those that were public then.

    One without a title is called by its kind, publisher and date.
    """
    wanted = sorted(set(slugs))
    if not wanted:
        return {}
    world = World(clocks)
    rows = world.rows("sources_document", "t.slug = ANY(%(slugs)s)", public="t.is_public")
    publishers = world.rows(
        "sources_source", "t.id IN (SELECT publisher_id FROM named)", public="t.is_public"
    )
    query = f"""
        WITH named AS MATERIALIZED {rows}, publisher AS MATERIALIZED {publishers}
        SELECT d.slug, d.title, d.kind, p.name, d.published
        FROM named d LEFT JOIN publisher p ON p.id = d.publisher_id
    """
    with connection.prepared_cursor() as cursor:
        cursor.execute(query, world.parameters | {"slugs": wanted})
        return {slug: document_name(*said) for slug, *said in cursor}


def _one(query: str, world: World, **parameters: Any) -> Row | None:
    with connection.prepared_cursor() as cursor:
        cursor.execute(query, world.parameters | parameters)
        row = cursor.fetchone()
    return row[0] if row else None
