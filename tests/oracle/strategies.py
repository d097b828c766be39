"""Random small worlds and histories, valid by the rules of the database, and their way into it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import combinations

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from hypothesis import strategies as st

from claims import models as claims
from sources import models as sources
from tests.oracle.world import (
    KEYS,
    PUBLISHED,
    Affiliation,
    Citation,
    Claim,
    Document,
    History,
    Put,
    Recorded,
    Relation,
    Remove,
    Source,
    Statement,
    World,
    days_of,
    key_of,
)

STATES = ["draft", "in_review", "retired"]
# Weighted: without positions there is nothing to derive.
STANCES = ["asserts"] * 6 + ["denies"] * 6 + ["withdraws"] * 2
STANCES += ["dismisses", "questions", "comments", "undeclared", "silent"]
DENIALS = ["", "", "fact", "responsibility", "framing", "proposal"]
SYMMETRIC = ["contradicts", "negates"]
TOPICS = ["roads", "borders"]
KINDS = [["fact", "event"], ["fact", "fact", "characterisation"], ["demand"], ["demand"]]
KINDS += [["intent"], ["fact", "demand", "intent"]]
HOW_THINGS_ARE = {"fact", "event", "characterisation"}


# Values

# Few days, around the ends of a month and a year, so that ranges touch, overlap and are equal.
DAYS = ["2019-12-30", "2019-12-31", "2020-01-01", "2020-01-02", "2020-01-31", "2020-02-01"]
DATES = [*DAYS, *DAYS, "2019-12", "2020-01", "2020-02", "2019", "2020"]


@st.composite
def edtf(draw):
    """Draw a date that is not blank."""
    one = st.builds(
        "".join, st.tuples(st.sampled_from(DATES), st.sampled_from([""] * 5 + [*"~?%"]))
    )
    form = draw(st.sampled_from(["one"] * 6 + ["between", "until", "from"]))
    a = draw(one)
    if form == "until":
        return f"../{a}"
    if form == "from":
        return f"{a}/.."
    if form == "between":
        between = f"{a}/{draw(one)}"
        return between if is_a_date(between) else a
    return a


def is_a_date(text: str) -> bool:
    try:
        days_of(text)
    except ValueError:
        return False
    return True


def edtf_or_blank():
    return st.one_of(st.just(""), edtf(), edtf(), edtf())


def review_states():
    return st.sampled_from([PUBLISHED] * 27 + STATES)


def clock_days():
    """Draw a day for a clock, or None; the edges of the dates above and the days beside them."""
    edges = ["2018-12-31", "2019-12-29", *DAYS, "2020-01-03", "2020-02-29", "2020-12-31"]
    return st.sampled_from([None] * 3 * len(edges) + [date.fromisoformat(day) for day in edges])


def clocks():
    """Draw what to pass on as ``said_by`` and ``public_by``."""
    return st.fixed_dictionaries({"said_by": clock_days(), "public_by": clock_days()})


# Worlds


def how_many(least: int, most: int):
    """Draw a count; each alike, where ``integers`` would lean towards the least."""
    return st.sampled_from([*range(most, least - 1, -1)])


def slugs(draw, prefix: str, least: int, most: int) -> list[str]:
    """Draw slugs of which the alphabetical order is not that of making."""
    count = draw(how_many(least, most))
    names = [f"{prefix}{n:02}" for n in range(most)]
    return draw(st.permutations(names))[:count]


# Some lead to one page; some have the same words.
URLS = [
    *("", "", "", "https://example.org/a", "http://www.example.org/a/#top"),
    *("https://example.org/b?utm_source=x", "https://m.example.org/b", "https://example.org/c"),
]
LONG = "The minister said that the road is open, and that nobody had ever closed it. " * 3
TEXTS = ["", "", "", "Subscribe to read on.", LONG, LONG.replace(" ", "\n"), LONG.upper()]


@st.composite
def worlds(draw):
    """Draw a world: 1-4 sources, 1-5 claims, 0-10 statements, few documents, relations, bodies."""
    world = World()
    for slug in slugs(draw, "source", 1, 4):
        kind = draw(st.sampled_from(["person", "state", "government-body", "outlet"]))
        world = world.put(Source(slug, kind, slug.upper(), draw(review_states())))
    # Most worlds have one mood, or few relations would be left.
    kinds = draw(st.sampled_from(KINDS))
    for slug in slugs(draw, "claim", 1, 5):
        kind = draw(st.sampled_from(kinds))
        topics = tuple(sorted(draw(st.sets(st.sampled_from(TOPICS)))))
        world = world.put(Claim(slug, kind, slug.upper(), draw(review_states()), topics))
    for slug in slugs(draw, "doc", 0, 4):
        publisher = draw(st.sampled_from([None, *[one.slug for one in world.sources]]))
        published = draw(edtf_or_blank())
        state = draw(review_states())
        world = world.put(
            Document(
                slug,
                publisher,
                slug.upper(),
                "article",
                published,
                state,
                url=draw(st.sampled_from(URLS)),
                text=draw(st.sampled_from(TEXTS)),
            )
        )
    if draw(st.sampled_from([True, False, False])):
        # One after the other, or no proof would be four relations long.
        for one, other in zip(world.claims, world.claims[1:], strict=False):
            kind = draw(st.sampled_from(["implies", "implies", "implies", "negates"]))
            world = put_if_valid(world, Relation(one.slug, kind, other.slug))
    for _ in range(draw(how_many(0, 6))):
        world = put_if_valid(world, draw(relations(world)))
    if draw(st.sampled_from([True, False, False])):
        for one, other in zip(world.sources, world.sources[1:], strict=False):
            until = draw(st.one_of(st.just(""), edtf()))
            world = put_if_valid(world, Affiliation(one.slug, other.slug, until=until))
    for _ in range(draw(how_many(0, 4))):
        world = put_if_valid(world, draw(affiliations(world)))
    for slug in slugs(draw, "act", draw(st.sampled_from([0, 6, 8])), 10):
        world = put_if_valid(world, draw(statements(world, slug)))
    for statement in world.statements:
        for _ in range(draw(how_many(0, 3)) if world.documents else 0):
            world = put_if_valid(world, draw(citations(world, statement.slug)))
    return replace(world, different=draw(different(world)))


@st.composite
def different(draw, world):
    """Draw the pairs of documents that are marked as different: mostly none."""
    slugs = sorted(one.slug for one in world.documents)
    pairs = list(combinations(slugs, 2))
    if not pairs or draw(st.sampled_from([True, True, False])):
        return ()
    return in_order(draw(st.lists(st.sampled_from(pairs), unique=True, max_size=2)))


@st.composite
def relations(draw, world):
    ends = st.sampled_from([one.slug for one in world.claims])
    return Relation(
        draw(ends),
        draw(st.sampled_from(["implies", "implies", "contradicts", "negates"])),
        draw(ends),
    )


@st.composite
def affiliations(draw, world):
    ends = st.sampled_from([one.slug for one in world.sources])
    bounds = st.one_of(st.just(""), st.just(""), edtf())
    return Affiliation(
        member=draw(ends),
        body=draw(ends),
        role=draw(st.sampled_from(["", "", "head"])),
        since=draw(bounds),
        until=draw(bounds),
        speaks_for=draw(st.sampled_from([True, True, True, False])),
    )


@st.composite
def statements(draw, world, slug):
    claim = draw(st.sampled_from(world.claims))
    source = draw(st.sampled_from(world.sources))
    if world.statements and draw(st.booleans()):
        # Again on the same claim: half of the rules are about that.
        earlier = draw(st.sampled_from(world.statements))
        claim = next(one for one in world.claims if one.slug == earlier.claim)
        if draw(st.booleans()):
            source = next(one for one in world.sources if one.slug == earlier.source)
    stance = draw(st.sampled_from(STANCES))
    denials = [one for one in DENIALS if one != "proposal" or claim.kind == "demand"]
    may_be_public = claim.review_state == source.review_state == PUBLISHED
    return Statement(
        slug=slug,
        claim=claim.slug,
        source=source.slug,
        stance=stance,
        denies_what=draw(st.sampled_from(denials)) if stance == "denies" else "",
        said=draw(edtf() if stance == "withdraws" else edtf_or_blank()),
        order=draw(st.sampled_from([0, 0, 0, 1, 2])),
        personal_capacity=draw(st.sampled_from([False, False, False, True])),
        note=draw(st.sampled_from(["", "A note."])),
        review_state=draw(review_states() if may_be_public else st.sampled_from(STATES)),
    )


@st.composite
def citations(draw, world, statement):
    cited = [one.document for one in world.citations if one.statement == statement]
    return Citation(
        statement=statement,
        document=draw(st.sampled_from([one.slug for one in world.documents])),
        via=draw(st.sampled_from([None, *cited])),
        manner=draw(st.sampled_from(["", "verbatim", "reported"])),
        quote=draw(st.sampled_from(["", "Some words."])),
    )


# The rules of the database


def put_if_valid(world: World, row) -> World:
    """Return the world with a row added; as it was, where the row breaks a rule or is there."""
    if key_of(row) in {key_of(one) for one in world_rows(world) if type(one) is type(row)}:
        return world
    return world.put(row) if is_valid(world.put(row)) else world


def world_rows(world: World) -> list:
    return [
        *world.sources,
        *world.affiliations,
        *world.documents,
        *world.claims,
        *world.relations,
        *world.statements,
        *world.citations,
    ]


def is_valid(world: World) -> bool:
    return (
        published_statements_have_published_ends(world)
        and statements_fit(world)
        and relations_are_stored_once(world)
        and relations_stay_within_one_mood(world)
        and affiliations_have_their_periods(world)
        and not any(closes_a_cycle(world, one) for one in world.affiliations)
        and chains_end(world)
    )


def published_statements_have_published_ends(world: World) -> bool:
    published_sources = {one.slug for one in world.sources if one.review_state == PUBLISHED}
    published_claims = {one.slug for one in world.claims if one.review_state == PUBLISHED}
    return all(
        one.source in published_sources and one.claim in published_claims
        for one in world.statements
        if one.review_state == PUBLISHED
    )


def statements_fit(world: World) -> bool:
    demands = {one.slug for one in world.claims if one.kind == "demand"}
    return all(
        (one.denies_what == "" or one.stance == "denies")
        and (one.denies_what != "proposal" or one.claim in demands)
        and (one.stance != "withdraws" or one.said != "")
        for one in world.statements
    )


def relations_are_stored_once(world: World) -> bool:
    """Return whether the relations are between two claims, symmetric ones in one direction."""
    seen = set()
    for one in world.relations:
        ends = (one.from_claim, one.to_claim)
        key = (one.kind, *(sorted(ends) if one.kind in SYMMETRIC else ends))
        if one.from_claim == one.to_claim or key in seen:
            return False
        seen.add(key)
    return True


def relations_stay_within_one_mood(world: World) -> bool:
    kinds = {one.slug: one.kind for one in world.claims}
    for one in world.relations:
        ends = {kinds[one.from_claim], kinds[one.to_claim]}
        if len(ends) == 2 and not ends <= HOW_THINGS_ARE:
            return False
        if len(ends) == 2 and one.kind == "negates" and "characterisation" in ends:
            return False
    return True


def affiliations_have_their_periods(world: World) -> bool:
    """Return whether each ends after it begins and none repeats a role that is held."""
    for one in world.affiliations:
        begins, ends = days_of(one.since)[0], days_of(one.until)[1]
        if one.member == one.body or (begins and ends and begins > ends):
            return False
        for other in world.affiliations:
            same = (one.member, one.body, one.role) == (other.member, other.body, other.role)
            if same and one is not other and common_days(certain_days(one), certain_days(other)):
                return False
    return True


def certain_days(one: Affiliation) -> tuple[date, date] | None:
    """Return the first and last day on which an affiliation certainly holds, if there are any."""
    first = days_of(one.since)[1] if one.since else date.min
    last = days_of(one.until)[0] if one.until else date.max
    return (first, last) if first is not None and last is not None and first <= last else None


def common_days(one, other) -> tuple[date, date] | None:
    if one is None or other is None:
        return None
    first, last = max(one[0], other[0]), min(one[1], other[1])
    return (first, last) if first <= last else None


def closes_a_cycle(world: World, affiliation: Affiliation) -> bool:
    """Return whether the body belongs to the member, through others, on a day that is certain."""
    unfinished = [([affiliation.body], certain_days(affiliation))]
    while unfinished:
        path, days = unfinished.pop()
        if path[-1] == affiliation.member and days:
            return True
        for one in world.affiliations:
            common = common_days(days, certain_days(one))
            if one.member == path[-1] and common and one.body not in path:
                unfinished.append(([*path, one.body], common))
    return False


def chains_end(world: World) -> bool:
    via = {(one.statement, one.document): one.via for one in world.citations}
    for statement, document in via:
        seen = set()
        while document is not None:
            if document in seen or (statement, document) not in via:
                return False
            seen.add(document)
            document = via[statement, document]
    return True


# Histories


@st.composite
def histories(draw, most_changes: int = 8):
    """Draw a world and what became of it: edits, reviews, new rows and deletions, one at a time.

    The world of the end is ``history.as_of(None)``. The times are made up, each later than the
    one before; ``history.at_times`` puts in those at which a database did write them.
    """
    world = draw(worlds())
    recorded_at = datetime(2024, 1, 1, tzinfo=UTC)
    entries = [Recorded(recorded_at, tuple(Put(row) for row in world_rows(world)))]
    for number in range(draw(how_many(0, most_changes))):
        changes = draw(changes_to(world, number))
        after = applied(world, changes)
        if after == world or not is_valid(after):
            continue
        world = after
        recorded_at += timedelta(hours=draw(st.sampled_from([1, 11, 12, 24, 36])))
        entries.append(Recorded(recorded_at, changes))
    return History(tuple(entries))


def applied(world: World, changes) -> World:
    for change in changes:
        world = change.applied_to(world)
    return world


@st.composite
def changes_to(draw, world, number):
    """Draw what one transaction writes; it may break a rule."""
    what = draw(
        st.sampled_from(
            ["review", "review", "rename", "date", "edit", "edit", "add", "relate", "belong"]
            + ["cite", "remove"]
        )
    )
    if what == "review":
        curated = [*world.sources, *world.claims, *world.documents, *world.statements]
        return reviewed(world, draw(st.sampled_from(curated)), draw(review_states()))
    if what == "rename":
        one = draw(st.sampled_from(world.sources))
        kind = draw(st.sampled_from(["person", "group"]))
        return (Put(replace(one, name=f"New {number}", kind=kind)),)
    if what == "date" and world.documents:
        one = draw(st.sampled_from(world.documents))
        if draw(st.booleans()):
            return (Put(replace(one, url=draw(st.sampled_from(URLS)))),)
        return (Put(replace(one, published=draw(edtf_or_blank()))),)
    if what == "edit" and world.statements:
        one = draw(st.sampled_from(world.statements))
        return (Put(draw(statements(world, one.slug))),)
    if what == "add":
        slug = f"{draw(st.sampled_from(['a', 'b', 'z']))}-new{number}"
        return (Put(draw(statements(world, slug))),)
    if what == "relate":
        return (Put(draw(relations(world))),)
    if what == "belong":
        return (Put(draw(affiliations(world))),)
    if what == "cite" and world.statements and world.documents:
        statement = draw(st.sampled_from(world.statements))
        return (Put(draw(citations(world, statement.slug))),)
    if what == "remove":
        rows = [*world.relations, *world.affiliations, *world.citations, *world.statements]
        if rows:
            return removed(world, draw(st.sampled_from(rows)))
    return ()


def reviewed(world: World, row, state: str):
    """Return the changes that give a row a state; its statements are retired with it."""
    changes = []
    if state != PUBLISHED and isinstance(row, Source | Claim):
        changes = [
            Put(replace(one, review_state="retired"))
            for one in world.statements
            if one.review_state == PUBLISHED and row.slug in (one.claim, one.source)
        ]
    return (*changes, Put(replace(row, review_state=state)))


def removed(world: World, row):
    """Return the changes that delete a row, after what hangs on it."""
    hanging = []
    if isinstance(row, Statement):
        hanging = [one for one in world.citations if one.statement == row.slug]
        hanging.sort(key=lambda one: steps_to_origin(world, one), reverse=True)
    return (*[Remove(one) for one in hanging], Remove(row))


def steps_to_origin(world: World, citation: Citation) -> int:
    via = {(one.statement, one.document): one.via for one in world.citations}
    steps, document = 0, citation.via
    while document is not None:
        steps, document = steps + 1, via[citation.statement, document]
    return steps


# Into the database, and out of it

MODELS = {
    Source: sources.Source,
    Affiliation: sources.Affiliation,
    Document: sources.Document,
    Claim: claims.Claim,
    Relation: claims.Relation,
    Statement: claims.Statement,
    Citation: claims.Citation,
}
# What each reference of the world names by its slug.
REFERENCES = {
    "member": sources.Source,
    "body": sources.Source,
    "publisher": sources.Source,
    "source": sources.Source,
    "document": sources.Document,
    "from_claim": claims.Claim,
    "to_claim": claims.Claim,
    "claim": claims.Claim,
    "statement": claims.Statement,
}


class Ids:
    """The id of each row by its slug, of each citation by its statement and document."""

    def __init__(self):
        self.of = {model: {} for model in REFERENCES.values()}
        self.citations = {}

    @classmethod
    def in_the_database(cls):
        ids = cls()
        for model, found in ids.of.items():
            found.update(model.objects.values_list("slug", "pk"))
        cited = claims.Citation.objects.values_list("statement__slug", "document__slug", "pk")
        ids.citations = {(statement, document): pk for statement, document, pk in cited}
        return ids

    def columns_of(self, row) -> dict:
        """Return the columns of a row of the world, with ids for slugs."""
        columns = {}
        for name, value in vars(row).items():
            if name == "topics":
                continue
            if name == "via":
                columns["via_id"] = self.citations[row.statement, value] if value else None
            elif name in REFERENCES:
                columns[f"{name}_id"] = self.of[REFERENCES[name]][value] if value else None
            else:
                columns[name] = value
        return columns

    def write(self, rows):
        """Write rows of one kind in one command, and remember their ids."""
        if not rows:
            return
        model = MODELS[type(rows[0])]
        made = model.objects.bulk_create([model(**self.columns_of(row)) for row in rows])
        for row, saved in zip(rows, made, strict=True):
            if model in self.of:
                self.of[model][row.slug] = saved.pk
            elif isinstance(row, Citation):
                self.citations[key_of(row)] = saved.pk


def load_world(world: World) -> None:
    """Write a world into an empty database, a command a table."""
    ids = Ids()
    ids.write(world.sources)
    ids.write(world.affiliations)
    ids.write(world.documents)
    ids.write(world.claims)
    ids.write(world.relations)
    ids.write(world.statements)
    by_steps: dict[int, list[Citation]] = {}
    for one in world.citations:
        by_steps.setdefault(steps_to_origin(world, one), []).append(one)
    for steps in sorted(by_steps):
        ids.write(by_steps[steps])
    for one in world.claims:
        if one.topics:
            load_topics(one)
    if world.different:
        user = get_user_model().objects.create(username="who-tells-apart")
        kind = ContentType.objects.get_for_model(sources.Document)
        for pair in world.different:
            first, second = sorted(ids.of[sources.Document][slug] for slug in pair)
            claims.Different.objects.create(
                target_type=kind, first_id=first, second_id=second, user=user
            )


def load_topics(claim: Claim) -> None:
    topics = [
        claims.Topic.objects.get_or_create(slug=slug, defaults={"name": slug})[0]
        for slug in claim.topics
    ]
    claims.Claim.objects.get(slug=claim.slug).topics.set(topics)


def apply_changes(changes: tuple[Put | Remove, ...]) -> None:
    """Write what one entry of a history says; the caller decides on the transaction."""
    for change in changes:
        row, model = change.row, MODELS[type(change.row)]
        columns = Ids.in_the_database().columns_of(row)
        key = [f"{name}_id" if name in REFERENCES else name for name in KEYS[type(row)]]
        stored = model.objects.filter(**{name: columns[name] for name in key})
        if isinstance(change, Remove):
            stored.delete()
        elif not stored.update(**columns):
            model.objects.create(**columns)
        if isinstance(change, Put) and isinstance(row, Claim):
            load_topics(row)


def stored_world() -> World:
    """Return the world that the database holds, in the order of the keys."""
    world = World()
    for kind, model in MODELS.items():
        rows = model.objects.select_related()
        if kind is Citation:
            rows = claims.Citation.objects.select_related("statement", "document", "via__document")
        found = [kind(**values_of(row, kind)) for row in rows]
        for row in sorted(found, key=key_of):
            world = world.put(row)
    slugs = dict(sources.Document.objects.values_list("pk", "slug"))
    pairs = claims.Different.objects.of(sources.Document).values_list("first_id", "second_id")
    return replace(world, different=in_order(tuple(slugs[pk] for pk in pair) for pair in pairs))


def in_order(pairs) -> tuple:
    return tuple(sorted(tuple(sorted(pair)) for pair in pairs))


def values_of(row, kind) -> dict:
    values = {}
    for name in kind.__dataclass_fields__:
        value = getattr(row, name) if name != "topics" else None
        if name == "topics":
            value = tuple(sorted(topic.slug for topic in row.topics.all()))
        elif name == "via":
            value = value.document.slug if value else None
        elif name in REFERENCES:
            value = value.slug if value else None
        values[name] = value
    return values
