"""What happens besides when a claim, a source or a document retires, in a sentence."""

from django.db.models import Exists, OuterRef

from claims.admin.claim import ClaimAdmin
from claims.models import Citation, Statement
from sources.admin import DocumentAdmin, SourceAdmin


def of_claims(claims) -> str:
    return _retire(Statement.objects.filter(claim__in=claims))


def of_sources(sources) -> str:
    return _retire(Statement.objects.filter(source__in=sources))


def _retire(statements) -> str:
    count = statements.public().count()
    return f"{_counted(count)} {'retires' if count == 1 else 'retire'} with it." if count else ""


def of_documents(documents) -> str:
    """Say of how many statements readers lose the place where they were read."""
    of_it = OuterRef("pk")
    read_in_it = Citation.objects.public().filter(document__in=documents, statement=of_it)
    read_elsewhere = (
        Citation.objects.public().exclude(document__in=documents).filter(statement=of_it)
    )
    losing = Statement.objects.filter(Exists(read_in_it))
    count = losing.count()
    if not count:
        return ""
    bare = losing.exclude(Exists(read_elsewhere)).count()
    also = f", {bare} of them in no other document that they see" if bare else ""
    return f"Readers are no longer told that {_counted(count)} can be read in it{also}."


def _counted(count) -> str:
    return f"{count} published statement{'' if count == 1 else 's'}"


ClaimAdmin.consequences.append(of_claims)
SourceAdmin.consequences.append(of_sources)
DocumentAdmin.consequences.append(of_documents)
