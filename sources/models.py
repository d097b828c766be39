"""Who speaks, and where."""

import unicodedata
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex, HashIndex
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import F, Func, Q, Value
from django.db.models.fields.generated import GeneratedField
from django.db.models.lookups import GreaterThan, LessThanOrEqual

from claimtracker.curated import (
    ONLY_IF_OTHERS_ARE_SEEN,
    Checked,
    CuratedQuerySet,
    Mergeable,
    ReadableQuerySet,
    ReviewState,
    by_recording,
    curated_constraints,
    has_few_marks,
    id_stays,
    is_a_language,
    is_a_web_address,
    merge_constraints,
    says_something,
    track,
    waiting_for_review,
)
from claimtracker.edtf import (
    EdtfField,
    dated,
    day_after,
    earliest,
    first_day,
    is_a_date,
    range_of,
    read_range,
)
from claimtracker.explain import MESSAGES
from claimtracker.line_ends import keeps_line_feeds
from claimtracker.questions import Question
from claimtracker.tidying import tidies
from claimtracker.web_addresses import WebAddressField
from sources import doubts
from sources.naming import document_name


class SourceKind(models.TextChoices):
    PERSON = "person"
    STATE = "state"
    GOVERNMENT_BODY = "government-body", "government body"
    ORGANISATION = "organisation"
    AUTHORITY = "authority"
    OUTLET = "outlet"
    GROUP = "group"
    OTHER = "other"


class DocumentKind(models.TextChoices):
    ARTICLE = "article"
    POST = "post"
    READOUT = "readout"
    STATEMENT = "statement"
    RULING = "ruling"
    TRANSCRIPT = "transcript"
    VIDEO = "video"
    REPORT = "report"
    RECORD = "record"
    OTHER = "other"


# Functions that know which sources have a name like one: from it to their ids, the likest first.
# The app that knows adds its own.
named_like: list[Callable[[str], Collection[int]]] = []


@track
class Source(Mergeable):
    """Who speaks: a person, a body, a state, an organisation, an outlet, a group."""

    kind = models.CharField(max_length=15, choices=SourceKind)
    name = models.CharField(max_length=300)
    aliases = ArrayField(
        models.CharField(max_length=300),
        default=list,
        blank=True,
        help_text="Other spellings and short names, separated by commas.",
    )
    wikidata_id = models.CharField(
        "Wikidata id", max_length=20, blank=True, help_text="Such as Q1331327."
    )
    description = models.TextField(blank=True)

    parts = ("affiliations", "members")
    tidied = ("name", "aliases")

    class Meta(Mergeable.Meta):
        permissions = [("publish_source", "Can publish and retire sources")]
        indexes = [
            GinIndex(fields=["aliases"], name="source_aliases"),
            *waiting_for_review("source"),
            by_recording("source"),
        ]
        constraints = [
            *curated_constraints("source"),
            *merge_constraints("source"),
            says_something("source", "name"),
            models.CheckConstraint(
                name="source_aliases_say_something",
                # In SQL, as it must see nulls, blanks and lists of lists.
                condition=Func(
                    F("aliases"), function="texts_say_something", output_field=models.BooleanField()
                ),
                violation_error_code="field:aliases",
                violation_error_message="Aliases are a plain list, none of them blank.",
            ),
            models.CheckConstraint(
                name="source_kind_is_known", condition=Q(kind__in=SourceKind.values)
            ),
            models.CheckConstraint(
                name="source_wikidata_id_is_an_item",
                condition=Q(wikidata_id="") | Q(wikidata_id__regex=r"^Q[1-9][0-9]{0,17}$"),
                violation_error_code="field:wikidata_id",
                violation_error_message="A Wikidata id is a Q and a number: Q1331327.",
            ),
        ]
        triggers = [
            *Mergeable.Meta.triggers,
            id_stays(),
            keeps_line_feeds("description"),
            tidies("name", lists=("aliases",)),
        ]

    def __str__(self):
        return self.name

    def questions(self, changed):
        """Ask whether a source that gets a new name is another than those with such names."""
        was = type(self)._base_manager.filter(pk=self.pk, name=self.name)
        if self.pk is None or "name" not in changed or was.exists():
            return []
        known = {self.pk, *(pk for find in known_different_sources for pk in find(self.pk))}
        like = [pk for find in named_like for pk in find(self.name) if pk not in known]
        found = type(self)._base_manager.filter(merged_into=None).in_bulk(like)
        near = [found[pk] for pk in dict.fromkeys(like) if pk in found][:5]
        if not near:
            return []
        names = ", ".join(f"“{each}” ({each.slug})" for each in near)
        detail = f"Other sources have a name like “{self.name}”: {names}."
        return [Question("like_source", "name", detail, tuple(near))]


