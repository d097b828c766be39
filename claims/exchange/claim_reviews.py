"""Fact checks as schema.org's ClaimReview, to be imported as drafts for an editor to look at.

What was reviewed becomes a claim, who made it a source that asserts it, and who reviewed it a
source that comments on it: which stance a rating amounts to is for an editor to say. The words of a
rating are kept, its number is not. See docs/decisions/0013. What is here already stays as it is.
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from anyascii import anyascii
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Q
from django.utils.text import slugify

from claims import likeness
from claims.exchange import staging
from claims.exchange.format import CLAIMS, DOCUMENTS, SOURCES, STATEMENTS, BundleFile, shown
from claims.exchange.importing import Importer, Report, import_given
from claims.exchange.listing import Listing
from claims.exchange.markup import Thing, plain, read_things
from claims.exchange.naming import find
from claims.exchange.problems import BundleError, Findings, Problem, Problems
from claims.exchange.reading import Progress, Row, row_of
from claims.models import Claim, Statement
from claims.models.claim import LONGEST_CLAIM
from claimtracker.curated import ReviewState
from claimtracker.dates import UnreadableDateError, read_date
from sources.models import Document, Source

CLAIM_REVIEW = "ClaimReview"
LONGEST_NAME, LONGEST_TITLE, LONGEST_ADDRESS = 300, 1000, 2000
A_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
AN_ADDRESS = re.compile(r"https?://[^\s/]\S*", re.IGNORECASE)
COMPARED = 1000  # names, and claims, of one file with each other
# A rating that is only a number, or a share of one: 4, 3/5, 20 %, -1.
A_NUMBER = re.compile(r"[\s\d.,/%+−–-]*")
# Crowds and posts, which nobody speaks for: Multiple sources, Social media users, Viral post.
PLATFORM = (
    r"(?:social[ -]media|internet|web|online|facebook|twitter|x|instagram|tiktok|youtube|telegram|"
    r"whatsapp|reddit|weibo|threads|vk)"
)
CROWD = (
    r"(?:sources?|users?|posts?|postings?|people|persons?|accounts?|pages?|groups?|messages?|videos?|"
    r"images?|photos?|pictures?|memes?|claims?|rumou?rs?|websites?|sites?|blogs?|bloggers?|netizens|"
    r"individuals?|outlets?|articles?|e-?mails?|tweets?|comments?|reels?|stories|politicians)"
)
SOME = (
    r"(?:multiple|various|several|many|some|numerous|different|unknown|anonymous|unnamed|viral|"
    r"widely shared)"
)
NO_SPEAKER = re.compile(
    rf"(?:(?:an?|the) )?(?:{SOME} )*(?:{SOME}|{PLATFORM})"
    rf"(?:(?:,|/| and| or| &)? ?{PLATFORM})* {CROWD}"
    rf"|(?:the )?(?:social media|internet)|(?:{SOME} )+{SOME}",
    re.IGNORECASE,
)
NOBODY = {"", "-", "?", "n/a", "na", "none", "null", "unknown", "anonymous", "various", "multiple"}
KINDS = {
    "Person": "person",
    "NewsMediaOrganization": "outlet",
    "GovernmentOrganization": "government-body",
    "Organization": "organisation",
    "Corporation": "organisation",
    "NGO": "organisation",
    "PoliticalParty": "organisation",
    "Country": "state",
    "State": "state",
}
DOCUMENT_KINDS = {
    "VideoObject": "video",
    "SocialMediaPosting": "post",
    "DiscussionForumPosting": "post",
    "BlogPosting": "post",
    "Article": "article",
    "NewsArticle": "article",
    "Report": "report",
}


class Unusable(ValueError):
    """Why a review brings nothing."""


@dataclass(frozen=True)
class Agent:
    """Somebody who is named."""

    name: str
    kind: str


@dataclass(frozen=True)
class Work:
    """A document that is named: by its address, or else by its title and what it is about."""

    title: str
    url: str = ""
    kind: str = "other"
    publisher: Agent | None = None
    published: str = ""
    language: str = ""
    about: str = ""

    @property
    def identity(self) -> tuple[str, ...]:
        return (self.url,) if self.url else (self.title, self.about)

    @property
    def key(self) -> str:
        return key_of(self.title if self.title != self.url else "document", *self.identity)


@dataclass
class Review:
    """What one ClaimReview says."""

    place: int
    claim: str
    language: str
    claimants: list[Agent]
    said: str
    appearances: list[Work]
    reviewer: Agent | None
    page: Work | None
    reviewed: str
    rating: str


@dataclass
class Said:
    """A statement, and the documents in which it was read, each with the manner."""

    place: int
    agent: Agent
    claim: str
    stance: str
    day: str
    note: str = ""
    cited: dict[Work, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        identity = (self.agent.name, self.claim, self.stance, self.day)
        return f"{slug_of(self.agent.name)}--{key_of(self.claim, *identity)}--{self.stance}"


def slug_of(text: str) -> str:
    return slugify(anyascii(text))[:60].strip("-_")


def key_of(text: str, *identity: str) -> str:
    """Return the key under which something is found again: words to read, and a digest."""
    digest = hashlib.sha256("\0".join(identity).encode()).hexdigest()[:10]
    return f"{slug_of(text)}-{digest}".strip("-")


class ItemProblems(Problems):
    """What the checks of an import find, told by the review that it came from."""

    def __init__(self, given: "ClaimReviews") -> None:
        super().__init__()
        self.given = given

    def where(self, file: str, line: int) -> str:
        return f"line {self.given.places.get((file, line), line)}"

    def locate(
        self, file: str, line: int, where: str, message: str, file_name: str
    ) -> Problem | None:
        place = self.given.places.get((file, line), 0) if file else line
        return super().locate("", place, where, message, self.given.name)


class ClaimReviews:
    """A file of ClaimReview markup to import. Its notes say what was left out or needs a look.

    What it brings is never published.
    """

    unit = "item"

    def __init__(self, path: Path, name: str = "") -> None:
        self.path, self.name = path, name or path.name
        self.places: dict[tuple[str, int], int] = {}
        self.found: Problems = ItemProblems(self)

    def problems(self) -> Problems:
        self.places, self.found = {}, ItemProblems(self)
        return self.found

    def note(self, place: int, where: str, message: str, group: str = "") -> None:
        self.found.note("", place, where, message, group=group)

    def complete(self, cursor: CursorWrapper, problems: Problems) -> None:
        """Add nothing: what is here already is not staged."""

    def stage(self, cursor: CursorWrapper, problems: Problems, progress: Progress) -> None:
        """Read the file into the temporary tables."""
        progress(f"reading {self.name}")
        reviews = list(self.reviews())
        if not reviews:
            why = problems.notes.report() or f"{self.name}: it has no ClaimReview."
            raise BundleError(f"{why}\nNothing was imported: there is nothing to use.", problems)
        progress("looking for what is here already")
        rows = Rows(self, reviews)
        for file, made in rows.by_file().items():
            staging.stage(cursor, file, self.staged(file, made, problems))

    def staged(
        self, file: BundleFile, rows: Iterable[tuple[int, dict[str, Any]]], problems: Problems
    ) -> Iterator[Row]:
        for line, (place, made) in enumerate(rows, 1):
            self.places[file.name, line] = place
            before = problems.count
            values, listed = row_of(file, line, made, True, problems)
            yield Row(line, values, listed, True, problems.count > before)

    # Reading

    def reviews(self) -> Iterator[Review]:
        """Yield the reviews that can be used; why another cannot is noted."""
        seen: dict[tuple[Any, ...], int] = {}
        for place, thing in read_things(self.path, self.name, CLAIM_REVIEW, self.found):
            try:
                found = list(self.reviews_in(place, thing))
            except Unusable as error:
                self.note(place, "", f"left out: {error}")
                continue
            yield from self.once(found, seen)

    def once(self, reviews: list[Review], seen: dict[tuple[Any, ...], int]) -> Iterator[Review]:
        for review in reviews:
            place = review.place
            same = (review.claim, review.reviewer, review.page and review.page.url, review.rating)
            if same in seen:
                self.note(
                    place,
                    "",
                    f"it says the same as {seen[same]}",
                    group="it says the same as another review",
                )
            seen.setdefault(same, place)
            yield review

    def reviews_in(self, place: int, thing: Thing) -> Iterator[Review]:
        """Yield what a ClaimReview says of each claim that it reviews."""
        items = [each for each in thing.values("itemReviewed") if isinstance(each, Thing)]
        reviewed = thing.values("claimReviewed")
        # Each claim with the things that say who made it: an object says that itself.
        claims: dict[str, list[Thing]] = {}
        for each in reviewed:
            if isinstance(each, Thing):
                for text in each.texts("text", "name")[:1]:
                    claims.setdefault(text, [each, *items])
            elif isinstance(each, str) and plain(each):
                claims.setdefault(plain(each), items)
        if not claims:
            for each in items:
                if "Claim" in each.types():
                    for text in each.texts("text", "name")[:1]:
                        others = [one for one in items if "Claim" not in one.types()]
                        claims.setdefault(text, [each, *others])
        if not claims:
            raise Unusable("it does not say which claim it reviews (claimReviewed)")
        for text, about in claims.items():
            yield self.review(place, thing, text, about)

    def review(self, place: int, thing: Thing, text: str, items: list[Thing]) -> Review:
        if len(text) > LONGEST_CLAIM:
            raise Unusable(f"its claim has {len(text):,} characters; at most {LONGEST_CLAIM:,} fit")
        claimants = self.agents(
            place, "itemReviewed.author", items, "author", "claimant", "creator"
        )
        if not claimants:
            self.note(
                place, "itemReviewed.author", "it names no claimant: nobody asserts the claim"
            )
        reviewers = self.agents(place, "author", [thing], "author") + self.agents(
            place, "publisher", [thing], "publisher"
        )
        if not reviewers:
            self.note(place, "author", "it names no reviewer: nobody comments on the claim")
        # The house speaks, not whoever wrote it down.
        reviewer = next((each for each in reviewers if each.kind != "person"), None)
        reviewer = reviewer or (reviewers[0] if reviewers else None)
        if reviewer and reviewer.kind != "person":
            reviewer = Agent(reviewer.name, "outlet")
        day = self.day(place, "datePublished", thing)
        said = next(filter(None, (self.day(place, "itemReviewed", each) for each in items)), "")
        page = self.page(place, thing, text, reviewer, day)
        appearances = self.appearances(place, thing, items, text)
        return Review(
            place=place,
            claim=text,
            language=self.language(place, thing),
            claimants=claimants,
            said=said,
            appearances=[
                each for each in appearances if not page or each.url != page.url or not each.url
            ],
            reviewer=reviewer,
            page=page,
            reviewed=day,
            rating=self.rating(place, thing),
        )

    def agents(self, place: int, where: str, things: list[Thing], *names: str) -> list[Agent]:
        found: dict[str, Agent] = {}
        for value in [each for thing in things for each in thing.values(*names)]:
            if isinstance(value, Thing):
                texts = value.texts("name", "legalName", "alternateName")
                name, types = (texts[0] if texts else ""), value.types()
            else:
                name, types = (plain(value) if isinstance(value, str) else ""), set()
            if (
                name.casefold() in NOBODY
                or AN_ADDRESS.fullmatch(name)
                or NO_SPEAKER.fullmatch(name)
            ):
                if name:
                    self.note(place, where, f"{shown(name)} names no speaker: left out")
                continue
            if len(name) > LONGEST_NAME:
                self.note(place, where, f"a name has more than {LONGEST_NAME} characters")
                continue
            kind = next((KINDS[each] for each in sorted(types) if each in KINDS), "other")
            found.setdefault(name, Agent(name, kind))
        return list(found.values())

    def page(
        self, place: int, thing: Thing, claim: str, publisher: Agent | None, day: str
    ) -> Work | None:
        address = self.address(place, "url", thing.values("url", "mainEntityOfPage", "@id"))
        titles = thing.texts("headline", "name")
        if not address:
            self.note(place, "url", "the address of the review is missing: it is cited without one")
        title = (titles[0] if titles else address) or f"Review of “{claim}”"
        return Work(
            title[:LONGEST_TITLE],
            address,
            "article",
            publisher,
            day,
            self.language(place, thing),
            about=claim,
        )

    def appearances(self, place: int, thing: Thing, items: list[Thing], claim: str) -> list[Work]:
        given: list[Any] = []
        for each in items:
            given += each.values("firstAppearance") + each.values("appearance")
            # As it was marked up once: what is reviewed is the work that says it.
            if "Claim" not in each.types() and each.values("url", "headline", "name"):
                given.append(each)
        given += [each for each in thing.values("itemReviewed") if not isinstance(each, Thing)]
        found: dict[tuple[str, ...], Work] = {}
        for value in given:
            work = self.work(place, value, claim)
            if work:
                known = found.get(work.identity)
                found[work.identity] = known if known and known.title != known.url else work
        return list(found.values())

    def work(self, place: int, value: Any, claim: str) -> Work | None:
        where = "itemReviewed.appearance"
        if isinstance(value, str):
            text = plain(value)
            if AN_ADDRESS.fullmatch(value.strip()):
                address = self.address(place, where, [value])
                return Work(address[:LONGEST_TITLE], address) if address else None
            if not text or text.casefold() in NOBODY:
                return None
            return Work(text[:LONGEST_TITLE], about=claim)
        if not isinstance(value, Thing):
            self.note(place, where, f"{shown(value)} is no document: left out")
            return None
        address = self.address(place, where, value.values("url", "contentUrl", "sameAs", "@id"))
        titles = value.texts("headline", "name")
        if not address and not titles:
            self.note(place, where, "it has neither an address nor a name: left out")
            return None
        publishers = self.agents(place, where, [value], "publisher")
        kind = next(
            (DOCUMENT_KINDS[one] for one in sorted(value.types()) if one in DOCUMENT_KINDS), "other"
        )
        return Work(
            (titles[0] if titles else address)[:LONGEST_TITLE],
            address,
            kind,
            publishers[0] if publishers else None,
            self.day(place, where, value),
            self.language(place, value),
            about=claim,
        )

    def address(self, place: int, where: str, values: list[Any]) -> str:
        """Return the first of some values that is a web address; blank where none is."""
        for value in values:
            if isinstance(value, Thing):
                value = next(iter(value.values("url", "@id")), None)
            if not isinstance(value, str):
                continue
            text = value.strip()
            if AN_ADDRESS.fullmatch(text) and len(text) <= LONGEST_ADDRESS and text.isprintable():
                return text
            if text:
                self.note(place, where, f"{shown(text)} is no web address")
        return ""

    def day(self, place: int, where: str, thing: Thing) -> str:
        """Return the day, month or year that a thing was published; blank where it says none."""
        for value in thing.values("datePublished"):
            text = value.strip() if isinstance(value, str) else ""
            try:
                read = read_date(text)
            except UnreadableDateError as error:
                message = f"{shown(text)}: {error}".rstrip(".")
                self.note(place, where_of_day(where), f"{message}: left out")
                continue
            if re.fullmatch("[0-9-]+", read):
                return read
            told = text if text else getattr(value, "made", value)
            if text or not isinstance(value, str):
                self.note(
                    place,
                    where_of_day(where),
                    f"{shown(told)} is no date such as 2023-09-07: left out",
                )
        return ""

    def language(self, place: int, thing: Thing) -> str:
        for value in thing.values("inLanguage"):
            if isinstance(value, Thing):
                value = next(iter(value.values("alternateName", "name")), "")
            text = value.strip().replace("_", "-") if isinstance(value, str) else ""
            if A_LANGUAGE.fullmatch(text) and len(text) <= 35:
                return text
            if text:
                self.note(
                    place, "inLanguage", f"{shown(text)} is no language tag such as en: left out"
                )
        return ""

    def rating(self, place: int, thing: Thing) -> str:
        """Return the words of a rating; blank where it has none, but a number."""
        ratings = thing.values("reviewRating")
        things = [each for each in ratings if isinstance(each, Thing)]
        texts = [plain(each) for each in ratings if isinstance(each, str)]
        for name in ("alternateName", "name", "ratingValue"):
            texts += [text for each in things for text in each.texts(name)]
        words = [text for text in texts if not A_NUMBER.fullmatch(text)]
        if ratings and not words:
            self.note(place, "reviewRating", "it is only a number, which is not imported")
        return words[0] if words else ""


def names_nobody(name: str) -> bool:
    """Return whether a name is no speaker's: blank, an address, a crowd, or a post."""
    patterns = (AN_ADDRESS, NO_SPEAKER)
    return name.casefold() in NOBODY or any(one.fullmatch(name) for one in patterns)


