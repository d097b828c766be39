"""A made-up world of any size, the same for the same seed, written as rows for COPY.

A few claims and sources have most of the statements, as in the world: both follow Zipf's law. Dates
are days, months, years or unknown; sources withdraw and repeat themselves; documents pass on what
others said; some rows are drafts.
"""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import accumulate
from typing import Any

Row = tuple[Any, ...]

SEED = 20230907
CHUNK = 100_000  # statements in one transaction
NOW = "2024-01-01T00:00:00Z"
FIRST_DAY = date(2005, 1, 1)
STANCES = {
    "asserts": 50,
    "denies": 25,
    "comments": 8,
    "questions": 6,
    "dismisses": 4,
    "withdraws": 4,
    "undeclared": 2,
    "silent": 1,
}
CLAIM_KINDS = ["fact", "fact", "event", "intent", "demand", "characterisation"]
SOURCE_KINDS = ["person", "person", "person", "state", "government-body", "organisation", "outlet"]
DOCUMENT_KINDS = ["article", "article", "article", "post", "readout", "transcript", "video"]
MANNERS = ["verbatim", "paraphrase", "reported", ""]
WORDS = [
    "road",
    "bridge",
    "border",
    "convoy",
    "observer",
    "mission",
    "ruling",
    "treaty",
    "drone",
    "shelling",
    "ceasefire",
    "hospital",
    "election",
    "budget",
    "minister",
    "president",
    "parliament",
    "court",
    "report",
    "village",
    "region",
    "energy",
    "water",
    "grain",
    "sanction",
    "tariff",
    "factory",
    "school",
    "army",
    "police",
    "journalist",
    "witness",
    "record",
    "letter",
    "order",
    "call",
]
# Words that one quote in so many has: those above are in every third.
RARER_WORDS = {"ferry": 60, "lighthouse": 2_000, "quarry": 50_000}

CURATED = ("id", "slug", "review_state", "version", "created_at")
COLUMNS = {
    "sources_source": (*CURATED, "kind", "name", "aliases", "wikidata_id", "description"),
    "sources_affiliation": (
        *("id", "member_id", "body_id", "role", "since", "until", "speaks_for"),
    ),
    "sources_document": (
        *(*CURATED, "kind", "publisher_id", "title", "url", "published", "retracted"),
        *("language", "archived_url", "sha256", "text"),
    ),
    "claims_topic": ("id", "slug", "name"),
    "claims_claim": (*CURATED, "kind", "text", "language"),
    "claims_claim_topics": ("claim_id", "topic_id"),
    "claims_relation": ("id", "from_claim_id", "kind", "to_claim_id", "rationale"),
    "claims_statement": (
        *(*CURATED, "claim_id", "source_id", "stance", "denies_what", "said", "order"),
        *("occasion", "personal_capacity", "note"),
    ),
    "claims_citation": (
        *("id", "statement_id", "document_id", "via_id", "manner", "quote", "prefix", "suffix"),
        *("locator", "language", "translation", "as_named", "note"),
    ),
}


