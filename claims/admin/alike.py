"""What an editor is told before a claim or a source is recorded a second time."""

from collections.abc import Sequence

from django.db import connection
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from claims.likeness import Alike, known_sources
from claims.models import Claim
from sources.admin import SourceAdmin
from sources.models import Source, named_like


def warning(
    near: Sequence[Alike], model: type[Claim | Source], *, name: str, may_choose: bool = False
) -> SafeString:
    """Return the error that names rows like a new one, with the box to tick that it is another.

    ``name`` is the name of that box; ``may_choose`` offers to take one of them instead.
    """
    return render_to_string(
        "admin/alike.html",
        {
            "near": near[:5],
            "kind": model._meta.verbose_name,
            "change": f"admin:{model._meta.app_label}_{model._meta.model_name}_change",
            "name": name,
            "may_choose": may_choose,
        },
    )


def like_source(name: str) -> str:
    """Return what to ask where a new source has a name like another's; blank where none has."""
    near = _like(name)
    return warning(near, Source, name="is_another") if near else ""


def _like(name: str) -> list[Alike]:
    near = known_sources().near(name)
    found = {each.pk for each in near}
    return near + [each for each in _sounding_like(name) if each.pk not in found]


def _sounding_like(name: str) -> list[Alike]:
    """Return the sources of which a name has the same words by their sound, in any alphabet."""
    words = "(SELECT string_agg(w, ' ' ORDER BY w) FROM unnest(string_to_array({}, ' ')) w)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT s.id, n.n FROM sources_source s, unnest(s.aliases || s.name) n(n)
            WHERE s.merged_into_id IS NULL AND s.search @@ search_query_of_names(%s, 'sounds')
              AND {words.format("search_sound(n.n)")} = {words.format("search_sound(%s)")}
            ORDER BY s.id LIMIT 5
            """,
            [name, name],
        )
        return [Alike(pk, text, 100, True) for pk, text in cursor]


def meant_by(name: str) -> list[int]:
    """Return the ids of the sources that a name, or a part of it, may mean: the likest first."""
    return [each.pk for each in known_sources().alike(name)]


named_like.append(lambda name: [each.pk for each in _like(name)])
SourceAdmin.like_source = staticmethod(like_source)
SourceAdmin.meant_by = staticmethod(meant_by)