def where_of_day(where: str) -> str:
    return f"{where}.datePublished".removeprefix("datePublished.")


class Rows:
    """The rows of a bundle that reviews amount to; of what is here already, none."""

    def __init__(self, given: ClaimReviews, reviews: list[Review]) -> None:
        self.given = given
        self.agents: dict[str, tuple[int, Agent]] = {}
        self.works: dict[tuple[str, ...], tuple[int, Work]] = {}
        self.claims: dict[str, tuple[int, str]] = {}
        self.statements: dict[str, Said] = {}
        for review in reviews:
            self.take(review)
        self.source_of = self.sources_here()
        self.document_of = self.documents_here()
        self.claim_of = self.claims_here()

    def take(self, review: Review) -> None:
        self.claims.setdefault(review.claim, (review.place, review.language))
        works = [*review.appearances, *([review.page] if review.page else [])]
        for work in works:
            self.works.setdefault(work.identity, (review.place, work))
            if work.publisher:
                self.know(review.place, work.publisher)
        for agent in review.claimants:
            cited = dict.fromkeys(review.appearances, "")
            if review.page:
                cited[review.page] = "reported"
            self.say(review.place, agent, review.claim, "asserts", review.said, "", cited)
        if review.reviewer:
            note = f"Its markup rates the claim “{review.rating}”." if review.rating else ""
            cited = {review.page: ""} if review.page else {}
            self.say(
                review.place,
                review.reviewer,
                review.claim,
                "comments",
                review.reviewed,
                note,
                cited,
            )

    def know(self, place: int, agent: Agent) -> None:
        known = self.agents.get(agent.name)
        if known is None or known[1].kind == "other":
            self.agents[agent.name] = (known[0] if known else place, agent)

    def say(
        self,
        place: int,
        agent: Agent,
        claim: str,
        stance: str,
        day: str,
        note: str,
        cited: dict[Work, str],
    ) -> None:
        self.know(place, agent)
        said = Said(place, agent, claim, stance, day, note)
        said = self.statements.setdefault(said.key, said)
        if note and note not in said.note:
            said.note = f"{said.note} {note}"
        there = {work.identity for work in said.cited}
        said.cited |= {work: how for work, how in cited.items() if work.identity not in there}

    # What is here already

    def sources_here(self) -> dict[str, str]:
        """Return the keys of the sources by their names: of those that are here, or of new ones."""
        keys = {name: key_of(name, name) for name in self.agents}
        made = survivors(Source, keys.values())
        named = here(SOURCES, keys)
        known = None
        for name, (place, _) in self.agents.items():
            slugs = named.get(name, [])
            if keys[name] in made:
                keys[name] = made[keys[name]]
            elif len(slugs) == 1:
                keys[name] = slugs[0]
                self.given.note(
                    place,
                    "",
                    f"{shown(name)} is the source {slugs[0]}, which is here",
                    group="the source is here",
                )
            elif slugs:
                which = ", ".join(slugs)
                self.given.note(
                    place,
                    "",
                    f"{shown(name)} may be any of {which}: a new one is made",
                    group="the name may mean several sources",
                )
            else:
                known = known or likeness.known_sources()
                self.say_what_is_near(place, "source", name, known.near(name))
        self.say_what_is_alike("source", {name: at for name, (at, _) in self.agents.items()}, named)
        return keys

    def say_what_is_alike(self, noun: str, places: dict[str, int], here: Collection[str]) -> None:
        """Note which new names or texts of the file are like an earlier one in it."""
        new = [text for text in places if text not in here][:COMPARED]
        kind = likeness.KnownSources if noun == "source" else likeness.KnownClaims
        among = kind.of(new)
        for number, text in enumerate(new):
            near = [each for each in among.near(text, besides=[number]) if each.pk < number]
            for each in near[:1]:
                like = "says the opposite of" if each.only_negation_differs else "may be"
                message = (
                    f"the {noun} {shown(text)} {like} {shown(new[each.pk])} of "
                    f"{places[new[each.pk]]} in this file: look at both"
                )
                group = f"the {noun} is like another in this file"
                self.given.note(places[text], "", message, group)

    def claims_here(self) -> dict[str, str]:
        keys = {text: key_of(text, text) for text in self.claims}
        made = survivors(Claim, keys.values())
        found = {text: slugs[0] for text, slugs in here(CLAIMS, keys).items()}
        known = None
        for text, (place, _) in self.claims.items():
            if keys[text] in made:
                keys[text] = made[keys[text]]
            elif text in found:
                keys[text] = found[text]
                self.given.note(
                    place,
                    "",
                    f"the claim is here already: {found[text]}",
                    group="the claim is here already",
                )
            else:
                known = known or likeness.known_claims()
                self.say_what_is_near(place, "claim", text, known.near(text))
        self.say_what_is_alike("claim", {text: at for text, (at, _) in self.claims.items()}, found)
        return keys

    def say_what_is_near(
        self, place: int, noun: str, text: str, near: list[likeness.Alike]
    ) -> None:
        for each in near[:1]:
            like = "says the opposite of" if each.only_negation_differs else "may be"
            message = (
                f"the {noun} {shown(text)} {like} {shown(each.text)}, which is here: look at both"
            )
            self.given.note(place, "", message)

    def documents_here(self) -> dict[tuple[str, ...], str]:
        keys = {identity: work.key for identity, (_, work) in self.works.items()}
        made = survivors(Document, keys.values())
        addresses = [work.url for _, work in self.works.values() if work.url]
        at: dict[str, str] = {}
        with connection.cursor() as cursor:
            # In whatever form an address is written.
            cursor.execute(
                "SELECT a.url, d.slug FROM unnest(%s::text[]) a (url) JOIN sources_document d "
                "ON d.url_key = document_url_key(a.url) "
                "WHERE d.merged_into_id IS NULL AND d.review_state <> 'retired' ORDER BY d.slug",
                [addresses],
            )
            for address, slug in cursor.fetchall():
                at.setdefault(address, slug)
        found = Document.objects.filter(Q(url__in=addresses) | Q(archived_url__in=addresses))
        for slug, *those in (
            in_use(found).order_by("slug").values_list("slug", "url", "archived_url")
        ):
            for each in those:
                at.setdefault(each, slug)
        for identity, (_, work) in self.works.items():
            if keys[identity] in made:
                keys[identity] = made[keys[identity]]
            elif work.url in at and work.url:
                keys[identity] = at[work.url]
        return keys

    # The rows

    def by_file(self) -> dict[BundleFile, list[tuple[int, dict[str, Any]]]]:
        """Return the rows of each file, each with its place."""
        sources = [
            (place, {"key": self.source_of[name], "kind": agent.kind, "name": name})
            for name, (place, agent) in self.agents.items()
        ]
        documents = [
            (
                place,
                {
                    "key": self.document_of[identity],
                    "kind": work.kind,
                    "publisher": work.publisher and self.source_of[work.publisher.name],
                    "title": work.title,
                    "url": work.url,
                    "published": work.published or None,
                    "language": work.language,
                },
            )
            for identity, (place, work) in self.works.items()
        ]
        claims = [
            (
                place,
                {"key": self.claim_of[text], "kind": "fact", "text": text, "language": language},
            )
            for text, (place, language) in self.claims.items()
        ]
        return {
            SOURCES: new(Source, sources),
            DOCUMENTS: new(Document, documents),
            CLAIMS: new(Claim, claims),
            STATEMENTS: list(self.stated()),
        }

    def stated(self) -> Iterator[tuple[int, dict[str, Any]]]:
        here = {
            each.slug: each
            for each in Statement.objects.filter(slug__in=list(self.statements))
            .select_related("claim", "source")
            .prefetch_related("citations__document")
        }
        for key, said in self.statements.items():
            cited = {self.document_of[work.identity]: how for work, how in said.cited.items()}
            row: dict[str, Any] = {
                "key": key,
                "claim": self.claim_of[said.claim],
                "source": self.source_of[said.agent.name],
                "stance": said.stance,
                "said": said.day or None,
                "note": said.note,
            }
            if statement := here.get(key):
                if statement.review_state != ReviewState.DRAFT:
                    state = statement.get_review_state_display().lower()
                    message = f"the statement {key} is here ({state}): it is left as it is"
                    group = "the statement is here, and is left as it is"
                    self.given.note(said.place, "", message, group)
                    continue
                row = as_it_is(statement)
                for citation in statement.citations.all():
                    cited.pop(citation.document.slug, None)
            row["citations"] = [{"document": slug, "manner": how} for slug, how in cited.items()]
            yield said.place, row


