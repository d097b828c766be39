"""Who gets what answer where: roles × every address of the project × methods.

A new address needs a row in ``ADDRESSES``: its kind, from those below or a new one. A kind says, a
line each, for which rows of the world and methods (all, where none is named) which status each role
is answered; one status is everybody's. A POST is empty, so that it asks for the right and writes
nothing; nothing that is answered here is kept.
"""

import logging
import re
from contextlib import nullcontext
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client

from claims.actions import propose
from claims.merging import merge, tell_apart
from claims.models import Import
from claimtracker.accounts.actions import make_token
from claimtracker.history import History
from tests.addresses import addresses
from tests.claimtracker.full import IS_FULL
from tests.factories import (
    make_affiliation,
    make_citation,
    make_claim,
    make_document,
    make_relation,
    make_source,
    make_statement,
    make_topic,
    make_user,
)

ROLES = ["anonymous", "analyst", "contributor", "editor", "administrator", "superuser"]
RENDER = "django.template.backends.django.Template.render"
METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]
# To the pages of the admin all others are as GET: they are asked with FULL=1.
OF_PAGES = METHODS if IS_FULL else ["GET", "POST"]

# The columns: anonymous, analyst, contributor, editor, administrator, superuser.

# The API ------------------------------------------------------------------------------------------

READ = """
    GET HEAD OPTIONS            200 200 200 200 200 200
    POST PUT PATCH DELETE       405
"""
# Of one row, which those who may edit see before it is public.
READ_ONE = """
    published GET HEAD          200 200 200 200 200 200
    draft GET HEAD              404 404 200 200 200 200
    OPTIONS                     200
    POST PUT PATCH DELETE       405
"""
# One that those who may edit also change: without If-Match they are asked for it.
READ_AND_CHANGE = """
    published GET HEAD          200 200 200 200 200 200
    draft GET HEAD              404 404 200 200 200 200
    OPTIONS                     200
    PATCH                       401 403 428 428 428 428
    POST PUT DELETE             405
"""
# What is worked out is worked out of what is public.
READ_WORKED_OUT = """
    published GET HEAD          200
    draft GET HEAD              404
    OPTIONS                     200
    POST PUT PATCH DELETE       405
"""
NOT_THERE = """
    GET HEAD OPTIONS            404
    POST PUT PATCH DELETE       405
"""

# Pages for everybody ------------------------------------------------------------------------------

PAGE = """
    GET HEAD                    200
    OPTIONS POST PUT PATCH DELETE 405
"""
# A page of a row: what is not public has none, whoever asks.
PUBLISHED = """
    published GET HEAD          200
    draft GET HEAD              404
    OPTIONS POST PUT PATCH DELETE 405
"""
LOG_IN = """
    GET HEAD OPTIONS POST PUT   200
    PATCH DELETE                405
"""
# Who is logged in goes straight on.
LOG_IN_TO_ADMIN = """
    GET                         200 200 302 302 302 302
    HEAD OPTIONS POST PUT       200
    PATCH DELETE                405
"""
LOG_OUT = """
    OPTIONS                     200
    POST                        302
    GET HEAD PUT PATCH DELETE   405
"""
LOG_OUT_OF_ADMIN = """
    POST                        302
    GET HEAD                    302 302 405 405 405 405
    OPTIONS PUT PATCH DELETE    405
"""

# Everybody's own account.
ACCOUNT_PAGE = """
    GET HEAD                    302 200 200 200 200 200
    POST OPTIONS PUT PATCH DELETE 302 405 405 405 405 405
"""
ACCOUNT_DEED = """
    POST                        302 200 200 200 200 200
    GET HEAD OPTIONS PUT PATCH DELETE 302 405 405 405 405 405
"""
NEW_PASSWORD = """
    GET HEAD POST PUT OPTIONS   302 200 200 200 200 200
    PATCH DELETE                302 405 405 405 405 405
"""
OTHERS_TOKEN = """
    POST                        302 404 404 404 404 404
    GET HEAD OPTIONS PUT PATCH DELETE 302 405 405 405 405 405
"""

