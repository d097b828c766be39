"""What follows from a world, written from section 3 of the design alone: slow, and obvious.

It is held against the SQL by a property test. The dicts are those of section 6 without
``sentence``. Where the text left a choice, this is the reading taken:

Dates and order
- A blank date is None, and so are its ``x_from`` and ``x_to``.
- ``2020/..`` is undated in order, clocks, overlap and ``since``, yet ``x_from`` is shown.
- ``../2020`` is dated: it ends in 2020, and reaches back for ever where ranges are compared.
- Statements of several sources (timeline, ``latest``) are ordered as those of one are.
- A flip needs two asserts/denies that are consecutive among the dated ones: a withdrawal or an
  undated act between them does not hide it.
- A flip "without direction" still has ``from`` and ``to``, in the order above; ``order_uncertain``
  says that this order means nothing. In the timeline the second of the two has ``flip``.
- Overlapping statements with an equal last day and different ``order`` are certain, for a
  withdrawal as for an opposite statement, wherever it stands: before or after the deciding one.

Clocks
- A citation whose document has no latest possible day never counts under ``public_by``; a
  statement without a citation drops out under it.
- Under ``public_by`` the citations printed are those that count; ``via`` still names a public
  document that was published later, or at an unknown time.
- ``public`` in the timeline is a day: the first ``public_by`` under which the statement is there.
- ``recorded_by`` chooses the world (``History.as_of``); here it is only printed.

Positions
- ``positions``: asserts, denies, conflicting; each by source slug; direct and derived together.
- ``others``: the sources with statements within the clocks and no *direct* position; what is
  derived for them does not hide their statements. The last of these statements speaks.
- ``later``: the statements after the deciding one; they change no position, or would be it.
- ``statement`` is a slug everywhere but in ``positions`` and ``flips``.
- All keys are always there: without ``derived``, ``tally.derived`` is zeros and ``inconsistent``
  null; without ``roll_up``, ``bodies`` is empty and ``contested_between_bodies`` false.
- ``contested``, ``documents``, ``origins``, flips, agreement and matrix are of direct positions.
- Citations are printed from the ends of the chains down: by number of steps to the end, then slug.
- Two documents are the same one where ``page_of`` their addresses is one, or where publisher and
  ``words_of`` their texts are. ``origins`` is counted as if such documents, among those that the
  counting citations came through, were merged: within one statement what is taken from another is
  no origin in any of its records. Ends that are one document, over a third too, are one origin.

Derived positions
- A proof is a chain of 1 to 4 relations from a held position. It may pass only through claims on
  which the source has no statement of its own (all but silent and undeclared): there it holds
  nothing derived.
- A relation between two moods, or that negates a characterisation by another kind, gives no proof.
- A proof never comes twice to the same stance on the same claim; to the other stance it may.
- ``because`` has one item a relation, from the derived claim down: the relation, and the claim and
  stance that it leads down to. Only the last item of a proof has a ``statement``.
- Among proofs of one length: claims from the derived one down, statement, then kinds of relation.
- Any disagreement within depth 4 is ``conflicting``, also of a longer proof with a shorter one.
  Shown is the best proof of each pair of (stance, statement), best first, one after the other.
- A derived position takes since, said, order_uncertain and statement from the position at the end
  of its proof. A conflicting one has none of them: None, ``order_uncertain`` if that of any proof.
- ``inconsistent`` is of any direct position, also of a denial of responsibility or framing.

Roll-up
- The derived positions do not enter bodies.
- "Affiliations without dates" have neither since nor until.
- An affiliation from ``2020/..`` has certainly not begun in 2019: open is not undated here.
- A path never comes twice to one source. A source whose links upwards all lead back is a top.
- Several paths to one top: the shortest, then by slugs. Bodies and members by slug.
- ``contested_between_bodies``: a member of one body asserts, one of *another* denies; one source
  that speaks for two bodies stands in both.

Lists
- Under ``derived``, a source's positions also have derived, inconsistent and because.
- Agreement lists only those who share at least one claim; then by slug.
- A flip shows of each statement slug, stance and said; flips by claim, source, order of ``to``.
- The matrix has all published claims of the topic; sources that hold a position on one of them.
- A claim's first_said and last_said: the least first day and greatest last day that are known.
"""

from dataclasses import dataclass, replace
from datetime import date

