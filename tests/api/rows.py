"""What several tests of the API ask of a world with a bit of everything in it."""

from tests.factories import (
    make_affiliation,
    make_citation,
    make_claim,
    make_document,
    make_relation,
    make_source,
    make_statement,
    make_topic,
)

LISTS = ["sources", "affiliations", "documents", "topics", "claims", "statements", "relations"]
ADDRESSED = ["sources", "documents", "topics", "claims", "statements"]


def make_world():
    """Make two sides of one claim, with an origin and what passed it on, and return its parts."""
    topic = make_topic(slug="roads", name="Roads")
    claim = make_claim(slug="road-shut", topics=[topic], text="The road is shut.")
    open_road = make_claim(slug="road-open", text="The road is open.")
    make_relation(from_claim=claim, to_claim=open_road)
    bea = make_source(slug="bea", name="Bea", aliases=["Beatrix"])
    carl = make_source(slug="carl", name="Carl")
    ministry = make_source(slug="ministry", kind="government-body", name="Ministry")
    make_affiliation(member=carl, body=ministry, role="minister", speaks_for=True)
    yes = make_statement(
        slug="bea-yes", claim=claim, source=bea, stance="asserts", said="2023-09-07"
    )
    no = make_statement(slug="carl-no", claim=claim, source=carl, stance="denies", said="2023-09~")
    readout = make_document(
        slug="readout", kind="readout", publisher=ministry, published="2023-09-08"
    )
    article = make_document(slug="article", published="2023-09-09")
    origin = make_citation(statement=no, document=readout, quote="It is open.")
    carried = make_citation(statement=no, document=article, via=origin)
    make_citation(statement=yes, document=article, quote="It is shut.")
    return {
        "topic": topic,
        "claim": claim,
        "other_claim": open_road,
        "source": bea,
        "body": ministry,
        "statement": yes,
        "denial": no,
        "document": article,
        "citation": carried,
    }


ADDRESSES = [
    *(f"{name}/" for name in LISTS),
    "sources/bea/",
    "documents/readout/",
    "topics/roads/",
    "claims/road-shut/",
    "claims/road-open/",
    "statements/carl-no/",
    "statements/bea-yes/",
]

# What is worked out of them.
WORKED_OUT = [
    "claims/road-shut/positions/",
    "claims/road-shut/positions/?derived=true&roll_up=true&recorded_by=2999-01-01T00:00Z",
    "claims/road-open/positions/?derived=true",
    "claims/road-shut/timeline/",
    "sources/bea/positions/",
    "sources/bea/positions/?derived=true",
    "sources/bea/agreement/",
    "flips/",
    "matrix/?topic=roads",
    "changes/",
    "changes/?claim=road-shut",
]
