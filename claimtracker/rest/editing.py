"""Changing a row over the API: on the version that one saw (RFC 9110, If-Match; RFC 6585, 428)."""

import hashlib
import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS
from django.core.exceptions import ValidationError as Refused
from django.db.utils import Error as DatabaseError
from django.utils.http import parse_etags
from rest_framework.exceptions import (
    APIException,
    NotAuthenticated,
    ParseError,
    UnsupportedMediaType,
    ValidationError,
)
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.settings import api_settings

from claimtracker import fixtures
from claimtracker.actions import NotAtOnceError, StaleVersionError, change
from claimtracker.curated import may_edit, no_text
from claimtracker.desk.refusals import refusal
from claimtracker.edtf import EdtfField
from claimtracker.line_ends import with_line_feeds
from claimtracker.questions import ANSWERS, Question, UnansweredError
from claimtracker.rest.filters import SLUG, ReferenceField, unknown
from claimtracker.rest.merges import moved_to
from claimtracker.rest.ready import Ready
from claimtracker.retry import is_conflict
from claimtracker.stamps import Stamp, UnseenPartsError, stamp_of

LARGEST = 1024 * 1024  # bytes; a row that is changed here is far smaller
LONGEST_REASON = 500  # characters


class PreconditionRequired(APIException):
    status_code = 428
    default_code = "precondition_required"


class Stale(APIException):
    """Somebody changed the row since; ``extensions`` say how it is now."""

    status_code = 412
    default_code = "stale"

    def __init__(self, detail, **extensions):
        super().__init__(detail)
        self.extensions = extensions


class Unseen(PreconditionRequired):
    """Somebody would publish parts of a row that they do not say they saw."""

    default_code = "unseen"

    def __init__(self, detail, **extensions):
        super().__init__(detail)
        self.extensions = extensions


class TooLarge(APIException):
    status_code = 413
    default_detail = f"It is too large. Send at most {LARGEST // 1024} KiB."
    default_code = "too_large"


class Busy(APIException):
    status_code = 503
    default_code = "busy"


class StrictJSONParser(BaseParser):
    """Reads JSON, and refuses what it would have to bend: a name that stands twice, no UTF-8."""

    media_type = "application/json"

    def parse(self, stream, media_type=None, parser_context=None):
        content = stream.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise TooLarge
        try:
            return json.loads(fixtures.decode(content), object_pairs_hook=fixtures.without_twins)
        except fixtures.FixtureError as error:
            raise ParseError(str(error)) from error
        except json.JSONDecodeError as error:
            where = f"line {error.lineno}, column {error.colno}"
            raise ParseError(f"{where}: it is not JSON. {error.msg}.") from error
        except RecursionError as error:
            raise ParseError("It is nested too deeply to be read.") from error
        except ValueError as error:
            raise ParseError("A number in it has thousands of digits.") from error


class MayChange(BasePermission):
    message = "Your account only reads: ask an administrator for the right to edit."

    def has_permission(self, request, view):
        if not request.user.is_authenticated:
            raise NotAuthenticated("Log in to change what is recorded.")
        return may_edit(request.user, view.queryset.model)