# The admin ----------------------------------------------------------------------------------------

STAFF = """
    GET HEAD POST               302 302 200 200 200 200
    OPTIONS PUT PATCH DELETE    405
"""
STAFF_READS = """
    GET HEAD                    302 302 200 200 200 200
    POST                        302 302 405 405 405 405
    OPTIONS PUT PATCH DELETE    405
"""
NOTHING = """
    GET HEAD POST               302 302 404 404 404 404
    OPTIONS PUT PATCH DELETE    405
"""
# The old address of a page, which sends on whoever may enter.
SENT_ON = """
    GET HEAD POST               302
    OPTIONS PUT PATCH DELETE    405
"""
# What readers see is changed by those who may publish; what others save waits for them.
# What is not written at once is proposed; so is what is reverted.
CHANGE = """
    GET HEAD POST               302 302 200 200 200 200
    OPTIONS PUT PATCH DELETE    405
"""
DELETE = """
    GET HEAD POST               302 302 403 200 200 200
    OPTIONS PUT PATCH DELETE    405
"""
# A deletion that readers would see can be proposed.
DELETE_OR_PROPOSE = """
    published GET HEAD POST     302 302 200 200 200 200
    draft GET HEAD POST         302 302 403 200 200 200
    OPTIONS PUT PATCH DELETE    405
"""
NOBODY = """
    GET HEAD POST               302 302 403 403 403 403
    OPTIONS PUT PATCH DELETE    405
"""
SUPERUSER = """
    GET HEAD POST               302 302 403 403 403 200
    OPTIONS PUT PATCH DELETE    405
"""
ADMINISTRATOR = """
    GET HEAD POST               302 302 403 403 200 200
    OPTIONS PUT PATCH DELETE    405
"""
# Nobody changes an account that may do more than his own.
ACCOUNT = """
    GET HEAD                    302 302 403 403 200 200
    lesser POST                 302 302 403 403 200 200
    greater POST                302 302 403 403 403 200
    OPTIONS PUT PATCH DELETE    405
"""
PASSWORD = """
    lesser GET HEAD POST        302 302 403 403 200 200
    greater GET HEAD POST       302 302 403 403 403 200
    OPTIONS PUT PATCH DELETE    405
"""
GROUP = """
    GET HEAD                    302 302 403 403 200 200
    POST                        302 302 403 403 403 200
    OPTIONS PUT PATCH DELETE    405
"""
TOKEN = """
    GET HEAD                    302 302 403 403 200 200
    POST                        302 302 403 403 403 403
    OPTIONS PUT PATCH DELETE    405
"""


MERGE = """
    GET HEAD                    302 302 200 200 200 200
    POST                        302 302 403 200 200 200
    OPTIONS PUT PATCH DELETE    405
"""
# Made on the page of a merge, and changed nowhere.
LOOKED_AT = """
    GET HEAD                    302 302 200 200 200 200
    POST                        302 302 403 403 403 403
    OPTIONS PUT PATCH DELETE    405
"""


def versions(model, revert=CHANGE):
    """Return the rows of the pages of a model's versions."""
    return {
        f"/admin/{model}/<path:object_id>/history/<str:key>/": STAFF,
        f"/admin/{model}/<path:object_id>/history/<str:key>/revert/": revert,
    }


def desk(model, *, changelist=STAFF, add=STAFF, change=CHANGE, delete=DELETE, history=STAFF):
    """Return the rows of a model's pages in the admin."""
    return {
        f"/admin/{model}/": changelist,
        f"/admin/{model}/add/": add,
        f"/admin/{model}/<path:object_id>/": SENT_ON,
        f"/admin/{model}/<path:object_id>/change/": change,
        f"/admin/{model}/<path:object_id>/delete/": delete,
        f"/admin/{model}/<path:object_id>/history/": history,
    }


