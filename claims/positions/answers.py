"""The answers, as the API gives them: who holds what of a claim, and what a source holds."""

from datetime import date
from typing import Any

from claims.positions import derivation, lists, rollup, sentences
from claims.positions.acts import Acts, Row, acts_by_slug, acts_of_page, acts_on_claim
from claims.positions.clocks import Clocks, World
from claims.positions.independence import independence

SAID = ("said", "said_from", "said_to")
SINCE = ("since", "since_from", "since_to")
STATEMENT = ("slug", "note", "occasion", "personal_capacity", "denies_what", "citations")
# Whether a position is inconsistent is known only where derivation was asked for.
NOT_DERIVED: Row = {"derived": False, "inconsistent": None, "because": []}
ORDER = ("asserts", "denies", "conflicting")


def claim_positions(
    slug: str, clocks: Clocks, *, derived: bool = False, roll_up: bool = False
) -> Row | None:
    """Return who holds what of a claim, and why; None where there was no such public claim.

    ``derived`` adds what follows from positions on other claims, ``roll_up`` the bodies that
    sources spoke for. Every figure is counted over the lists that it stands beside.
    """
    acts = acts_on_claim(slug, clocks)
    if acts is None:
        return None
    positions, others = _direct(acts)
    if derived:
        positions += _derived(slug, clocks, positions, acts)
        positions.sort(key=lambda one: (ORDER.index(one["stance"]), one["source"]))
    direct = [one for one in positions if not one["derived"]]
    evidence = independence(
        (one["statement"]["citations"] for one in direct), acts.keyed, acts.different
    )
    bodies = rollup.bodies_on_claim(slug, clocks) if roll_up else []
    return {
        "claim": slug,
        "clocks": clocks.as_json(),
        # A source holds one position, so that two stances are two sources.
        "contested": len({one["stance"] for one in direct}) == 2,
        "tally": {
            **_tally(direct),
            "derived": _tally([one for one in positions if one["derived"]]),
            "documents": evidence.documents,
            "origins": evidence.origins,
        },
        "positions": positions,
        "others": others,
        "bodies": bodies,
        "contested_between_bodies": rollup.contested_between(bodies),
        **({"same_documents": evidence.same} if evidence.same else {}),
    }


def _tally(positions: list[Row]) -> dict[str, int]:
    stances = [one["stance"] for one in positions]
    return {stance: stances.count(stance) for stance in ("asserts", "denies")}


def _direct(acts: Acts) -> tuple[list[Row], list[Row]]:
    """Return the positions that sources took by their own statements, and the other sources."""
    positions: list[Row] = []
    others: list[Row] = []
    for row in acts.statements:
        if row["decides"]:
            positions.append(_position(row, row["held"], acts))
        elif row["held"]:
            # What a source said later follows the statement that decides.
            positions[-1]["later"].append(_brief(row, acts))
        else:
            others.append({"source": row["source"], **_named(row, acts), **_brief(row, acts)})
    positions.sort(key=lambda one: (ORDER.index(one["stance"]), one["source"]))
    return positions, others


def _position(row: Row, stance: str, acts: Acts) -> Row:
    return {
        "source": row["source"],
        **_named(row, acts),
        "stance": stance,
        **{name: row[name] for name in (*SINCE, *SAID)},
        "order_uncertain": row["order_uncertain"],
        **NOT_DERIVED,
        "later": [],
        "statement": {name: row[name] for name in STATEMENT},
        "sentence": sentence_of(row, acts),
    }


def _derived(slug: str, clocks: Clocks, direct: list[Row], acts: Acts) -> list[Row]:
    """Return the positions that follow; flag the direct ones that a source contradicts itself."""
    world = World(clocks)
    around = derivation.Derivation(derivation.relations_around([slug], world))
    claims = around.around(slug)
    held = {row["source"]: row for row in direct}
    for row in direct:
        row["inconsistent"] = False
    proofs_of: dict[str, list[derivation.Proof]] = {}
    bases: dict[str, derivation.Held] = {}
    for source, holding in derivation.holdings(claims, world).items():
        proofs = around.proofs(slug, holding)
        if source in held:
            stances = {proof.nodes[0].stance for proof in proofs}
            held[source]["inconsistent"] = bool(stances - {held[source]["stance"]})
        elif proofs and slug not in holding.spoken_on:
            proofs_of[source] = proofs
            bases |= {base.statement: base for base in holding.carries.values()}
    used = {proof.statement for proofs in proofs_of.values() for proof in proofs}
    told = acts_by_slug(sorted(used), clocks)
    rows = {row["slug"]: row for row in told.statements}
    return [
        _derived_position(acts.claims[slug], proofs, bases, rows, told)
        for _, proofs in sorted(proofs_of.items())
    ]


def _derived_position(
    claim: Row,
    proofs: list[derivation.Proof],
    bases: dict[str, derivation.Held],
    rows: dict[str, Row],
    told: Acts,
) -> Row:
    """Return what follows for one source: the dates and the statement are those it follows from."""
    stance, shown = derivation.shown(proofs)
    conflicting = stance == "conflicting"
    row = rows[shown[0].statement]
    base = bases[shown[0].statement]._asdict()
    return {
        "source": row["source"],
        **_named(row, told),
        "stance": stance,
        **{name: None if conflicting else _iso(base[name]) for name in SINCE},
        **{name: None if conflicting else row[name] for name in SAID},
        "order_uncertain": any(bases[proof.statement].order_uncertain for proof in shown),
        "derived": True,
        "inconsistent": False,
        "because": [item for proof in shown for item in proof.as_json()],
        "later": [],
        "statement": None if conflicting else {name: row[name] for name in STATEMENT},
        "sentence": sentences.follows(
            [proof.nodes[0].stance for proof in shown],
            claim=claim,
            source=told.sources[row["source"]],
            bases=[sentence_of(rows[proof.statement], told, quoted=True) for proof in shown],
        ),
    }


