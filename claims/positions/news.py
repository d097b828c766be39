"""What readers saw change last: new denials, and sources that turned round.

By when it first was public here, so that a draft moves nothing.
"""

from django.db import connection

from claims.positions.lately import flips_of_pairs

# Looked through from the newest on, so that a million statements hold nobody up.
NEWEST = 1000


def new_denials(limit: int) -> list[str]:
    """Return the slugs of the denials that became public last, the latest first.

    Of those that became public together, as by an import, the last that was said comes first.
    """
    query = """
        SELECT slug FROM claims_statement WHERE is_public AND stance = 'denies'
        ORDER BY first_public_at DESC, upper(said_range) DESC NULLS LAST, slug LIMIT %(limit)s
    """
    with connection.prepared_cursor() as cursor:
        cursor.execute(query, {"limit": limit})
        return [slug for (slug,) in cursor]


def new_flips(limit: int) -> list[dict[str, object]]:
    """Return where sources turned round, as far as one of the NEWEST statements is an end of it.

    The latest recorded first: ``from`` and ``to``, slugs, and ``order_uncertain``.
    """
    query = f"""
        WITH newest AS MATERIALIZED (
          SELECT id, claim_id, source_id, first_public_at FROM claims_statement WHERE is_public
          ORDER BY first_public_at DESC, slug DESC LIMIT {NEWEST}
        ),
        {flips_of_pairs("newest")}
        SELECT a.slug, b.slug, f.order_uncertain
        FROM flip f JOIN st a ON a.id = f.from_id JOIN st b ON b.id = f.to_id
        JOIN newest n ON n.id IN (f.from_id, f.to_id)
        GROUP BY a.slug, b.slug, f.order_uncertain
        ORDER BY max(n.first_public_at) DESC, max(upper(b.said_range)) DESC NULLS LAST, b.slug
        LIMIT %(limit)s
    """
    with connection.prepared_cursor() as cursor:
        cursor.execute(query, {"limit": limit})
        return [
            {"from": one, "to": other, "order_uncertain": uncertain}
            for one, other, uncertain in cursor
        ]