ADDRESSES = {
    "/": PAGE,
    **{
        f"/{name}/<slug:slug>/": PUBLISHED
        for name in ("claims", "sources", "documents", "statements", "topics")
    },
    "/sources/<slug:slug>/agreement/": PUBLISHED,
    "/disputes/": PAGE,
    "/search/": PAGE,
    "/healthz": PAGE,
    "/api-auth/login/": LOG_IN,
    "/api-auth/logout/": LOG_OUT,
    "/account/": ACCOUNT_PAGE,
    "/account/password/": NEW_PASSWORD,
    "/account/tokens/": ACCOUNT_DEED,
    "/account/tokens/<int:pk>/revoke/": OTHERS_TOKEN,
    "/account/sign-out-everywhere/": ACCOUNT_DEED,
    "/admin/": STAFF,
    "/admin/login/": LOG_IN_TO_ADMIN,
    "/admin/logout/": LOG_OUT_OF_ADMIN,
    "/admin/password_change/": STAFF,
    "/admin/password_change/done/": STAFF_READS,
    "/admin/autocomplete/": STAFF_READS,
    "/admin/jsi18n/": STAFF_READS,
    "/admin/r/<path:content_type_id>/<path:object_id>/": NOTHING,
    "/admin/<app_label>/": STAFF,
    "/admin/<url>": NOTHING,
    "/admin/import/findings.csv": """
    GET HEAD                    302
    POST                        302 302 405 405 405 405
    OPTIONS PUT PATCH DELETE    405
""",
    "/admin/import/": STAFF,
    "/admin/import/look/": SENT_ON,
    "/admin/import/statements.csv": STAFF_READS,
    **desk("sources/source"),
    **desk("sources/document"),
    # Statements are recorded as drafts in what is public too.
    "/admin/sources/document/<path:object_id>/read/": STAFF,
    "/admin/sources/document/<path:object_id>/read/alike/": STAFF,
    **desk("sources/affiliation", delete=DELETE_OR_PROPOSE),
    **desk("claims/claim"),
    **desk("claims/statement"),
    **desk("claims/relation", delete=DELETE_OR_PROPOSE),
    **desk("claims/topic", delete=DELETE_OR_PROPOSE),
    **desk("claims/citation", add=NOBODY, delete=DELETE_OR_PROPOSE),
    **desk("claims/proposal", add=NOBODY, delete=NOBODY),
    "/admin/review/": STAFF_READS,
    **versions("sources/source"),
    **versions("sources/document"),
    **versions("sources/affiliation"),
    **versions("claims/claim"),
    **versions("claims/statement"),
    **versions("claims/relation"),
    **versions("claims/topic"),
    **versions("claims/citation"),
    **desk("claims/merge", add=NOBODY, change=LOOKED_AT, delete=NOBODY),
    **desk("claims/different", add=NOBODY, change=LOOKED_AT),
    **desk("claims/import", add=NOBODY, change=LOOKED_AT, delete=NOBODY),
    **versions("claims/merge", revert=NOBODY),
    **versions("claims/import", revert=NOBODY),
    **versions("claims/different", revert=NOBODY),
    "/admin/claims/claim/<path:object_id>/merge/": MERGE,
    "/admin/sources/source/<path:object_id>/merge/": MERGE,
    "/admin/sources/document/<path:object_id>/merge/": MERGE,
    "/admin/claims/merge/<path:object_id>/undo/": MERGE,
    "/admin/claims/import/<path:object_id>/undo/": MERGE,
    "/admin/deleted/": STAFF,
    "/admin/deleted/<str:label>/<int:pk>/": STAFF,
    **desk(
        "auth/user",
        changelist=ADMINISTRATOR,
        add=ADMINISTRATOR,
        change=ACCOUNT,
        delete=SUPERUSER,
        history=ADMINISTRATOR,
    ),
    "/admin/auth/user/<id>/password/": PASSWORD,
    **desk(
        "auth/group",
        changelist=ADMINISTRATOR,
        add=SUPERUSER,
        change=GROUP,
        delete=SUPERUSER,
        history=ADMINISTRATOR,
    ),
    **desk(
        "accounts/token",
        changelist=ADMINISTRATOR,
        add=ADMINISTRATOR,
        change=TOKEN,
        delete=NOBODY,
        history=ADMINISTRATOR,
    ),
    "/api/v1/": READ,
    "/api/v1/schema/": READ,
    "/api/v1/docs/": READ,
    "/api/v1/sources/": READ,
    "/api/v1/sources/<slug>/": READ_AND_CHANGE,
    "/api/v1/sources/<slug:slug>/positions/": READ_WORKED_OUT,
    "/api/v1/sources/<slug:slug>/agreement/": READ_WORKED_OUT,
    "/api/v1/affiliations/": READ,
    "/api/v1/documents/": READ,
    "/api/v1/documents/<slug>/": READ_AND_CHANGE,
    "/api/v1/topics/": READ,
    "/api/v1/topics/<slug>/": READ_ONE,
    "/api/v1/claims/": READ,
    "/api/v1/claims/<slug>/": READ_AND_CHANGE,
    "/api/v1/claims/<slug:slug>/positions/": READ_WORKED_OUT,
    "/api/v1/claims/<slug:slug>/timeline/": READ_WORKED_OUT,
    "/api/v1/statements/": READ,
    "/api/v1/statements/<slug>/": READ_AND_CHANGE,
    "/api/v1/relations/": READ,
    "/api/v1/flips/": READ,
    "/api/v1/changes/": READ,
    "/api/v1/feed.atom": READ,
    "/api/v1/claims/<slug:slug>/feed.atom": READ_WORKED_OUT,
    "/api/v1/sources/<slug:slug>/feed.atom": READ_WORKED_OUT,
    "/api/v1/topics/<slug:slug>/feed.atom": READ_WORKED_OUT,
    "/api/v1/matrix/": READ,
    "/api/v1/search/": READ,
    "/api/v1/exports/statements.csv": READ,
    "/api/v1/exports/statements.jsonl": READ,
    "/api/v1/exports/statements.parquet": READ,
    "/api/v1/exports/bundle.zip": READ,
    r"/api/v1/[\s\S]/": NOT_THERE,
    "/api/v1/<file>": NOT_THERE,
}

