"""Random bundles for hypothesis: small, and as odd as the rules allow."""

from hypothesis import strategies as st

from claims.models import ClaimKind, Denial, Manner, RelationKind, Stance
from claims.models.choices import why_not_related
from claimtracker.tidying import tidied
from sources.models import DocumentKind, SourceKind

# No surrogates, and no NUL: what PostgreSQL can keep. Line ends are stored as line feeds.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=12)
# What PostgreSQL's \S takes for something, tidied as they are stored.
names = st.builds("{}x{}".format, texts, texts).map(tidied)
dates = st.sampled_from(
    [
        None,
        "2020",
        "2020-02",
        "2020-02-29~",
        "2021?",
        "2019/2020-05",
        "../2020",
        "2022-01/..",
        "0001%",
    ]
)
languages = st.sampled_from(["", "en", "az-Cyrl"])
addresses = st.sampled_from(["", "https://example.org/ü?a=b#c"])


def rows(keys, **fields):
    return st.tuples(*(st.fixed_dictionaries({"key": st.just(key), **fields}) for key in keys))


SOURCES = ["a", "B", "c-1", "c_1"]
DOCUMENTS = ["d", "D", "e-0", "e--0"]
CLAIMS = ["k", "K", "l"]

citations = st.lists(
    st.fixed_dictionaries(
        {
            "document": st.sampled_from(DOCUMENTS),
            "manner": st.sampled_from(["", *Manner.values]),
            "quote": texts,
            "prefix": texts,
            "suffix": texts,
            "locator": texts,
            "language": languages,
            "translation": texts,
            "as_named": texts,
            "note": texts,
        }
    ),
    max_size=4,
    unique_by=lambda citation: citation["document"],
)


@st.composite
def statements(draw):
    made = []
    for number in range(draw(st.integers(0, 5))):
        stance = draw(st.sampled_from(Stance.values))
        cited = draw(citations)
        for position, citation in enumerate(cited):
            # Of those before it only, so that no chain is a circle.
            earlier = [one["document"] for one in cited[:position]]
            citation["via"] = draw(st.sampled_from([None, *earlier]))
        denials = [denial for denial in Denial.values if denial != Denial.PROPOSAL]
        made.append(
            {
                "key": f"s{number}",
                "claim": draw(st.sampled_from(CLAIMS)),
                "source": draw(st.sampled_from(SOURCES)),
                "stance": stance,
                "denies_what": draw(st.sampled_from(["", *denials])) if stance == "denies" else "",
                "said": draw(dates.filter(bool) if stance == "withdraws" else dates),
                "order": draw(st.integers(0, 2**31 - 1)),
                "occasion": draw(texts),
                "personal_capacity": draw(st.booleans()),
                "note": draw(texts),
                "citations": draw(st.permutations(cited)),
            }
        )
    return made


@st.composite
def bundles(draw):
    """Draw a bundle of which every row keeps every rule."""
    pairs = [(a, b) for at, a in enumerate(SOURCES) for b in SOURCES[at + 1 :]]
    related = [(a, b) for at, a in enumerate(CLAIMS) for b in CLAIMS[at + 1 :]]
    world = {
        "sources": draw(
            rows(
                SOURCES,
                kind=st.sampled_from(SourceKind.values),
                name=names,
                aliases=st.lists(names, max_size=3, unique=True),
                wikidata=st.sampled_from(["", "Q42"]),
                description=texts,
            )
        ),
        "affiliations": draw(
            st.lists(
                st.builds(
                    lambda pair, role, since, speaks_for: {
                        "member": pair[0],
                        "body": pair[1],
                        "role": role,
                        "since": since,
                        "speaks_for": speaks_for,
                    },
                    st.sampled_from(pairs),
                    texts,
                    dates,
                    st.booleans(),
                ),
                max_size=4,
                unique_by=lambda row: (row["member"], row["body"], row["role"]),
            )
        ),
        "documents": draw(
            rows(
                DOCUMENTS,
                kind=st.sampled_from(DocumentKind.values),
                publisher=st.sampled_from([None, *SOURCES]),
                title=names,
                url=addresses,
                published=dates,
                retracted=dates,
                language=languages,
                retrieved=st.sampled_from([None, "2020-02-29"]),
                archived_url=addresses,
                sha256=st.sampled_from(["", "0f" * 32]),
            )
        ),
        "claims": draw(
            rows(
                CLAIMS,
                kind=st.sampled_from(ClaimKind.values),
                text=names,
                language=languages,
                topics=st.lists(names, max_size=3, unique=True),
            )
        ),
        "relations": draw(
            st.lists(
                st.builds(
                    lambda pair, kind, rationale: {
                        "from": pair[0],
                        "kind": kind,
                        "to": pair[1],
                        "rationale": rationale,
                    },
                    st.sampled_from(related),
                    st.sampled_from(RelationKind.values),
                    texts,
                ),
                max_size=4,
                unique_by=lambda row: (row["from"], row["kind"], row["to"]),
            )
        ),
        "statements": draw(statements()),
    }
    kinds = {row["key"]: row["kind"] for row in world["claims"]}
    world["relations"] = [
        row
        for row in world["relations"]
        if not why_not_related(row["kind"], kinds[row["from"]], kinds[row["to"]])
    ]
    return world