from tests.oracle.world import (
    PUBLISHED,
    Affiliation,
    Citation,
    Claim,
    Document,
    Relation,
    Source,
    Statement,
    World,
    days_of,
    first_day,
    last_day,
)

ASSERTS, DENIES, WITHDRAWS = "asserts", "denies", "withdraws"
CONFLICTING = "conflicting"
OPPOSITE = {ASSERTS: DENIES, DENIES: ASSERTS}
STANCES_IN_PRINT = [ASSERTS, DENIES, CONFLICTING]
DEPTH = 4


# What is public


def public_part(world: World) -> World:
    """Return only what anyone may read; ``via`` is None where it leads to what is not public."""
    sources = {source.slug for source in world.sources if source.review_state == PUBLISHED}
    documents = {one.slug for one in world.documents if one.review_state == PUBLISHED}
    claims = {claim.slug for claim in world.claims if claim.review_state == PUBLISHED}
    statements = {
        statement.slug
        for statement in world.statements
        if statement.review_state == PUBLISHED
        and statement.source in sources
        and statement.claim in claims
    }
    citations = [
        citation
        for citation in world.citations
        if citation.statement in statements and citation.document in documents
    ]
    cited = {(citation.statement, citation.document) for citation in citations}
    return World(
        sources=tuple(one for one in world.sources if one.slug in sources),
        affiliations=tuple(
            one for one in world.affiliations if one.member in sources and one.body in sources
        ),
        documents=tuple(one for one in world.documents if one.slug in documents),
        claims=tuple(one for one in world.claims if one.slug in claims),
        relations=tuple(
            one for one in world.relations if one.from_claim in claims and one.to_claim in claims
        ),
        statements=tuple(one for one in world.statements if one.slug in statements),
        citations=tuple(
            one if (one.statement, one.via) in cited else replace(one, via=None)
            for one in citations
        ),
        different=world.different,
    )


def is_public(rows: tuple[Source, ...] | tuple[Claim, ...], slug: str) -> bool:
    return any(row.slug == slug for row in rows)


def source_named(public: World, slug: str) -> Source:
    return next(source for source in public.sources if source.slug == slug)


# The clocks


def statements_within(
    public: World, said_by: date | None, public_by: date | None
) -> list[Statement]:
    """Return the public statements that the clocks leave, each source's in order."""
    left = []
    for statement in public.statements:
        if said_by is not None and not is_by(statement.said, said_by):
            continue
        if public_by is not None and not citations_of(public, statement.slug, public_by):
            continue
        left.append(statement)
    return sorted(left, key=order_of)


def is_by(edtf: str, day: date) -> bool:
    last = last_day(edtf)
    return last is not None and last <= day


def order_of(statement: Statement) -> tuple:
    last = last_day(statement.said)
    if last is None:
        return (0, date.min, statement.order, statement.slug)
    return (1, last, statement.order, statement.slug)


def citations_of(public: World, statement: str, public_by: date | None) -> list[Citation]:
    """Return the citations of a statement that count, the ends of the chains first."""
    published = {document.slug: document.published for document in public.documents}
    counting = [
        citation
        for citation in public.citations
        if citation.statement == statement
        and (public_by is None or is_by(published[citation.document], public_by))
    ]
    return sorted(counting, key=lambda one: (len(chain_of(public, one)), one.document))


# Independence


def chain_of(public: World, citation: Citation) -> list[str]:
    """Return the documents from a citation's own to the one that it was first taken from."""
    documents = [citation.document]
    while citation.via is not None and citation.via not in documents:
        citation = next(
            one
            for one in public.citations
            if one.statement == citation.statement and one.document == citation.via
        )
        documents.append(citation.document)
    return documents