class EditableRow:
    """A row that PATCH changes, for those who may edit it.

    The view declares ``editable``, the fields that may be changed; ``named`` has those that the
    model calls otherwise. An answer to one who may edit has an ETag: the version, a digest of what
    belongs to the row, and one of the answer, which also holds what is worked out. Of an If-Match
    the version counts, and where the row is published also what belongs to it: nobody overwrites
    what is worked out.
    """

    # The stamp of the row that is answered, read before the answer is: what changes in between
    # makes it stale.
    stamp: Stamp | None = None

    editable: list[str] = []
    named: dict[str, str] = {}
    # What a request confirms, by the codes of questions; and what its answer warns of.
    confirmed: list[str] = []
    warnings: list[Question] = []
    # What needs more than a yes: the names, and the answers that there are.
    questions: dict[str, list[str]] = {}
    # Lets a change wait for review: the app that keeps proposals puts its function here.
    propose: Callable[..., Any]
    parser_classes = [StrictJSONParser]

    def get_permissions(self):
        return [MayChange()] if self.action == "partial_update" else super().get_permissions()

    def partial_update(self, request, slug):
        """Change the fields that are named; the others stay."""
        self.check_parameters(request)
        model = self.queryset.model
        row = model._default_manager.filter(slug=slug).first()
        if row is None:
            raise self.not_found()
        if getattr(row, "merged_into_id", None):
            return moved_to(request, row.merged_into)
        seen = versions_seen(request)
        to, reason = self.asked_for(request.data)
        try:
            return self.changed_or_proposed(row, seen, to, reason)
        except StaleVersionError as stale:
            raise self.stale(stale.row, seen) from stale
        except UnseenPartsError as unseen:
            raise self.unseen(unseen.row) from unseen
        except UnansweredError as error:
            raise ValidationError(self.unanswered(error)) from error
        except Refused as error:
            raise ValidationError(self.by_name(error)) from error
        except model.DoesNotExist as error:
            raise self.not_found() from error
        except DatabaseError as error:
            if (message := refusal(error)) is None:
                raise
            if is_conflict(error):
                raise Busy(message) from error
            raise ValidationError({api_settings.NON_FIELD_ERRORS_KEY: [message]}) from error

    def changed_or_proposed(self, row, seen, to, reason) -> Response:
        user = self.request.user
        try:
            row = change(
                row=row,
                seen=seen,
                to=to,
                user=user,
                reason=reason,
                confirmed=self.confirmed,
                answers=self.answers(),
            )
            self.warnings = row.warnings(to.keys())
            return self.now(row)
        except NotAtOnceError as error:
            row = error.row
        proposal = self.propose(
            target=row, fields=to, author=user, note=reason, base_version=row.version
        )
        waits = {
            name: self.request.data[name]
            for name in self.editable
            if self.named.get(name, name) in proposal.fields
        }
        answer = {
            "detail": "It waits for an editor's review. Until then it is what it was.",
            "proposal": proposal.pk,
            "waits": waits,
        }
        return Response(answer, status=202)

    def now(self, row) -> Response:
        """Return the answer that a reader of a row gets."""
        self.kwargs["slug"] = row.slug
        self.stamp = self.stamp_now()
        return self.retrieve(self.request, **self.kwargs)

    def stale(self, row, seen) -> Stale:
        current = self.current(row)
        if row.version in {each.version for each in seen}:
            changed = "Somebody changed what belongs to it since you read it"
        else:
            changed = f"Somebody changed it since: it has version {row.version} now"
        return Stale(
            f"{changed}. Look at it, and send your change again with the version or ETag that it "
            "has now.",
            **current,
        )

    def unseen(self, row) -> Unseen:
        """Return the refusal of who names a version that does not say which parts were seen."""
        return Unseen(
            "Publishing it would also publish what belongs to it, which was changed since the row "
            "got this version. Look at it, and send your change again with the ETag that came "
            "with it.",
            **self.current(row),
        )

    def current(self, row) -> dict[str, Any]:
        """Return a row as it is now, with its version and what If-Match takes to publish it."""
        answer = self.now(row).data
        return {
            "version": row.version,
            "etag": f'"{self.stamp}"',
            "current": json.loads(answer) if isinstance(answer, Ready) else answer,
        }

    # What is asked for

    def asked_for(self, body) -> tuple[dict[str, Any], str]:
        """Return what a body changes, by the names of the model's fields, and the reason given."""
        about = {"reason", "confirm", *self.questions}
        if not isinstance(body, dict) or not body.keys() - about:
            raise ParseError('Send an object of the fields that change: {"language": "en"}.')
        errors, to = {}, {}
        for name, value in body.items():
            if name in self.questions:
                if value not in self.questions[name]:
                    known = ", ".join(self.questions[name])
                    errors[name] = [f"It is {shown(value)}. Answer with one of: {known}."]
            elif name == "reason":
                if wrong := wrong_reason(value):
                    errors[name] = [wrong]
            elif name == "confirm":
                if wrong := wrong_codes(value):
                    errors[name] = [wrong]
            elif name not in self.editable:
                known = ", ".join(self.editable)
                errors[printable(name)] = [f"It cannot be changed here. What can be: {known}."]
            else:
                field = self.queryset.model._meta.get_field(self.named.get(name, name))
                try:
                    to[field.name] = self.value_of(field, value)
                except Refused as error:
                    errors[name] = error.messages
        if errors:
            raise ValidationError(errors)
        self.confirmed = body.get("confirm", [])
        return to, body.get("reason", "")

    def answers(self) -> dict[str, str]:
        """Return how the body answers questions that are asked of the row."""
        return {
            name: self.request.data[name] for name in self.questions if name in self.request.data
        }

    def value_of(self, field, value):
        """Return what JSON means for a field of the model. Raises Django's ValidationError."""
        if field.many_to_many:
            if not isinstance(value, list):
                raise Refused(f"It is {shown(value)}; it takes a list of slugs.")
            return self.rows_of(field, value)
        if value is None and isinstance(field, EdtfField):
            return ""
        if field.remote_field and value is not None:
            return ReferenceField(queryset=self.rows(field)).clean(slug_of(value))
        if wrong := fixtures.what_is_wrong(field, value):
            raise Refused(f"It {printable(wrong)}")
        return with_line_feeds(value) if isinstance(value, str) else value

    def rows_of(self, field, slugs):
        found = self.rows(field).in_bulk({slug_of(each) for each in slugs}, field_name="slug")
        for slug in slugs:
            if slug not in found:
                raise unknown(field.related_model._meta.verbose_name, slug)
        return list(found.values())

    def rows(self, field):
        """Return the rows that a field may refer to."""
        return field.related_model._default_manager.visible_to(self.request.user)

    def by_name(self, error) -> dict[str, list[str]]:
        """Return what was refused by the names that the fields have here."""
        refused = error.message_dict if hasattr(error, "error_dict") else {None: error.messages}
        names = {field: name for name, field in self.named.items()}
        names |= dict.fromkeys([None, NON_FIELD_ERRORS], api_settings.NON_FIELD_ERRORS_KEY)
        return {
            names.get(name, name): [printable(each) for each in messages]
            for name, messages in refused.items()
        }

    def unanswered(self, error: UnansweredError) -> dict[str, list[str]]:
        """Return what is asked by the names of the fields here, each with how to answer it."""
        names = {field: name for name, field in self.named.items()}
        asked: dict[str, list[str]] = {}
        for each in error.questions:
            how = f'{each.detail} To save it anyway, send "confirm": ["{each.code}"].'
            asked.setdefault(names.get(each.field, each.field), []).append(printable(how))
        return asked

    # Which version was answered

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if self.action == "retrieve" and may_edit(request.user, self.queryset.model):
            self.stamp = self.stamp_now()

    def stamp_now(self) -> Stamp | None:
        rows = self.queryset.model._default_manager.filter(slug=self.kwargs["slug"])
        row = rows.only("version").first()
        return row and stamp_of(row)

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        if (
            self.action in {"retrieve", "partial_update"}
            and response.status_code == 200
            and may_edit(request.user, self.queryset.model)
            # What is told otherwise names no version.
            and response.accepted_renderer.format == JSONRenderer.format
            and self.stamp is not None
        ):
            response.add_post_render_callback(partial(add_etag, stamp=self.stamp))
            if self.warnings:
                # After the ETag, which is of the row alone.
                names = {field: name for name, field in self.named.items()}
                warnings = [
                    each._replace(field=names.get(each.field, each.field)).as_json()
                    for each in self.warnings
                ]
                response.add_post_render_callback(partial(add_warnings, warnings))
        return response

    def handle_exception(self, exc):
        if isinstance(exc, UnsupportedMediaType):
            exc.detail = "Send JSON, with Content-Type: application/json."
        return super().handle_exception(exc)