class World:
    """Sizes that go with a number of statements, and the rows of each table."""

    def __init__(self, statements: int, seed: int = SEED):
        self.statements = statements
        self.claims = statements // 20
        self.sources = statements // 50
        self.documents = statements // 5
        self.topics = 40
        self.random = random.Random(seed)
        self.of_claim = self.zipf(self.claims)
        self.of_source = self.zipf(self.sources)
        self.of_document = self.zipf(self.documents)
        self.is_draft = {
            name: set(self.random.sample(range(1, size + 1), size // 40))
            for name, size in (
                ("claim", self.claims),
                ("source", self.sources),
                ("document", self.documents),
            )
        }
        self.citation = 0

    def zipf(self, size: int) -> tuple[list[int], list[float]]:
        """Return ids and their weights; which are the frequent ones has nothing to do with ids."""
        ids = list(range(1, size + 1))
        self.random.shuffle(ids)
        return ids, list(accumulate(1 / (rank + 10) ** 0.85 for rank in range(size)))

    def some(self, of: tuple[list[int], list[float]], many: int) -> list[int]:
        ids, weights = of
        return self.random.choices(ids, cum_weights=weights, k=many)

    def words(self, many: int) -> str:
        return " ".join(self.random.choices(WORDS, k=many))

    def date(self, *, may_be_unknown: bool = True) -> str:
        day = FIRST_DAY + timedelta(days=int(self.random.random() * 7000))
        chance = self.random.random()
        if chance < 0.74:
            return day.isoformat()
        if chance < 0.85:
            return day.isoformat()[:7]
        if chance < 0.91:
            return day.isoformat()[:4]
        if chance < 0.95 or not may_be_unknown:
            return f"{day.isoformat()}~"
        return ""

    def curated(self, name: str, number: int, slug: str) -> Row:
        state = "draft" if number in self.is_draft[name] else "published"
        return number, slug, state, 1, NOW

    def tables(self) -> Iterator[tuple[str, Iterator[Row]]]:
        """Yield each table but those of statements and citations, with its rows."""
        yield "sources_source", self.source_rows()
        yield "sources_affiliation", self.affiliation_rows()
        yield "sources_document", self.document_rows()
        yield "claims_topic", ((n, f"topic-{n}", f"Topic {n}") for n in range(1, self.topics + 1))
        yield "claims_claim", self.claim_rows()
        yield "claims_claim_topics", self.filed_rows()
        yield "claims_relation", self.relation_rows()

    def source_rows(self) -> Iterator[Row]:
        for n in range(1, self.sources + 1):
            kind = self.random.choice(SOURCE_KINDS)
            name = f"{self.words(1).capitalize()} {self.words(1).capitalize()} {n}"
            yield (*self.curated("source", n, f"source-{n:07}"), kind, name, "{}", "", "")

    def affiliation_rows(self) -> Iterator[Row]:
        # To a body with a lower number, so that there is no circle.
        for n in range(1, self.sources // 4 + 1):
            body = self.random.randint(1, self.sources // 10)
            member = self.random.randint(body + 1, self.sources)
            yield n, member, body, f"role {n}", "", "", self.random.random() < 0.5

    def document_rows(self) -> Iterator[Row]:
        publishers = self.some(self.of_source, self.documents)
        for n, publisher in enumerate(publishers, start=1):
            kind = self.random.choice(DOCUMENT_KINDS)
            yield (
                *self.curated("document", n, f"document-{n:07}"),
                *(kind, publisher, self.words(7).capitalize(), f"https://example.org/{n}"),
                *(self.date(), "", "en", "", "", ""),
            )

    def claim_rows(self) -> Iterator[Row]:
        for n in range(1, self.claims + 1):
            kind = self.random.choice(CLAIM_KINDS)
            text = f"The {self.words(9)}."
            yield *self.curated("claim", n, f"claim-{n:07}"), kind, text, "en"

    def filed_rows(self) -> Iterator[Row]:
        for n in range(1, self.claims + 1):
            topics = self.random.sample(range(1, self.topics + 1), self.random.choice([0, 1, 1, 2]))
            yield from ((n, topic) for topic in topics)

    def relation_rows(self) -> Iterator[Row]:
        ends = self.random.sample(range(1, self.claims + 1), self.claims // 5 * 2)
        kinds = ["implies", "implies", "contradicts", "negates"]
        for n, (one, other) in enumerate(zip(ends[::2], ends[1::2], strict=True), start=1):
            yield n, one, self.random.choice(kinds), other, ""

    def chunks(self) -> Iterator[tuple[list[Row], list[Row]]]:
        """Yield statements and their citations, so many as belong into one transaction."""
        for start in range(1, self.statements + 1, CHUNK):
            yield self.chunk(range(start, min(start + CHUNK, self.statements + 1)))

    def chunk(self, numbers: range) -> tuple[list[Row], list[Row]]:
        claims = self.some(self.of_claim, len(numbers))
        sources = self.some(self.of_source, len(numbers))
        stances = self.random.choices(list(STANCES), list(STANCES.values()), k=len(numbers))
        statements: list[Row] = []
        citations: list[Row] = []
        for n, claim, source, stance in zip(numbers, claims, sources, stances, strict=True):
            is_draft = (
                claim in self.is_draft["claim"]
                or source in self.is_draft["source"]
                or self.random.random() < 0.01
            )
            denies_what = ""
            if stance == "denies" and self.random.random() < 0.2:
                denies_what = self.random.choice(["fact", "responsibility", "framing"])
            statements.append(
                (
                    *(n, f"source-{source:07}--claim-{claim:07}--{n}"),
                    *("draft" if is_draft else "published", 1, NOW, claim, source),
                    *(stance, denies_what, self.date(may_be_unknown=stance != "withdraws"), 0),
                    *("", self.random.random() < 0.03, ""),
                )
            )
            citations += self.citations_of(n)
        return statements, citations

    def citations_of(self, statement: int) -> list[Row]:
        """Return none to six: the first is an origin, most of the others were taken from one."""
        many = self.random.choices([0, 1, 2, 3, 6], [5, 60, 20, 10, 5])[0]
        found: list[Row] = []
        for document in dict.fromkeys(self.some(self.of_document, many)):
            self.citation += 1
            via = self.random.choice(found)[0] if found and self.random.random() < 0.7 else None
            quote = self.words(14).capitalize()
            for word, one_in in RARER_WORDS.items():
                if self.citation % one_in == 0:
                    quote += f" {word}"
            found.append(
                (
                    *(self.citation, statement, document, via, self.random.choice(MANNERS)),
                    *(f"{quote}.", "", "", "", "en", "", "", ""),
                )
            )
        return found
