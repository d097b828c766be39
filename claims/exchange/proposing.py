"""Lets wait for review what readers would see at once, where who imports may not decide that."""

import json
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import Error as DatabaseError
from django.db.backends.utils import CursorWrapper

from claims.actions import propose, propose_new
from claims.exchange.difference import CURATED
from claims.exchange.format import (
    AFFILIATIONS,
    CITATIONS,
    RELATIONS,
    STATEMENTS,
    BundleFile,
    Field,
)
from claims.exchange.problems import Problems
from claims.models import Proposal, Topic
from claimtracker.explain import explain

# Somebody has to read them one by one.
MOST = 100
TOO_MANY = (
    f"more than {MOST} rows that readers see would change. Ask an editor to import it, or import "
    "a part of it"
)
CHAIN = "readers see this statement: name a via once the document that it names is cited there"


def let_wait(cursor: CursorWrapper, problems: Problems, user: Any, note: str) -> None:
    """Propose what is marked as proposed, in the name of a user; note what cannot be."""
    cited = citations(cursor, problems)
    files = [*CURATED, RELATIONS, AFFILIATIONS]
    found = [(file, row) for file in files for row in waiting(cursor, file)]
    stated = {row["id"] for file, row in found if file is STATEMENTS}
    # Statements of which only citations change.
    found += [
        (STATEMENTS, {"id": key, "line": line, "is_new": False, "values": {}})
        for key, (line, _) in cited.items()
        if key not in stated
    ]
    if len(found) > MOST:
        problems.add("", 0, "", TOO_MANY)
        return
    for file, row in found:
        fields = row["values"]
        if file is STATEMENTS and row["id"] in cited:
            fields = fields | {"citations": cited[row["id"]][1]}
        try:
            submit(file, row, fields, user, note)
        except ValidationError as error:
            for name, messages in error.update_error_dict({}).items():
                where = "" if name == NON_FIELD_ERRORS else name
                for message in ValidationError(messages).messages:
                    problems.add(file.name, row["line"], where, message.rstrip("."))
        except DatabaseError as error:
            problems.add(file.name, row["line"], "", explain(error).rstrip("."))


def submit(
    file: BundleFile, row: dict[str, Any], fields: dict[str, Any], user: Any, note: str
) -> None:
    """Propose one row, unless the same person's same words wait already."""
    target = None if row["is_new"] else row["id"]
    same = Proposal.objects.waiting().filter(
        target_type=ContentType.objects.get_for_model(file.model),
        target_id=target,
        author=user,
        fields=fields,
    )
    if same.exists():
        return
    if target is None:
        propose_new(model=file.model, fields=fields, author=user, note=note)
    else:
        found = file.model._base_manager.get(pk=target)
        propose(target=found, fields=fields, author=user, note=note)


def waiting(cursor: CursorWrapper, file: BundleFile) -> list[dict[str, Any]]:
    """Return what is marked as proposed: line, id, whether it is new, and the proposed values."""
    item = "t.item = s.item" if file is CITATIONS else "true"
    cursor.execute(
        f"""
        SELECT t.line, t.id, t.fields, to_jsonb(s) || to_jsonb(t)
        FROM {file.staged}_todo t JOIN {file.staged} s ON s.line = t.line AND {item}
        WHERE t.deed = 'proposed' ORDER BY t.line LIMIT {MOST + 1}
        """
    )
    rows = []
    for line, key, changed, text in cursor.fetchall():
        said = json.loads(text)
        fields = [one for one in file.fields if changed is None or one.name in changed]
        values = {one.column: value_of(one, said) for one in fields}
        is_new = changed is None
        rows.append({"line": line, "id": key, "is_new": is_new, "values": values, "said": said})
    return rows


def value_of(one: Field, said: dict[str, Any]) -> Any:
    """Return what is proposed in a field, as a proposal keeps it."""
    if one.refers_to or one.column == "via":
        return said[f"{one.column}_id"]
    if one.column == "topics":
        return sorted(Topic.objects.filter(name__in=said["topics"]).values_list("pk", flat=True))
    if one.column == "retrieved":
        return said["retrieved"] or None
    return said[one.column]


def citations(
    cursor: CursorWrapper, problems: Problems
) -> dict[int, tuple[int, list[dict[str, Any]]]]:
    """Return by the id of their statement its line, and the citations that are proposed of it."""
    found: dict[int, tuple[int, list[dict[str, Any]]]] = {}
    rows = waiting(cursor, CITATIONS)
    new = {row["id"] for row in rows if row["is_new"]}
    for row in rows:
        if row["values"].get("via") in new:
            where = f"citations[{row['said']['item']}].via"
            problems.add(STATEMENTS.name, row["line"], where, CHAIN)
            continue
        entry = row["values"] if row["is_new"] else {"id": row["id"], **row["values"]}
        found.setdefault(row["said"]["statement_id"], (row["line"], []))[1].append(entry)
    return found