def documents_and_origins(
    public: World, statements: list[str], public_by: date | None
) -> tuple[set[str], set[str]]:
    chains = {
        statement: [
            chain_of(public, citation) for citation in citations_of(public, statement, public_by)
        ]
        for statement in statements
    }
    documents = {chain[0] for found in chains.values() for chain in found}
    seen = {slug for found in chains.values() for chain in found for slug in chain}
    record = [one for one in public.documents if one.slug in seen]
    name = {one.slug: one.slug for one in record}
    # Rename until nothing changes: slow, and obvious.
    for _ in record:
        for one in record:
            for other in record:
                if are_the_same(public, one, other):
                    name[one.slug] = name[other.slug] = min(name[one.slug], name[other.slug])
    origins = set()
    for found in chains.values():
        steps = {
            (name[slug], name[origin])
            for chain in found
            for slug, origin in zip(chain, chain[1:], strict=False)
        }
        for chain in found:
            ahead = {name[chain[-1]]}
            for _ in record:
                ahead |= {origin for slug, origin in steps if slug in ahead}
            ends = {one for one in ahead if all(origin == one for by, origin in steps if by == one)}
            # Where documents go round in a circle, all of them are one.
            origins |= ends or {min(ahead)}
    return documents, origins


def are_the_same(world: World, one: Document, other: Document) -> bool:
    if {one.slug, other.slug} in [set(pair) for pair in world.different]:
        return False
    same_page = "" not in (one.url, other.url) and page_of(one.url) == page_of(other.url)
    same_text = (
        one.publisher is not None
        and one.publisher == other.publisher
        and len(words_of(one.text)) >= 200
        and words_of(one.text) == words_of(other.text)
    )
    return same_page or same_text


def page_of(url: str) -> str:
    """Return the page of an address, as far as the tests go."""
    rest = url.split("://", 1)[1].split("#")[0].split("?utm_source=")[0]
    return rest.removeprefix("www.").removeprefix("m.").rstrip("/")


def words_of(text: str) -> str:
    return " ".join(text.split()).lower()


# Held positions


@dataclass(frozen=True)
class Held:
    """The position of a source on a claim, and the statements of the source that make it."""

    run: list[Statement]
    order_uncertain: bool
    later: list[Statement]

    @property
    def deciding(self) -> Statement:
        return self.run[-1]

    @property
    def stance(self) -> str:
        return self.deciding.stance

    @property
    def since(self) -> str:
        dated = [one.said for one in self.run if last_day(one.said) is not None]
        return dated[0] if dated else ""

    @property
    def carries(self) -> bool:
        """Return whether anything is derived from it."""
        return self.stance == ASSERTS or self.deciding.denies_what in ("", "fact", "proposal")


def held_position(statements: list[Statement]) -> Held | None:
    """Return what the statements of one source on one claim, in order, amount to."""
    run: list[Statement] = []
    for statement in statements:
        if statement.stance == WITHDRAWS:
            run = []
        elif statement.stance in OPPOSITE:
            if run and run[-1].stance != statement.stance:
                run = []
            run = [*run, statement]
    if not run:
        return None
    deciding = run[-1]
    return Held(
        run=run,
        order_uncertain=any(
            overlap(one, deciding) and not order_decides(one, deciding)
            for one in statements
            if one.stance in (OPPOSITE[deciding.stance], WITHDRAWS)
        ),
        later=statements[statements.index(deciding) + 1 :],
    )


def overlap(one: Statement, other: Statement) -> bool:
    """Return whether two statements may have been made on one day."""
    first, last = days_of(one.said)
    other_first, other_last = days_of(other.said)
    if last is None or other_last is None:
        return True
    return (first or date.min) <= other_last and (other_first or date.min) <= last


def order_decides(one: Statement, other: Statement) -> bool:
    last, other_last = last_day(one.said), last_day(other.said)
    return last is not None and last == other_last and one.order != other.order


def held_positions(statements: list[Statement]) -> dict[tuple[str, str], Held]:
    """Return each position that is held, by (source, claim)."""
    held = {}
    for source, claim in sorted({(one.source, one.claim) for one in statements}):
        position = held_position(
            [one for one in statements if one.source == source and one.claim == claim]
        )
        if position is not None:
            held[source, claim] = position
    return held


# Derived positions


@dataclass(frozen=True)
class Proof:
    """A chain of relations from a position that is held to what follows from it."""

    held: Held
    # From the held position to the derived one: (claim, stance), and the relation to each next.
    nodes: tuple[tuple[str, str], ...]
    relations: tuple[str, ...]

    @property
    def claim(self) -> str:
        return self.nodes[-1][0]

    @property
    def stance(self) -> str:
        return self.nodes[-1][1]

    @property
    def rank(self) -> tuple:
        """Return what sorts the best proof first."""
        down = [claim for claim, _ in reversed(self.nodes)]
        return (len(self.relations), down, self.held.deciding.slug, self.relations[::-1])

    def as_items(self) -> list[dict]:
        items = [
            {"relation": relation, "claim": claim, "stance": stance, "statement": None}
            for (claim, stance), relation in zip(self.nodes, self.relations, strict=False)
        ]
        items[0]["statement"] = self.held.deciding.slug
        return items[::-1]