def as_it_is(statement: Statement) -> dict[str, Any]:
    """Return a statement as a bundle has it, without its citations."""
    row = {each.name: getattr(statement, each.column) for each in STATEMENTS.fields[1:]}
    return row | {
        "key": statement.slug,
        "claim": statement.claim.slug,
        "source": statement.source.slug,
        "said": statement.said or None,
    }


def here(file: BundleFile, names: Collection[str]) -> dict[str, list[str]]:
    """Return which rows here each name may mean, by their slugs; no name that means none."""
    with connection.cursor() as cursor:
        return {name: one.slugs for name, one in find(cursor, file, names).items() if one.slugs}


def in_use(rows: Any) -> Any:
    return rows.filter(merged_into=None).exclude(review_state=ReviewState.RETIRED)


def survivors(model: Any, keys: Iterable[str]) -> dict[str, str]:
    """Return, of keys that are here, which row each of them means now."""
    found = model.objects.filter(slug__in=list(keys)).values_list("slug", "merged_into__slug")
    return {slug: into or slug for slug, into in found}


def new(model: Any, rows: list[tuple[int, dict[str, Any]]]) -> list[tuple[int, dict[str, Any]]]:
    """Return those rows that are not here, each key once."""
    keys = [made["key"] for _, made in rows]
    here = set(model.objects.filter(slug__in=keys).values_list("slug", flat=True))
    return list(
        {
            made["key"]: (place, made) for place, made in rows[::-1] if made["key"] not in here
        }.values()
    )[::-1]


def import_claim_reviews(
    *,
    path: Path,
    dry_run: bool = False,
    listing: Listing | None = None,
    progress: Progress = lambda _: None,
) -> tuple[Report, Findings]:
    """Import a file of ClaimReview as drafts; return what changed, and what there is to look at.

    Raises BundleError, and then nothing changed.
    """
    given = ClaimReviews(path)
    importer = Importer(publishes=False)
    report = import_given(
        given=given, importer=importer, dry_run=dry_run, listing=listing, progress=progress
    )
    return report, given.found.notes