def _iso(value: date | str | None) -> str | None:
    return value.isoformat() if isinstance(value, date) else value


def _named(row: Row, acts: Acts) -> dict[str, str]:
    source = acts.sources[row["source"]]
    return {"name": source["name"], "kind": source["kind"]}


def _brief(row: Row, acts: Acts) -> Row:
    return {
        "stance": row["stance"],
        **{name: row[name] for name in SAID},
        "statement": row["slug"],
        "sentence": sentence_of(row, acts),
    }


def sentence_of(row: Row, acts: Acts, *, quoted: bool = False) -> str:
    """Return a statement of these acts as a sentence about “it”, or with the claim quoted."""
    return sentences.sentence(
        row,
        claim=acts.claims[row["claim"]],
        sources=acts.sources,
        documents=acts.documents,
        quoted=quoted,
    )


class SourcePositions:
    """What a source holds by its own statements: a page, with sentences, is one query."""

    def __init__(
        self, slug: str, clocks: Clocks, wanted: lists.Wanted = lists.EVERY, *, by: str = "claim"
    ):
        self.listing = lists.source_positions(slug, clocks, wanted, by=by)
        self.clocks, self.key = clocks, self.listing.key

    def keyed(
        self, *, after: list[Any] | None, descending: bool, limit: int
    ) -> list[tuple[Row, list[Any]]]:
        """Return the first rows beyond a key, each with its own key."""
        page, told = acts_of_page(
            *self.listing.asked(after=after, descending=descending, limit=limit), self.clocks
        )
        sentence = {row["slug"]: sentence_of(row, told, quoted=True) for row in told.statements}
        return [
            (
                NOT_DERIVED
                | {name: row[name] for name in row if name not in self.listing.unseen}
                | {"sentence": sentence[row["statement"]]},
                key,
            )
            for row, key in page
        ]


def source_positions_derived(slug: str, clocks: Clocks) -> list[Row]:
    """Return what a source holds and what follows from it, by claim."""
    direct = lists.source_positions(slug, clocks).page(limit=None)
    world = World(clocks)
    relations = derivation.relations_around({row["claim"] for row in direct}, world)
    around = derivation.Derivation(relations)
    claims = {row["claim"] for row in direct} | {
        end for relation in relations for end in relation[1:]
    }
    holding = derivation.holdings(claims, world, source=slug).get(slug)
    if holding is None:
        return []
    rows = {row["claim"]: row | NOT_DERIVED | {"inconsistent": False} for row in direct}
    said = {row["statement"]: row for row in direct}
    for claim in claims:
        proofs = around.proofs(claim, holding)
        if claim in rows:
            stances = {proof.nodes[0].stance for proof in proofs}
            rows[claim]["inconsistent"] = bool(stances - {rows[claim]["stance"]})
        elif proofs and claim not in holding.spoken_on:
            rows[claim] = _follows_for_source(claim, proofs, said)
    return [rows[claim] for claim in sorted(rows)]


def _follows_for_source(claim: str, proofs: list[derivation.Proof], said: dict[str, Row]) -> Row:
    stance, shown = derivation.shown(proofs)
    bases = [said[proof.statement] for proof in shown]
    one = stance != "conflicting"
    return {
        "claim": claim,
        "stance": stance,
        **{name: bases[0][name] if one else None for name in (*SINCE, *SAID)},
        "order_uncertain": any(base["order_uncertain"] for base in bases),
        "statement": bases[0]["statement"] if one else None,
        "derived": True,
        "inconsistent": False,
        "because": [item for proof in shown for item in proof.as_json()],
        # For its sentence: the stance that follows from each statement.
        "follows": [(proof.nodes[0].stance, proof.statement) for proof in shown],
    }


def with_sentences(rows: list[Row], clocks: Clocks) -> list[Row]:
    """Return positions of sources, each with a sentence that quotes the claim."""
    slugs = {slug for row in rows for _, slug in row.get("follows", [("", row["statement"])])}
    told = acts_by_slug(sorted(slugs), clocks)
    said = {row["slug"]: row for row in told.statements}
    # A claim on which the source said nothing itself is not among those that it spoke of.
    derived_on = {row["claim"] for row in rows if "follows" in row} - told.claims.keys()
    claims = told.claims | (lists.claims_by_slug(sorted(derived_on), clocks) if derived_on else {})
    found = []
    for row in rows:
        if "follows" in row:
            bases = [said[slug] for _, slug in row["follows"]]
            sentence = sentences.follows(
                [stance for stance, _ in row["follows"]],
                claim=claims[row["claim"]],
                source=told.sources[bases[0]["source"]],
                bases=[sentence_of(base, told, quoted=True) for base in bases],
                quoted=True,
            )
        else:
            sentence = sentence_of(said[row["statement"]], told, quoted=True)
        shown = {name: value for name, value in row.items() if name != "follows"}
        found.append(NOT_DERIVED | shown | {"sentence": sentence})
    return found