# What an address asks for besides.
QUERIES = {
    "/admin/autocomplete/": "?app_label=claims&model_name=statement&field_name=claim",
    "/api/v1/matrix/": "?topic=published",
    "/api/v1/search/": "?q=claim",
}
# What stands for a parameter that names no row of the world.
PARAMETERS = {
    "file": "nowhere.atom",
    "app_label": "claims",
    "content_type_id": "1",
    "object_id": "1",
    "url": "nowhere/",
}


def make_world():
    """Return rows by the model's name, then by what they are: published or draft, lesser or …"""
    draft = {"review_state": "draft"}
    world = {
        "source": [make_source(), make_source(**draft)],
        "document": [make_document(), make_document(**draft)],
        "topic": [make_topic(slug="published"), make_topic()],
    }
    source, hidden = world["source"]
    public_topic, hidden_topic = world["topic"]
    claims = [make_claim(topics=[public_topic]), make_claim(topics=[hidden_topic], **draft)]
    statements = [
        make_statement(claim=claims[0], source=source),
        make_statement(claim=claims[0], source=source, **draft),
    ]
    world |= {
        "claim": claims,
        "statement": statements,
        "citation": [make_citation(statement=each) for each in statements],
        "relation": [make_relation(), make_relation(to_claim=claims[1])],
        "affiliation": [make_affiliation(), make_affiliation(member=hidden)],
    }
    editor = make_user("eve", group="editors")
    one, other = make_claim(), make_claim()
    apart = tell_apart(one=one, other=other, user=editor)
    merged = merge(loser=one, survivor=other, user=editor, reason="The same.")
    states = {name: {"published": rows[0], "draft": rows[1]} for name, rows in world.items()}
    dora = make_user("dora", group="contributors")
    return states | {
        "user": {"lesser": dora, "greater": make_user("root", is_superuser=True)},
        "group": {"": dora.groups.get()},
        "token": {"": make_token(user=dora, name="of Dora", days=30)[0]},
        "deleted": {"": deleted(make_topic())},
        "proposal": {
            "": propose(target=claims[0], fields={"text": "It is so."}, author=dora),
        },
        "merge": {"": merged},
        "different": {"": apart},
        "import": {"": Import.objects.create(name="s.csv", context=uuid4(), written={})},
    }