def what_follows(relation: Relation) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    """Return what a relation derives from what: pairs of (claim, stance)."""
    a, b = relation.from_claim, relation.to_claim
    if relation.kind == "implies":
        return [((a, ASSERTS), (b, ASSERTS)), ((b, DENIES), (a, DENIES))]
    follows = [((a, ASSERTS), (b, DENIES)), ((b, ASSERTS), (a, DENIES))]
    if relation.kind == "negates":
        follows += [((a, DENIES), (b, ASSERTS)), ((b, DENIES), (a, ASSERTS))]
    return follows


def is_crossing(relation: Relation, kinds: dict[str, str]) -> bool:
    """Return whether a relation is between claims that say nothing of each other."""
    a, b = kinds[relation.from_claim], kinds[relation.to_claim]
    if a == b:
        return False
    if {a, b} <= {"fact", "event", "characterisation"}:
        return relation.kind == "negates" and "characterisation" in (a, b)
    return True


def claims_spoken_on(source: str, statements: list[Statement]) -> set[str]:
    """Return the claims on which a source has words of its own; no document finds those of it."""
    return {
        one.claim
        for one in statements
        if one.source == source and one.stance not in ("silent", "undeclared")
    }


def proofs_of(source: str, public: World, statements: list[Statement]) -> list[Proof]:
    """Return every proof of a source, also those that end where it has spoken itself."""
    kinds = {claim.slug: claim.kind for claim in public.claims}
    spoken_on = claims_spoken_on(source, statements)
    found = []
    unfinished = [
        Proof(held, ((claim, held.stance),), ())
        for (holder, claim), held in held_positions(statements).items()
        if holder == source and held.carries
    ]
    while unfinished:
        proof = unfinished.pop()
        if proof.relations:
            found.append(proof)
            if proof.claim in spoken_on or len(proof.relations) == DEPTH:
                continue
        for relation in public.relations:
            if is_crossing(relation, kinds):
                continue
            for from_node, to_node in what_follows(relation):
                if from_node == proof.nodes[-1] and to_node not in proof.nodes:
                    unfinished.append(
                        Proof(
                            proof.held,
                            (*proof.nodes, to_node),
                            (*proof.relations, relation.kind),
                        )
                    )
    # What comes back to the claim it started from proves nothing there.
    return [proof for proof in found if proof.claim != proof.nodes[0][0]]


def proofs_to_show(proofs: list[Proof]) -> list[Proof]:
    """Return the best proof where all agree, else the best of each stance and statement."""
    proofs = sorted(proofs, key=lambda proof: proof.rank)
    if len({proof.stance for proof in proofs}) == 1:
        return proofs[:1]
    best = {}
    for proof in proofs:
        best.setdefault((proof.stance, proof.held.deciding.slug), proof)
    return list(best.values())


def is_inconsistent(held: Held, proofs: list[Proof]) -> bool:
    """Return whether another position of the source derives the opposite of this one."""
    return any(
        proof.claim == held.deciding.claim and proof.stance == OPPOSITE[held.stance]
        for proof in proofs
    )


# What is printed


def with_days(name: str, edtf: str) -> dict:
    first, last = days_of(edtf)
    return {name: edtf or None, f"{name}_from": iso(first), f"{name}_to": iso(last)}


def iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def printed_statement(public: World, statement: Statement, public_by: date | None) -> dict:
    return {
        "slug": statement.slug,
        "note": statement.note,
        "citations": [
            {
                "document": citation.document,
                "via": citation.via,
                "manner": citation.manner,
                "quote": citation.quote,
            }
            for citation in citations_of(public, statement.slug, public_by)
        ],
    }


def direct_entry(
    public: World, held: Held, proofs: list[Proof] | None, public_by: date | None
) -> dict:
    return {
        "source": held.deciding.source,
        "kind": source_named(public, held.deciding.source).kind,
        "stance": held.stance,
        **with_days("since", held.since),
        **with_days("said", held.deciding.said),
        "order_uncertain": held.order_uncertain,
        "derived": False,
        "inconsistent": None if proofs is None else is_inconsistent(held, proofs),
        "because": [],
        "later": [
            {"stance": one.stance, **with_days("said", one.said), "statement": one.slug}
            for one in held.later
        ],
        "statement": printed_statement(public, held.deciding, public_by),
    }


