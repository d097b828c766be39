"""What sources, documents, claims and statements share: review state, version, who may see them."""

from collections.abc import Collection, Mapping
from types import MappingProxyType

import pghistory
import pgtrigger
from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.fields.generated import GeneratedField
from django.utils import timezone

from claimtracker.explain import A_NUL, HALF_A_CHARACTER
from claimtracker.marks import TOO_MANY, has_a_long_run
from claimtracker.questions import Question
from claimtracker.tidying import tidied
from claimtracker.triggers import UpdateEvent
from claimtracker.web_addresses import WRONG_ADDRESS

SLUG_HELP = "Letters, digits, - and _. It is the address for ever: choose it before publishing."


class ReviewState(models.TextChoices):
    DRAFT = "draft"
    IN_REVIEW = "in_review", "in review"
    PUBLISHED = "published"
    RETIRED = "retired"


# Rows that editors settled: they stay as they are unless one who may publish changes them.
SETTLED = {ReviewState.PUBLISHED, ReviewState.RETIRED}


def track(model):
    """Keep the history of every insert, update and delete of a model, whichever way it came."""
    # What a row was at a moment is its last event before: see claims.positions.clocks.
    name = model._meta.model_name
    indexes = [
        models.Index("pgh_obj", "pgh_id", name=f"{name}_events_in_order"),
        # What was deleted, the newest first: see claimtracker.deletions.
        models.Index(
            "pgh_created_at",
            "pgh_id",
            name=f"{name}_deletions",
            condition=Q(pgh_label="delete"),
        ),
    ]
    if any(field.name == "slug" for field in model._meta.local_fields):
        indexes.append(models.Index("slug", name=f"{name}_events_by_slug"))
    return pghistory.track(
        pghistory.InsertEvent(),
        UpdateEvent(),
        pghistory.DeleteEvent(),
        meta={"indexes": indexes},
    )(model)


def may_edit(user, model) -> bool:
    """Return whether a user may edit rows of a model, and so see its drafts."""
    return user.has_perm(f"{model._meta.app_label}.change_{model._meta.model_name}")


def publish_permission(model) -> str:
    """Return the right to publish rows of a model, or to write those that readers see at once."""
    app, name = (getattr(model, "reviewed_with", "") or model._meta.label_lower).split(".")
    return f"{app}.publish_{name}"


def may_publish(user, model) -> bool:
    """Return whether a user may publish and retire rows of a model, and change those that are."""
    return user.has_perm(publish_permission(model))


class ReadableQuerySet(models.QuerySet):
    """Rows of which a part is public; each model says which in ``public``."""

    def public(self):
        """Return the rows that anyone may read."""
        raise TypeError(f"{self.model.__name__} does not say what is public.")

    def visible_to(self, user):
        """Return the rows that a user may read: all for those who may edit, else what is public."""
        return self.all() if may_edit(user, self.model) else self.public()


class CuratedQuerySet(ReadableQuerySet):
    def public(self):
        return self.filter(is_public=True)

    def get_by_natural_key(self, slug):
        return self.get(slug=slug)


def no_text(value) -> str:
    """Return why a text, or a list of texts, cannot be kept; blank where it can.

    PostgreSQL cannot keep NUL and half a character; a long run of marks would take for ever.
    """
    for text in value if isinstance(value, list) else [value]:
        if not isinstance(text, str):
            continue
        if "\0" in text:
            return A_NUL
        if any("\ud800" <= character <= "\udfff" for character in text):
            return HALF_A_CHARACTER
        if has_a_long_run(text):
            return TOO_MANY
    return ""


