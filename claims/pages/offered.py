"""What a page offers to look for: what is disputed now, who speaks of it, and what is near."""

from collections import Counter
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from rapidfuzz import fuzz, process

from claims.likeness import OFFERED_NAME, folded, read_aloud
from claims.models import Claim, Statement, Topic
from claims.positions.ledger import LATEST_POSSIBLE
from claims.search.asked import MOST_WORDS
from sources.models import Source

Row = dict[str, Any]
CONTESTED, TOPICS, VOICES = 20, 60, 20
# Of a million statements so many tell which claims and sources were heard last.
LATEST = 1000
# Of so many sources, the last that were recorded, the names are held against a word.
NAMES = 10_000


def most_filed() -> QuerySet[Topic]:
    """Return the topics that have public claims, those of most claims first."""
    return (
        Topic.objects.annotate(
            claims_count=Count("claims", filter=Q(claims__is_public=True)),
        )
        .filter(claims_count__gt=0)
        .order_by("-claims_count", "name", "slug")
    )


class Lately:
    """The contested claims that were spoken of last, and the sources that spoke most of late."""

    def __init__(self) -> None:
        latest = (
            Statement.objects.public()
            .order_by(LATEST_POSSIBLE.desc(), "-order", "-slug")
            .values_list("claim", "source")[:LATEST]
        )
        heard = list(latest)
        self.claims = self._contested({claim for claim, _ in heard})
        self.sources = self._named(Counter(source for _, source in heard))

    @staticmethod
    def _contested(spoken_of: set[int]) -> list[Claim]:
        contested = (
            Claim.objects.public()
            .contested()
            .with_tally()
            .with_span()
            .order_by(F("last_said").desc(nulls_last=True), "slug")
        )
        found = list(contested.filter(pk__in=spoken_of)[:CONTESTED])
        return found if len(found) == CONTESTED else list(contested[:CONTESTED])

    @staticmethod
    def _named(heard: Counter[int]) -> list[Source]:
        found = Source.objects.public().filter(pk__in=heard).only("slug", "name")
        return sorted(found, key=lambda each: (-heard[each.pk], each.slug))[:VOICES]


def suggestions(lately: Lately, topics: list[Topic]) -> list[str]:
    """Return what a search may be for, each once: what is contested, who speaks, topics."""
    texts = [each.text for each in lately.claims if len(each.text.split()) <= MOST_WORDS]
    return list(
        dict.fromkeys(
            [
                *texts,
                *(each.name for each in lately.sources),
                *(each.name for each in topics),
            ]
        )
    )


def near_names(text: str, *, limit: int) -> list[Row]:
    """Return the public sources that have a name near to a text, or to a word of it."""
    rows = list(
        Source.objects.public().order_by("-pk").values_list("slug", "name", "aliases")[:NAMES]
    )
    named = [(slug, name, each) for slug, name, aliases in rows for each in (name, *aliases)]
    keys = [folded(each) for _, _, each in named]
    # A short word is near to too many.
    words = [word for word in text.split() if len(word) >= 4]
    nearness: dict[tuple[str, str], float] = {}
    for asked in {fold(each) for each in {text, *words} for fold in (folded, read_aloud)}:
        likest = process.extract(
            asked, keys, scorer=fuzz.WRatio, score_cutoff=OFFERED_NAME, limit=limit
        )
        for _, score, number in likest:
            slug, name, _ = named[number]
            nearness[slug, name] = max(score, nearness.get((slug, name), 0.0))
    likest_first = sorted(nearness, key=lambda each: (-nearness[each], each))
    return [{"slug": slug, "name": name} for slug, name in likest_first[:limit]]