def derived_entry(public: World, source: str, proofs: list[Proof], public_by: date | None) -> dict:
    shown = proofs_to_show(proofs)
    conflicting = len({proof.stance for proof in shown}) > 1
    held = shown[0].held
    return {
        "source": source,
        "kind": source_named(public, source).kind,
        "stance": CONFLICTING if conflicting else shown[0].stance,
        **with_days("since", "" if conflicting else held.since),
        **with_days("said", "" if conflicting else held.deciding.said),
        "order_uncertain": any(proof.held.order_uncertain for proof in shown),
        "derived": True,
        "inconsistent": False,
        "because": [item for proof in shown for item in proof.as_items()],
        "later": [],
        "statement": (None if conflicting else printed_statement(public, held.deciding, public_by)),
    }


def entries(
    public: World, statements: list[Statement], public_by: date | None, derived: bool
) -> list[tuple[str, dict]]:
    """Return every position in a world as (claim, what is printed of it)."""
    found = []
    held = held_positions(statements)
    for source in sorted({one.source for one in statements}):
        proofs = proofs_of(source, public, statements) if derived else None
        found += [
            (claim, direct_entry(public, position, proofs, public_by))
            for (holder, claim), position in held.items()
            if holder == source
        ]
        spoken_on = claims_spoken_on(source, statements)
        for claim in sorted({proof.claim for proof in proofs or []} - spoken_on):
            of_claim = [proof for proof in proofs or [] if proof.claim == claim]
            found.append((claim, derived_entry(public, source, of_claim, public_by)))
    return found


def how_many(positions: list[dict], stance: str) -> int:
    return sum(1 for position in positions if position["stance"] == stance)


def claim_positions(
    world: World,
    slug: str,
    *,
    said_by: date | None = None,
    public_by: date | None = None,
    recorded_by: date | None = None,
    derived: bool = False,
    roll_up: bool = False,
) -> dict | None:
    """Return who holds what on a claim; None where the claim is not public."""
    public = public_part(world)
    if not is_public(public.claims, slug):
        return None
    statements = statements_within(public, said_by, public_by)
    positions = [
        entry for claim, entry in entries(public, statements, public_by, derived) if claim == slug
    ]
    positions.sort(key=lambda one: (STANCES_IN_PRINT.index(one["stance"]), one["source"]))
    direct = [one for one in positions if not one["derived"]]
    inferred = [one for one in positions if one["derived"]]
    documents, origins = documents_and_origins(
        public, [one["statement"]["slug"] for one in direct], public_by
    )
    here = [one for one in statements if one.claim == slug]
    bodies = bodies_of(public, here) if roll_up else []
    return {
        "claim": slug,
        "clocks": {
            "said_by": iso(said_by),
            "public_by": iso(public_by),
            "recorded_by": iso(recorded_by),
        },
        "contested": is_contested(direct),
        "tally": {
            "asserts": how_many(direct, ASSERTS),
            "denies": how_many(direct, DENIES),
            "derived": {
                "asserts": how_many(inferred, ASSERTS),
                "denies": how_many(inferred, DENIES),
            },
            "documents": len(documents),
            "origins": len(origins),
        },
        "positions": positions,
        "others": others_of(here, {one["source"] for one in direct}),
        "bodies": bodies,
        "contested_between_bodies": is_contested_between(bodies),
    }


def is_contested(direct: list[dict]) -> bool:
    return any(
        one["stance"] == ASSERTS and other["stance"] == DENIES and one["source"] != other["source"]
        for one in direct
        for other in direct
    )


def others_of(statements: list[Statement], holders: set[str]) -> list[dict]:
    """Return the last statement of each source that spoke on a claim and holds nothing."""
    others = []
    for source in sorted({one.source for one in statements} - holders):
        last = [one for one in statements if one.source == source][-1]
        others.append(
            {
                "source": source,
                "stance": last.stance,
                **with_days("said", last.said),
                "statement": last.slug,
            }
        )
    return others


# Roll-up