def deleted(row):
    """Return a row that is gone, with its id."""
    pk = row.pk
    row.delete()
    row.pk = pk
    return row


def logged_in(role):
    """Return a function of (method, address): the status of what somebody of a role is answered."""
    client = Client(raise_request_exception=False)
    if role != "anonymous":
        user = make_user(
            f"the-{role}",
            group=None if role == "superuser" else f"{role}s",
            is_staff=role != "analyst",
            is_superuser=role == "superuser",
        )
        client.force_login(user)
    cookies = client.cookies.output(header="", sep=";")

    def ask(method, address):
        # Whatever else is asked for, the admin writes the page; once is enough.
        again = address.startswith("/admin/") and method not in {"GET", "POST"}
        writes = patch(RENDER, return_value="") if again else nullcontext()
        with transaction.atomic(), writes:
            status = client.generic(method, address).status_code
            transaction.set_rollback(True)
        client.cookies.load(cookies)
        return status

    return ask


def filled(address, world):
    """Return an address for each row of the world that it may name, by what that row is."""
    named = re.findall(r"\w+", address.partition("<")[0])
    rows = {"": None}
    if "<" in address:
        rows = next(
            (
                world[name]
                for word in reversed(named)
                for name in (word, word[:-1])
                if name in world
            ),
            rows,
        )

    for state, row in rows.items():

        def value(match, row=row):
            name = match[1]
            if row is None:
                return PARAMETERS[name]
            if name == "key":
                return History(type(row), row.pk).entries[-1].key
            if name == "label":
                return row._meta.label_lower
            return row.slug if name == "slug" else str(row.pk)

        given = re.sub(r"<(?:\w+:)?(\w+)>", value, address).replace(r"[\s\S]", "nowhere")
        yield state, given + QUERIES.get(address, "")


def expected(kind):
    """Return a function of (state, method, role) that says which status a kind has there."""
    table = {}
    for line in kind.strip().splitlines():
        words = line.split()
        statuses = [int(word) for word in words if word.isdecimal()]
        states = [word for word in words if word.islower()]
        methods = [word for word in words if word.isupper()]
        assert len(statuses) in {1, len(ROLES)} and set(methods) <= set(METHODS), line
        for state in states or [None]:
            for method in methods or METHODS:
                assert (state, method) not in table, line
                table[state, method] = statuses * (len(ROLES) // len(statuses))

    def status(state, method, role):
        row = table.get((state, method)) or table[None, method]
        return row[ROLES.index(role)]

    return status


def test_every_address_has_a_row_and_every_row_an_address():
    asked, known = set(addresses()), set(ADDRESSES)

    assert not asked - known, f"Give these a row in ADDRESSES of {__file__}: {asked - known}"
    assert not known - asked, f"These are gone; take their rows out of ADDRESSES: {known - asked}"


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_answered_as_the_table_says(role, caplog):
    caplog.set_level(logging.CRITICAL, "django.request")
    world, ask = make_world(), logged_in(role)
    unexpected = []
    for address, kind in ADDRESSES.items():
        status = expected(kind)
        for state, given in filled(address, world):
            for method in OF_PAGES if address.startswith("/admin/") else METHODS:
                wanted = status(state, method, role)
                answered = ask(method, given)
                if answered != wanted:
                    unexpected.append(f"{method} {address} {state}: {answered}, not {wanted}")

    assert not unexpected, f"{role}:\n" + "\n".join(unexpected)