class Checked(models.Model):
    """A row whose ``full_clean`` says, at the field, what the database would refuse.

    A constraint is shown at a field where its error code is ``field:<name>``.
    """

    # The model, by its label, whose editors decide on rows of this one; blank for its own.
    reviewed_with = ""
    # The rows that are reviewed with a row, by the names under which it knows them.
    parts: tuple[str, ...] = ()
    # The texts, and the lists of texts, that the database tidies: see claimtracker.tidying.
    tidied: tuple[str, ...] = ()
    # How questions that ``full_clean`` asks, by their codes, were answered.
    answers: Mapping[str, str] = MappingProxyType({})

    class Meta:
        abstract = True

    def carry_out(self) -> None:
        """Do what the answers ask for beside the row itself; called once the row is saved."""

    @property
    def readers_see(self) -> bool:
        """Whether readers see the row as it stands in memory."""
        raise NotImplementedError

    @property
    def is_settled(self) -> bool:
        """Whether the row stays as it is unless one who may publish changes it."""
        return self.readers_see

    def clean_fields(self, exclude=None):
        self._tidy()
        errors = {}
        try:
            super().clean_fields(exclude=exclude)
        except ValidationError as error:
            errors = error.update_error_dict(errors)
        for field in self._meta.local_concrete_fields:
            if field.name in (exclude or ()) or field.generated:
                continue
            if message := no_text(getattr(self, field.attname)):
                errors.setdefault(field.name, []).append(ValidationError(message))
            elif field.name not in errors and (into := self._merged(field)):
                errors[field.name] = [ValidationError(f"It is merged into “{into}”: choose that.")]
        if errors:
            raise ValidationError(errors)

    def _tidy(self):
        """Take names as the database will store them, so that they are checked like that."""
        for name in self.tidied:
            value = getattr(self, name)
            if isinstance(value, str):
                setattr(self, name, tidied(value))
            elif isinstance(value, list) and all(isinstance(each, str) for each in value):
                setattr(self, name, [*dict.fromkeys(map(tidied, value))])

    def _merged(self, field):
        """Return what the row that a field names is merged into, None where it is not."""
        if not field.is_relation or field.name == "merged_into":
            return None
        row = hasattr(field.related_model, "merged_into") and getattr(self, field.name)
        return row.merged_into if row else None

    def questions(self, changed: Collection[str]) -> list[Question]:
        """Return what is asked before a row is saved of which these fields changed."""
        return []

    def warnings(self, changed: Collection[str]) -> list[Question]:
        """Return what is likely to be wrong with a row of which these fields changed."""
        return []

    def validate_constraints(self, exclude=None):
        try:
            super().validate_constraints(exclude=exclude)
        except ValidationError as error:
            by_field = error.update_error_dict({})
            for one in by_field.pop(NON_FIELD_ERRORS, []):
                place, _, field = (one.code or "").partition(":")
                shown = place == "field" and field not in (exclude or ())
                by_field.setdefault(field if shown else NON_FIELD_ERRORS, []).append(one)
            raise ValidationError(by_field) from None


# Columns that triggers keep, whatever is written to them.
KEPT_BY_TRIGGERS = {"version", "was_public", "first_public_at", "submitted_at", "submitted_by"}


class KeepVersion(pgtrigger.Trigger):
    """Counts the versions of a row: one more whenever any of its columns changes, else the same.

    In the database, so that a second load of the same fixture, a bulk update and an editor's
    save all count alike, and nobody can set it back. Another trigger may count one more, for what
    belongs to the row and is kept in another table.
    """

    name = "keep_version"
    when = pgtrigger.Before
    operation = pgtrigger.Update

    def get_func(self, model):
        columns = [
            field.column
            for field in model._meta.local_concrete_fields
            if not field.generated and field.name not in KEPT_BY_TRIGGERS
        ]
        old = ", ".join(f'OLD."{column}"' for column in columns)
        new = ", ".join(f'NEW."{column}"' for column in columns)
        return (
            "IF pg_trigger_depth() = 1 OR NEW.version <> OLD.version + 1 "
            "THEN NEW.version := OLD.version; END IF; "
            f"IF ROW({new}) IS DISTINCT FROM ROW({old}) "
            "THEN NEW.version := OLD.version + 1; END IF; RETURN NEW;"
        )


def refuses(rule: str, detail: str) -> str:
    """Return the body of a trigger that raises with a constraint's name."""
    return (
        "RAISE EXCEPTION USING ERRCODE = 'check_violation', "
        f"CONSTRAINT = '{rule}', TABLE = TG_TABLE_NAME, "
        f'MESSAGE = format(\'row of "%s" violates "{rule}"\', TG_TABLE_NAME), '
        f"DETAIL = '{detail}';"
    )


# Begins the body of a trigger that must see what others committed meanwhile. At REPEATABLE READ
# it would not; at SERIALIZABLE PostgreSQL itself refuses one of the two.
ONLY_IF_OTHERS_ARE_SEEN = (
    "IF current_setting('transaction_isolation') = 'repeatable read' THEN "
    "RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'read_committed', "
    "MESSAGE = 'violates \"read_committed\": a circle could not be seen'; END IF; "
)


def remembers_being_public() -> pgtrigger.Trigger:
    """Return the trigger that notes that and since when a row is public, and lets nobody unsay it.

    A deleted row that is restored may say that it was; history is asked whether that is so, and
    since when.
    """
    return pgtrigger.Trigger(
        name="remembers_being_public",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        func=(
            "IF TG_OP = 'UPDATE' THEN NEW.was_public := OLD.was_public; "
            "NEW.first_public_at := OLD.first_public_at; "
            "ELSIF NEW.was_public THEN EXECUTE format('SELECT count(*) > 0, "
            "min(coalesce(first_public_at, pgh_created_at)) FROM %I "
            "WHERE pgh_obj_id = $1 AND was_public', TG_TABLE_NAME || 'event') "
            "INTO NEW.was_public, NEW.first_public_at USING NEW.id; "
            "ELSE NEW.first_public_at := NULL; END IF; "
            "IF NEW.review_state = 'published' THEN NEW.was_public := true; "
            "NEW.first_public_at := coalesce(NEW.first_public_at, now()); END IF; RETURN NEW;"
        ),
    )


