"""Which group may do what. Migrations make the groups; ``manage.py groups`` checks them.

A right that is added here needs a migration with ``gives`` (claimtracker.accounts.rights).
"""

from django.contrib.auth.models import Group, Permission
from django.db import transaction

CURATED = ["sources.source", "sources.document", "claims.claim", "claims.statement"]
OTHERS = ["sources.affiliation", "claims.topic", "claims.relation", "claims.citation"]


def rights(deeds: str, models: list[str]) -> set[str]:
    """Return the names of rights: rights("add", ["claims.claim"]) is {"claims.add_claim"}."""
    pairs = (model.split(".") for model in models)
    return {f"{app}.{deed}_{name}" for app, name in pairs for deed in deeds.split()}


PROPOSALS = ["claims.proposal"]
# Who merges, and tells apart, is who publishes.
MERGES = ["claims.merge", "claims.different"]
# Who undoes an import is who publishes and deletes what it brought.
IMPORTS = ["claims.import"]

CONTRIBUTORS = (
    rights("view add change", CURATED + OTHERS)
    | rights("view add", PROPOSALS)
    | rights("view", MERGES + IMPORTS)
)
EDITORS = (
    CONTRIBUTORS
    | rights("delete", CURATED + OTHERS)
    | rights("publish", CURATED)
    | rights("change", PROPOSALS)
    | rights("delete", ["claims.different"])
)

RIGHTS = {
    # Drafts and submits, and proposes changes of what is public.
    "contributors": CONTRIBUTORS,
    # Also publishes, retires, deletes and decides on proposals.
    "editors": EDITORS,
    # Reads what is public, for which nobody needs a right on a row.
    "analysts": set(),
    # Also manages accounts. Nobody gives what he has not, so that it has what editors have.
    "administrators": EDITORS
    | rights("view add change", ["auth.user"])
    | rights("view", ["auth.group"])
    | rights("view add revoke", ["accounts.token"]),
}


def held() -> dict[str, set[str]]:
    """Return the rights that each of our groups holds in the database."""
    found: dict[str, set[str]] = {name: set() for name in RIGHTS}
    rows = Permission.objects.filter(group__name__in=RIGHTS).values_list(
        "group__name", "content_type__app_label", "codename"
    )
    for name, app, codename in rows:
        found[name].add(f"{app}.{codename}")
    return found


def differences() -> list[str]:
    """Return, a line each, in what the groups of this database are others than ours."""
    there = set(Group.objects.filter(name__in=RIGHTS).values_list("name", flat=True))
    lines = [f"{name}: there is no such group" for name in RIGHTS if name not in there]
    for name, has in held().items():
        if name in there:
            lines += [f"{name}: lacks {right}" for right in sorted(RIGHTS[name] - has)]
            lines += [f"{name}: has {right} besides" for right in sorted(has - RIGHTS[name])]
    return lines


@transaction.atomic
def restore() -> None:
    """Give each of our groups exactly its rights; members stay."""
    by_name = {
        f"{app}.{codename}": pk
        for pk, app, codename in Permission.objects.values_list(
            "pk", "content_type__app_label", "codename"
        )
    }
    for name, wanted in RIGHTS.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set([by_name[right] for right in wanted])