def bodies_of(public: World, statements: list[Statement]) -> list[dict]:
    """Return the bodies for which the sources that spoke on one claim spoke."""
    official = [one for one in statements if not one.personal_capacity]
    members: dict[str, list[tuple[Held, list[str]]]] = {}
    for held in held_positions(official).values():
        for body, path in tops_of(public, held.deciding).items():
            members.setdefault(body, []).append((held, path))
    return [
        {
            "body": body,
            "asserts": sum(1 for held, _ in members[body] if held.stance == ASSERTS),
            "denies": sum(1 for held, _ in members[body] if held.stance == DENIES),
            "split": len({held.stance for held, _ in members[body]}) > 1,
            "latest": max((held.deciding for held, _ in members[body]), key=order_of).source,
            "members": [
                {
                    "source": held.deciding.source,
                    "stance": held.stance,
                    **with_days("said", held.deciding.said),
                    "path": path,
                    "statement": held.deciding.slug,
                }
                for held, path in sorted(members[body], key=lambda one: one[0].deciding.source)
            ],
        }
        for body in sorted(members)
    ]


def tops_of(public: World, statement: Statement) -> dict[str, list[str]]:
    """Return the top bodies a source spoke for in a statement, each with the path to it."""
    paths = []
    unfinished = [[statement.source]]
    while unfinished:
        path = unfinished.pop()
        above = {
            one.body
            for one in public.affiliations
            if one.member == path[-1]
            and one.speaks_for
            and holds_on(one, statement)
            and one.body not in path
        }
        if above:
            unfinished += [[*path, body] for body in above]
        else:
            paths.append(path)
    best: dict[str, list[str]] = {}
    for path in sorted(paths, key=lambda path: (len(path), path)):
        best.setdefault(path[-1], path)
    return best


def holds_on(affiliation: Affiliation, statement: Statement) -> bool:
    """Return whether an affiliation holds on the day of a statement, as far as can be known."""
    first, last = days_of(statement.said)
    if last is None:
        return affiliation.since == "" and affiliation.until == ""
    begins = first_day(affiliation.since)
    ends = last_day(affiliation.until)
    certainly_not_begun = begins is not None and last < begins
    certainly_ended = ends is not None and first is not None and ends < first
    return not certainly_not_begun and not certainly_ended


def is_contested_between(bodies: list[dict]) -> bool:
    return any(
        one["asserts"] > 0 and other["denies"] > 0 and one["body"] != other["body"]
        for one in bodies
        for other in bodies
    )


# Over time


@dataclass(frozen=True)
class Flip:
    before: Statement
    after: Statement
    order_uncertain: bool


def flips_of(statements: list[Statement]) -> list[Flip]:
    """Return where a source went from one stance to the opposite, by claim, source and order."""
    found = []
    for claim, source in sorted({(one.claim, one.source) for one in statements}):
        dated = [
            one
            for one in statements
            if one.claim == claim
            and one.source == source
            and one.stance in OPPOSITE
            and last_day(one.said) is not None
        ]
        for before, after in zip(dated, dated[1:], strict=False):
            if before.stance != after.stance:
                uncertain = overlap(before, after) and not order_decides(before, after)
                found.append(Flip(before, after, uncertain))
    return found


def flips(
    world: World,
    *,
    claim: str | None = None,
    source: str | None = None,
    said_by: date | None = None,
    public_by: date | None = None,
) -> list[dict]:
    """Return the flips of all, or of one claim or source."""
    statements = statements_within(public_part(world), said_by, public_by)
    return [
        {
            "source": flip.after.source,
            "claim": flip.after.claim,
            "from": brief(flip.before),
            "to": brief(flip.after),
            "order_uncertain": flip.order_uncertain,
        }
        for flip in flips_of(statements)
        if claim in (None, flip.after.claim) and source in (None, flip.after.source)
    ]


def brief(statement: Statement) -> dict:
    return {
        "slug": statement.slug,
        "stance": statement.stance,
        **with_days("said", statement.said),
    }