def notes_submission() -> pgtrigger.Trigger:
    """Return the trigger that notes since when a row waits for review and who submitted it.

    A deleted row that is restored may say both; history is asked whether that is so.
    """
    return pgtrigger.Trigger(
        name="notes_submission",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        condition=pgtrigger.Condition(
            "NEW.review_state = 'in_review' OR NEW.submitted_at IS NOT NULL "
            "OR NEW.submitted_by_id IS NOT NULL"
        ),
        declare=[("is_known", "boolean")],
        func=(
            "IF NEW.review_state <> 'in_review' THEN "
            "NEW.submitted_at := NULL; NEW.submitted_by_id := NULL; "
            "ELSIF TG_OP = 'UPDATE' AND OLD.review_state = 'in_review' THEN "
            "NEW.submitted_at := coalesce(OLD.submitted_at, now()); "
            "NEW.submitted_by_id := OLD.submitted_by_id; "
            "ELSE IF TG_OP = 'INSERT' AND NEW.submitted_at IS NOT NULL THEN "
            "EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE pgh_obj_id = $1 AND "
            "(submitted_at, submitted_by_id) IS NOT DISTINCT FROM ($2, $3))', "
            "TG_TABLE_NAME || 'event') INTO is_known "
            "USING NEW.id, NEW.submitted_at, NEW.submitted_by_id; END IF; "
            "IF is_known IS NOT TRUE THEN NEW.submitted_at := now(); NEW.submitted_by_id := "
            "(nullif(current_setting('pghistory.context_metadata', true), '')::jsonb ->> 'user')"
            "::bigint; END IF; END IF; RETURN NEW;"
        ),
    )


def slug_stays() -> pgtrigger.Trigger:
    """Return the trigger that keeps the address of a row that has been public."""
    return pgtrigger.Trigger(
        name="slug_stays",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("slug"),
        condition=pgtrigger.Condition("OLD.slug IS DISTINCT FROM NEW.slug AND OLD.was_public"),
        func=refuses("slug_stays", "It has been public: its address stays."),
    )


def id_stays() -> pgtrigger.Trigger:
    """Return the trigger that keeps a row's id, by which history and circles know it."""
    return pgtrigger.Trigger(
        name="id_stays",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("id"),
        condition=pgtrigger.Condition("OLD.id <> NEW.id"),
        func=refuses("id_stays", "Others know it by its id."),
    )


def merged_stays() -> pgtrigger.Trigger:
    """Return the trigger that keeps a merged row, whose address leads to the one that stays."""
    return pgtrigger.Trigger(
        name="merged_stays",
        when=pgtrigger.Before,
        operation=pgtrigger.Delete,
        condition=pgtrigger.Condition("OLD.merged_into_id IS NOT NULL"),
        func=refuses("merged_stays", "Its address leads to the one that it is merged into."),
    )


class Curated(Checked):
    """A row that editors review before anyone else sees it."""

    slug = models.SlugField(max_length=200, unique=True, help_text=SLUG_HELP)
    review_state = models.CharField(
        max_length=10, choices=ReviewState, default=ReviewState.DRAFT, db_index=True
    )
    is_public = GeneratedField(
        expression=Q(review_state=ReviewState.PUBLISHED),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    # Whether it was ever published; the database remembers, whatever is written to it later.
    was_public = models.BooleanField(default=False, db_default=False, editable=False)
    # When it first was, which ``recorded_by`` counts from; null where it never was.
    first_public_at = models.DateTimeField(null=True, editable=False)
    # For optimistic locking; the database counts, whatever is written here.
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # Since when it waits for review, and whose submission it is; the database notes both.
    submitted_at = models.DateTimeField(null=True, editable=False)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        null=True,
        editable=False,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )

    objects = CuratedQuerySet.as_manager()

    class Meta:
        abstract = True
        triggers = [KeepVersion(), remembers_being_public(), notes_submission(), slug_stays()]

    def natural_key(self):
        return (self.slug,)

    @property
    def readers_see(self):
        return self.review_state == ReviewState.PUBLISHED

    @property
    def is_settled(self):
        return self.review_state in SETTLED

    def clean(self):
        super().clean()
        if self.pk is None:
            return
        known_as = (
            type(self).objects.filter(pk=self.pk, was_public=True).values_list("slug").first()
        )
        if known_as and known_as[0] != self.slug:
            raise ValidationError({"slug": f"“{known_as[0]}” has been public: its address stays."})