class AffiliationQuerySet(ReadableQuerySet):
    def public(self):
        """Return the affiliations of which both ends are published."""
        return self.filter(member__is_public=True, body__is_public=True)

    def holding_on(self, day):
        """Return those that had neither certainly not begun nor certainly ended on a day."""
        that_day = DateRange(day, day, "[]")
        return self.exclude(since_range__fully_gt=that_day).exclude(until_range__fully_lt=that_day)

    def get_by_natural_key(self, member, body, role, since):
        return self.get(member__slug=member, body__slug=body, role=role, since=since)


CYCLE_MESSAGE = (
    "The body itself belongs to this member at that time: neither can be above the other."
)
MESSAGES["affiliation_makes_no_cycle"] = CYCLE_MESSAGE
MESSAGES["source_is_merged_in_one_hop"] = "Merge into a source that is not itself merged."
MESSAGES["document_is_merged_in_one_hop"] = "Merge into a document that is not itself merged."


@track
class Affiliation(Checked):
    """A source belongs to a body, in a role, during a period (a membership in Popolo's terms).

    It holds unless it had certainly not begun or had certainly ended; a blank date is an open one.
    """

    member = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="affiliations")
    body = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="members")
    role = models.CharField(max_length=300, blank=True)
    since = EdtfField()
    until = EdtfField(help_text="The last day, as precise as known; blank while it lasts.")
    speaks_for = models.BooleanField(
        default=False, help_text="Whether what it says counts as said by the body."
    )
    since_range = range_of("since")
    until_range = range_of("until")
    # The days on which it certainly holds: from the latest possible start to the earliest
    # possible end. Empty where there is none.
    certainly = GeneratedField(
        expression=Func(
            F("since"), F("until"), function="affiliation_certainly", output_field=DateRangeField()
        ),
        output_field=DateRangeField(),
        db_persist=True,
        null=True,
    )

    objects = AffiliationQuerySet.as_manager()
    reviewed_with = "sources.source"

    class Meta:
        constraints = [
            is_a_date("since", name="affiliation_since_is_a_date"),
            is_a_date("until", name="affiliation_until_is_a_date"),
            models.CheckConstraint(
                name="affiliation_ends_after_it_begins",
                condition=~Q(since_range__fully_gt=F("until_range"))
                | Q(since_range__isnull=True)
                | Q(until_range__isnull=True),
                violation_error_code="field:until",
                violation_error_message="It would end before it begins.",
            ),
            models.CheckConstraint(
                name="affiliation_body_is_another",
                condition=~Q(member=F("body")),
                violation_error_code="field:body",
                violation_error_message="A source cannot be affiliated with itself.",
            ),
            models.UniqueConstraint(
                fields=["member", "body", "role", "since"],
                name="affiliation_begins_once",
                violation_error_message=(
                    "This member already has this role there since then. Correct that one."
                ),
            ),
            # int8range: scalars in a GiST exclusion without the extension btree_gist.
            ExclusionConstraint(
                name="affiliation_periods_do_not_overlap",
                expressions=[
                    (Func(F("member"), F("member"), Value("[]"), function="int8range"), "&&"),
                    (Func(F("body"), F("body"), Value("[]"), function="int8range"), "&&"),
                    (
                        Func(F("role"), function="affiliation_role_key"),
                        RangeOperators.OVERLAPS,
                    ),
                    ("certainly", RangeOperators.OVERLAPS),
                ],
                violation_error_message=(
                    "This member already has this role there at that time. "
                    "End the earlier period first, or correct its dates."
                ),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="makes_no_cycle",
                when=pgtrigger.After,
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf("member_id", "body_id", "since", "until"),
                # One writer at a time: two that close a circle together would not see each other.
                func=(
                    ONLY_IF_OTHERS_ARE_SEEN
                    + "PERFORM pg_advisory_xact_lock('sources_affiliation'::regclass::bigint); "
                    "IF affiliation_closes_a_cycle("
                    "NEW.id, NEW.member_id, NEW.body_id, NEW.certainly) THEN "
                    "RAISE EXCEPTION USING ERRCODE = 'check_violation', "
                    "CONSTRAINT = 'affiliation_makes_no_cycle', TABLE = TG_TABLE_NAME, "
                    'MESSAGE = format(\'row of "%s" violates "affiliation_makes_no_cycle"\', '
                    "TG_TABLE_NAME); END IF; RETURN NULL;"
                ),
            )
        ]

    def __str__(self):
        role = f"{self.role}, " if self.role else ""
        return f"{self.member} – {role}{self.body}"

    @property
    def readers_see(self):
        return self.member.readers_see and self.body.readers_see

    def natural_key(self):
        return (*self.member.natural_key(), *self.body.natural_key(), self.role, self.since)

    natural_key.dependencies = ["sources.source"]

    def clean(self):
        super().clean()
        if self.member_id and self.body_id and self.closes_a_cycle():
            raise ValidationError({"body": CYCLE_MESSAGE})

    def closes_a_cycle(self) -> bool:
        """Return whether the body belongs to the member, directly or not, at one of these times."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT affiliation_closes_a_cycle(%s, %s, %s, affiliation_certainly(%s, %s))",
                [self.pk, self.member_id, self.body_id, self.since, self.until],
            )
            return bool(cursor.fetchone()[0])


# In bytes of UTF-8: some 300,000 words, and what a form can send.
LONGEST_TEXT = 2_000_000
# How many of a sketch's 64 hashes two texts have in common that are nearly equal.
NEARLY_EQUAL = 0.6
# Functions that know pairs of documents to be different: from the id of one to those of the others.
# The app that keeps such pairs adds its own; the same for sources.
known_different: list[Callable[[int], Collection[int]]] = []
known_different_sources: list[Callable[[int], Collection[int]]] = []


def key_of(value: str, function: str) -> Func:
    """Return, as SQL, the key that the database gives to an address or a text."""
    value = unicodedata.normalize("NFC", value)
    return Func(Value(value), function=function, output_field=models.TextField())


def key_field(name: str) -> GeneratedField:
    """Return the column of a key, which two documents have in common that are the same one."""
    return GeneratedField(
        expression=Func(F(name), function=f"document_{name}_key", output_field=models.TextField()),
        output_field=models.TextField(),
        db_persist=True,
        null=True,
    )


class DocumentQuerySet(CuratedQuerySet):
    def standing(self):
        """Return the documents that are neither merged nor retired."""
        return self.filter(merged_into=None).exclude(review_state=ReviewState.RETIRED)

    def with_address(self, url: str):
        """Return those whose address leads to the same page as this one."""
        return self.filter(url_key=key_of(url, "document_url_key"))

    def with_text(self, text: str, publisher_id: int | None):
        """Return those of a publisher that have the same text; none of a short text."""
        if publisher_id is None or len(text) < SHORTEST_TEXT:
            return self.none()
        return self.filter(publisher=publisher_id, text_key=key_of(text, "document_text_key"))

    def with_nearly(self, text: str, most: int = 5):
        """Return a few whose text is nearly this one, or the same; none of a short text."""
        if len(text) < SHORTEST_TEXT:
            return self.none()
        text = unicodedata.normalize("NFC", text)
        with connection.cursor() as cursor:
            cursor.execute(
                """
                WITH sketch AS MATERIALIZED (SELECT document_text_sketch(%s) AS hashes)
                SELECT d.id FROM sources_document d
                WHERE d.text_sketch && (SELECT hashes FROM sketch) AND d.merged_into_id IS NULL
                  AND (
                    SELECT count(*) FROM unnest(d.text_sketch) h
                    WHERE h = ANY ((SELECT hashes FROM sketch)::int[])
                  ) >= %s * (SELECT cardinality(hashes) FROM sketch)
                ORDER BY d.id LIMIT %s
                """,
                [text, NEARLY_EQUAL, most],
            )
            return self.filter(pk__in=[pk for (pk,) in cursor])

    def with_unlikely_dates(self):
        """Return those retrieved before they were published, or published on a day to come."""
        published = earliest("published")
        return self.standing().filter(
            Q(retrieved__lt=published) | GreaterThan(published, datetime.now(UTC).date())
        )

    def recorded_twice(self):
        """Return those that have the same address, or publisher and text, as another one."""
        others = Document.objects.standing().exclude(pk=models.OuterRef("pk"))
        return self.standing().filter(
            Q(models.Exists(others.filter(url_key=models.OuterRef("url_key"))))
            | Q(
                models.Exists(
                    others.filter(
                        text_key=models.OuterRef("text_key"),
                        publisher=models.OuterRef("publisher"),
                    )
                )
            )
        )


# In characters; below it stand notices that are the same on many pages.
SHORTEST_TEXT = 200


@track
class Document(Mergeable):
    """Where words were published: an article, a post, a readout, a ruling, a transcript."""

    kind = models.CharField(max_length=10, choices=DocumentKind)
    # Found by an index below.
    publisher = models.ForeignKey(
        Source,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="published_documents",
        db_index=False,
    )
    title = models.CharField(
        max_length=1000,
        blank=True,
        help_text="Leave it blank if it has none, as posts do: kind, publisher and date are shown.",
    )
    url = WebAddressField("address", max_length=2000, blank=True)
    published = EdtfField()
    retracted = EdtfField(help_text="When the publisher took it back; blank if it did not.")
    language = models.CharField(max_length=35, blank=True, help_text="A tag: en, az, hy, ru.")
    retrieved = models.DateField(null=True, blank=True, help_text="The day we read it.")
    archived_url = WebAddressField("archived at", max_length=2000, blank=True)
    sha256 = models.CharField(
        "SHA-256", max_length=64, blank=True, help_text="Of the file as retrieved."
    )
    # Private: shown to editors, never to readers.
    text = models.TextField(
        blank=True, help_text="Its words, for reading here. Readers never see them."
    )
    # Private too: see sources/doubts.py.
    doubts = models.TextField(
        "pages in doubt",
        blank=True,
        default="",
        db_default="",
        help_text="Pages whose text may differ from the document, by reason.",
    )
    tidied = ("title",)
    published_range = range_of("published")
    retracted_range = range_of("retracted")
    # What makes it the same document as another: see sources.0026.
    url_key = key_field("url")
    text_key = key_field("text")

    objects = DocumentQuerySet.as_manager()

    class Meta(Mergeable.Meta):
        permissions = [("publish_document", "Can publish and retire documents")]
        indexes = [
            *waiting_for_review("document"),
            models.Index("published_range", "id", name="document_by_range"),
            # The newest of a publisher: see claims/search/.
            models.Index("publisher", "id", name="document_of_publisher"),
            by_recording("document"),
            # A key of an address may be longer than a B-tree takes.
            HashIndex(fields=["url_key"], name="document_by_url_key"),
            models.Index(
                "text_key",
                "publisher",
                name="document_by_text_key",
                condition=Q(text_key__isnull=False),
            ),
            models.Index(
                dated(day_after("published")),
                "slug",
                name="document_by_day",
                condition=Q(is_public=True),
            ),
        ]
        constraints = [
            *curated_constraints("document"),
            *merge_constraints("document"),
            is_a_date("published", name="document_published_is_a_date"),
            is_a_date("retracted", name="document_retracted_is_a_date"),
            is_a_language("document"),
            is_a_web_address("document", "url"),
            is_a_web_address("document", "archived_url"),
            has_few_marks("document", "text"),
            models.CheckConstraint(
                name="document_kind_is_known", condition=Q(kind__in=DocumentKind.values)
            ),
            models.CheckConstraint(
                name="document_sha256_is_a_digest",
                condition=Q(sha256="") | Q(sha256__regex=r"^[0-9a-f]{64}$"),
                violation_error_code="field:sha256",
                violation_error_message="A SHA-256 digest has 64 digits of 0-9 and a-f.",
            ),
            models.CheckConstraint(
                name="document_doubts_are_about_pages",
                condition=Q(doubts="") | Q(doubts__regex=doubts.SHAPE),
                violation_error_code="field:doubts",
                violation_error_message=(
                    "Pages in doubt are numbers by reason: right_to_left: 1-3, 7."
                ),
            ),
            models.CheckConstraint(
                name="document_text_has_two_megabytes_at_most",
                condition=LessThanOrEqual(
                    Func(F("text"), function="octet_length", output_field=models.IntegerField()),
                    LONGEST_TEXT,
                ),
                violation_error_code="field:text",
                violation_error_message=(
                    "It is longer than 2 MB, the most that a document's text may have. "
                    "Keep the part that is cited."
                ),
            ),
        ]
        triggers = [
            *Mergeable.Meta.triggers,
            # Before ``keep_version`` by its name, so that a form's line ends make no new version.
            pgtrigger.Trigger(
                name="as_plain_text",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("text"),
                condition=pgtrigger.Condition("NEW.text <> ''"),
                # To normalize a long run of marks takes for ever; a constraint refuses it.
                func=(
                    r"NEW.text := replace(replace(NEW.text, E'\r\n', E'\n'), E'\r', E'\n'); "
                    "IF marks_are_few(NEW.text) THEN NEW.text := normalize(NEW.text, NFC); END IF; "
                    "RETURN NEW;"
                ),
            ),
            tidies("title"),
        ]

    def __str__(self):
        if self.title:
            return self.title
        try:
            publisher = str(self.publisher or "")
        except Source.DoesNotExist:  # of a row of history, whose publisher was deleted since
            publisher = ""
        return document_name("", self.kind, publisher, self.published)

    def questions(self, changed):
        """Ask whether it is the same document as one that is recorded already."""
        changed = set(changed)
        known = set[int]()
        if self.pk is not None:
            known = {self.pk, *(pk for find in known_different for pk in find(self.pk))}
        others = Document.objects.standing().exclude(pk__in=known).defer("text").order_by("pk")
        asked = []
        if "url" in changed and self.url and (same := list(others.with_address(self.url)[:5])):
            asked.append(_same(same, "url", "has the same web address"))
        if not self.text or not changed & {"text", "text_file", "publisher"}:
            return asked
        if same := list(others.with_text(self.text, self.publisher_id)[:5]):
            return [*asked, _same(same, "text", "by this publisher has the same text")]
        if changed & {"text", "text_file"} and (near := list(others.with_nearly(self.text))):
            detail = (
                f"{_documents(near)} has nearly the same text. If one of them took it from the "
                "other, say so in its citations (“taken from”)."
            )
            asked.append(Question("like_document", "text", detail, tuple(near)))
        return asked

    def warnings(self, changed):
        """Warn of a document that was retrieved before it was published, or is yet to be."""
        first = first_day(read_range(self.published))
        if first is None or not {"published", "retrieved"} & set(changed):
            return []
        detail = ""
        if first > datetime.now(UTC).date():
            detail = f"{self.published} is in the future."
        elif self.retrieved and self.retrieved < first:
            detail = f"It was retrieved on {self.retrieved}, before it was published."
        return [Question("implausible_date", "published", detail)] if detail else []


def _same(documents: list[Document], field: str, what: str) -> Question:
    detail = (
        f"{_documents(documents)} {what}. Edit that one instead of recording it twice. Two records "
        "of one document count as one origin until they are merged or marked as different."
    )
    return Question("same_document", field, detail, tuple(documents))


def _documents(documents: Iterable[Document]) -> str:
    named = [f"“{each}” ({each.slug})" for each in documents]
    return ("Document " if len(named) == 1 else "Each of the documents ") + ", ".join(named)