def add_etag(response, stamp: Stamp):
    digest = hashlib.sha256(response.content).hexdigest()[:16]
    response["ETag"] = f'"{stamp}.{digest}"'


def add_warnings(warnings, response):
    answer = json.loads(response.content) | {"warnings": warnings}
    response.content = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()


# A version, what belongs to the row, and the answer; each may be left out with what follows.
TAG = re.compile(r'(?:W/)?"([0-9]{1,9})(?:\.([0-9a-f]*)(?:\.[0-9a-f]*)?)?"')


def versions_seen(request) -> set[Stamp]:
    """Return the versions that the request says it changes, with the parts where it names them."""
    header = request.headers.get("If-Match")
    tags = parse_etags(header or "")
    if header is None or tags == ["*"]:
        raise PreconditionRequired(
            "Say which version you change, so that nobody's work is overwritten unseen: send "
            'If-Match: "N", where N is the version that you read, or the ETag that came with it.'
        )
    if len(tags) != header.count(",") + 1:
        raise ValidationError({"If-Match": ['Write versions in quotation marks: If-Match: "7".']})
    # A proxy that compresses makes a tag weak; what we compare of it is as exact as before.
    found = (TAG.fullmatch(tag) for tag in tags)
    return {Stamp(int(version[1]), version[2] or "") for version in found if version}


def slug_of(value) -> str:
    if not isinstance(value, str) or not re.fullmatch(SLUG, value):
        raise Refused(f"It is {shown(value)}; it takes a slug.")
    return value


def wrong_reason(reason) -> str | None:
    if not isinstance(reason, str):
        return f"It is {shown(reason)}; it takes text."
    if len(reason) > LONGEST_REASON:
        return f"It has {len(reason)} characters; at most {LONGEST_REASON} fit."
    return no_text(reason) or None


def wrong_codes(codes) -> str | None:
    known = ", ".join(ANSWERS)
    if not isinstance(codes, list) or not all(isinstance(each, str) for each in codes):
        return f'It is {shown(codes)}; it takes a list of codes: ["same_document"].'
    if unknown := [each for each in codes if each not in ANSWERS]:
        return f"{shown(unknown[0])} is not a code of a question. Those are: {known}."
    return None


def shown(value) -> str:
    return printable(fixtures.shown(value))


def printable(text: str) -> str:
    """Return a text that can be sent, whatever it repeats of what came."""
    return text.encode(errors="backslashreplace").decode()