class Mergeable(Curated):
    """A curated row that can be merged into another, which then answers for it."""

    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    class Meta(Curated.Meta):
        abstract = True
        triggers = [*Curated.Meta.triggers, merged_stays()]

    def clean(self):
        super().clean()
        if self.merged_into_id is None:
            return
        merged_here = type(self).objects.filter(merged_into=self.pk)
        if self.merged_into.merged_into_id or (self.pk and merged_here.exists()):
            raise ValidationError(
                "Merging goes in one hop: merge into one that is not merged itself, "
                "and move first what was merged into this one."
            )


def curated_constraints(model: str) -> list[models.BaseConstraint]:
    """Return the constraints of the columns that Curated brings, named for a model."""
    return [
        models.CheckConstraint(
            name=f"{model}_review_state_is_known",
            condition=Q(review_state__in=ReviewState.values),
        ),
        models.CheckConstraint(
            name=f"{model}_slug_is_a_slug",
            condition=Q(slug__regex=r"^[A-Za-z0-9_-]{1,200}$"),
            violation_error_code="field:slug",
            violation_error_message="Use letters, digits, - and _ only, at least one.",
        ),
        models.CheckConstraint(
            name=f"{model}_version_counts_from_one",
            condition=Q(version__gte=1),
            violation_error_message="Versions count from 1; the database does it.",
        ),
    ]


def waiting_for_review(model: str) -> list[models.Index]:
    """Return the indexes of the few rows that wait for review: all, and those of one user.

    And of the few that are not published, by their state, the newest last.
    """
    waits = Q(review_state=ReviewState.IN_REVIEW)
    is_not_public = ~Q(review_state=ReviewState.PUBLISHED)
    return [
        models.Index("submitted_at", "id", name=f"{model}_in_review", condition=waits),
        models.Index(
            "submitted_by", "submitted_at", "id", name=f"{model}_submitted_by", condition=waits
        ),
        models.Index("review_state", "id", name=f"{model}_not_public", condition=is_not_public),
    ]


def by_recording(model: str) -> models.Index:
    """Return the index of what is public by when it first was: for lists of what is new."""
    return models.Index(
        "first_public_at", "slug", name=f"{model}_recorded", condition=Q(is_public=True)
    )


def merge_constraints(model: str) -> list[models.BaseConstraint]:
    """Return the constraints of ``merged_into``, named for a model. One hop is a foreign key."""
    return [
        models.CheckConstraint(
            name=f"{model}_is_not_merged_into_itself",
            condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("pk")),
            violation_error_code="field:merged_into",
            violation_error_message="It cannot be merged into itself.",
        ),
        models.CheckConstraint(
            name=f"{model}_merged_is_not_public",
            condition=Q(merged_into__isnull=True) | ~Q(review_state=ReviewState.PUBLISHED),
            violation_error_message="What is merged into another is no longer published itself.",
        ),
    ]


def says_something(model: str, field: str) -> models.CheckConstraint:
    """Return the constraint that a text has a character that a reader sees."""
    return models.CheckConstraint(
        name=f"{model}_{field}_says_something",
        condition=Func(F(field), function="text_is_visible", output_field=models.BooleanField()),
        violation_error_code=f"field:{field}",
        violation_error_message="It can't be blank. Write at least one visible character.",
    )


def is_a_language(model: str, field: str = "language") -> models.CheckConstraint:
    """Return the constraint that a language is a tag of BCP 47 (RFC 5646), or blank."""
    return models.CheckConstraint(
        name=f"{model}_{field}_is_a_tag",
        condition=Q(**{field: ""})
        | Q(**{f"{field}__regex": r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$"}),
        violation_error_code=f"field:{field}",
        violation_error_message="Write a language tag: en, az, hy, ru, az-Cyrl.",
    )


def has_few_marks(model: str, field: str) -> models.CheckConstraint:
    """Return the constraint that a text has no long run of marks: see claimtracker.marks."""
    return models.CheckConstraint(
        name=f"{model}_{field}_has_few_marks_in_a_row",
        condition=Func(F(field), function="marks_are_few", output_field=models.BooleanField()),
        violation_error_code=f"field:{field}",
        violation_error_message=TOO_MANY,
    )


def is_a_web_address(model: str, field: str) -> models.CheckConstraint:
    """Return the constraint that a link is http or https: it will be clicked on."""
    return models.CheckConstraint(
        name=f"{model}_{field}_is_a_web_address",
        condition=Q(**{field: ""}) | Q(**{f"{field}__iregex": r"^https?://[^\s/]\S*$"}),
        violation_error_code=f"field:{field}",
        violation_error_message=WRONG_ADDRESS,
    )