def claim_timeline(
    world: World, slug: str, *, said_by: date | None = None, public_by: date | None = None
) -> dict | None:
    """Return every statement on a claim in order; None where the claim is not public."""
    public = public_part(world)
    if not is_public(public.claims, slug):
        return None
    statements = [one for one in statements_within(public, said_by, public_by) if one.claim == slug]
    turned = {flip.after.slug for flip in flips_of(statements)}
    return {
        "claim": slug,
        "events": [
            {
                "source": one.source,
                "stance": one.stance,
                **with_days("said", one.said),
                "public": iso(first_public_day(public, one)),
                "statement": one.slug,
                "flip": one.slug in turned,
            }
            for one in statements
        ],
    }


def first_public_day(public: World, statement: Statement) -> date | None:
    published = {document.slug: last_day(document.published) for document in public.documents}
    days = [published[one.document] for one in citations_of(public, statement.slug, None)]
    return min((day for day in days if day is not None), default=None)


# Lists


def source_positions(
    world: World,
    slug: str,
    *,
    said_by: date | None = None,
    public_by: date | None = None,
    derived: bool = False,
) -> list[dict] | None:
    """Return what a source holds, by claim; None where the source is not public."""
    public = public_part(world)
    if not is_public(public.sources, slug):
        return None
    statements = statements_within(public, said_by, public_by)
    rows = []
    for claim, entry in sorted(
        (
            (claim, entry)
            for claim, entry in entries(public, statements, public_by, derived)
            if entry["source"] == slug
        ),
        key=lambda one: one[0],
    ):
        names = ["since", "since_from", "since_to", "said", "said_from", "said_to"]
        row = {"claim": claim, "stance": entry["stance"]}
        row |= {name: entry[name] for name in [*names, "order_uncertain"]}
        row["statement"] = entry["statement"]["slug"] if entry["statement"] else None
        if derived:
            row |= {name: entry[name] for name in ["derived", "inconsistent", "because"]}
        rows.append(row)
    return rows


def agreement(
    world: World,
    slug: str,
    *,
    other: str | None = None,
    said_by: date | None = None,
    public_by: date | None = None,
) -> list[dict] | None:
    """Return with whom a source agrees and differs, those with most claims in common first."""
    public = public_part(world)
    if not is_public(public.sources, slug):
        return None
    held = held_positions(statements_within(public, said_by, public_by))
    rows = []
    for source in public.sources:
        if source.slug == slug or other not in (None, source.slug):
            continue
        shared = [
            claim for holder, claim in held if holder == slug and (source.slug, claim) in held
        ]
        agree = [
            claim for claim in shared if held[slug, claim].stance == held[source.slug, claim].stance
        ]
        if shared:
            rows.append(
                {
                    "source": source.slug,
                    "agree": len(agree),
                    "differ": len(shared) - len(agree),
                    "shared": len(shared),
                }
            )
    return sorted(rows, key=lambda row: (-row["shared"], row["source"]))


def matrix(
    world: World,
    topic: str | None = None,
    *,
    said_by: date | None = None,
    public_by: date | None = None,
) -> dict:
    """Return who holds what over the claims of a topic, or over all: a row a source."""
    public = public_part(world)
    held = held_positions(statements_within(public, said_by, public_by))
    claims = sorted(one.slug for one in public.claims if topic is None or topic in one.topics)
    sources = sorted({source for source, claim in held if claim in claims})
    return {
        "topic": topic,
        "claims": claims,
        "sources": sources,
        "cells": [
            [held[source, claim].stance if (source, claim) in held else None for claim in claims]
            for source in sources
        ],
    }


def claim_in_list(
    world: World, slug: str, *, said_by: date | None = None, public_by: date | None = None
) -> dict | None:
    """Return the line of a claim in a list, without its address; None where it is not public."""
    public = public_part(world)
    positions = claim_positions(world, slug, said_by=said_by, public_by=public_by)
    if positions is None:
        return None
    claim = next(one for one in public.claims if one.slug == slug)
    here = [one for one in statements_within(public, said_by, public_by) if one.claim == slug]
    firsts = [day for day in (first_day(one.said) for one in here) if day is not None]
    lasts = [day for day in (last_day(one.said) for one in here) if day is not None]
    return {
        "slug": slug,
        "kind": claim.kind,
        "text": claim.text,
        "topics": sorted(claim.topics),
        "contested": positions["contested"],
        "tally": {stance: positions["tally"][stance] for stance in (ASSERTS, DENIES)},
        "statements": len(here),
        "first_said": iso(min(firsts, default=None)),
        "last_said": iso(max(lasts, default=None)),
    }
