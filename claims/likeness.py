"""Which claims and sources are alike: so that the same one is not recorded twice.

Case, accents and punctuation do not count. In claims the order of words does, where it tells who
does it to whom. For names neither order nor alphabet counts: letters that look the same are the
same, and other scripts are also read in Latin letters.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from enum import StrEnum
from functools import cache, lru_cache
from typing import NamedTuple

from anyascii import anyascii
from django.db import connection
from django.db.models import Count, QuerySet, Sum
from rapidfuzz import fuzz, process

from claims.models import Claim, ClaimKind, Different
from claims.models.choices import MOODS
from claims.reading import quote_key
from claimtracker.marks import normalized
from sources.models import NEARLY_EQUAL, Document, Source

# From 0 to 100. From the first two on a claim or a source is offered, from the third on it may be
# the same one.
OFFERED = 65
OFFERED_NAME = 75
NEAR = 85
# Two words with as much in common are one word: inflected, or with a slip of the pen.
ONE_WORD = 70
# How many candidates are looked at closely.
WEIGHED = 60
# How many of the newest rows are held against all others when duplicates are looked for.
NEWEST = 50
# Two texts that differ in more words than this are not looked at word by word: that takes the
# square of them. Of a name or a text that is typed no more words are looked for.
MOST_UNLIKE = 30
MOST_WORDS = 60
# Of so many claims, and of no more text than this, a process keeps what it compares; the newest.
KEPT_CLAIMS = 50_000
KEPT_CHARACTERS = 6_000_000

# What denies, in each language that we read: the word, and what stands there where it does not.
# A word between two languages means the same in both. Negation within a verb is not seen.
NEGATIONS = {
    **dict.fromkeys(["not", "no", "never", "neither", "nor"], ""),
    **{"cannot": "can", "can't": "can", "won't": "will", "shan't": "shall"},
    **{"cant": "can", "wont": "will", "without": "with"},
    **{"nobody": "somebody", "nothing": "something", "nowhere": "somewhere"},
    **dict.fromkeys(["deyil", "deyildir", "yox", "heç"], ""),
    **dict.fromkeys(["değil", "değildir", "hiç", "asla"], ""),
    **{"yoxdur": "var", "yok": "var", "yoktur": "var"},
    **dict.fromkeys(["ոչ", "երբեք"], ""),
    **{"չէ": "է", "չի": "է", "չեն": "են", "չեմ": "եմ", "չես": "ես", "չենք": "ենք", "չեք": "եք"},
    **{"չէր": "էր", "չէին": "էին", "չկա": "կա", "չկան": "կան"},
    **dict.fromkeys(["не", "никогда", "ни"], ""),
    **{"нельзя": "можно", "нет": "есть", "без": "с"},
    **dict.fromkeys(["არ", "ვერ", "არა", "არც", "ვერც", "აღარ", "არასდროს"], ""),
    **{"არაა": "არის"},
}
# Words that come and go with a negation: "does not block", "there is a road", "there is no road".
BESIDE_NEGATIONS = {
    *("a", "an", "any", "the", "do", "does", "did", "longer", "anymore"),
    *("больше", "daha", "artıq", "artık"),
}
# Words that come and go with the form of a verb: "is blocking", "has not been blocking", "does not
# block", "is not blocked by". "was" and "had" are not among them: what was so then need not be now.
OF_A_VERB = {"is", "are", "am", "be", "been", "being", "has", "have", "by", "of"}
# The same in other words. What is denied, or has ceased, is said by the form in -ing after it.
_SAID_OTHERWISE = [
    (re.compile(pattern), words)
    for pattern, words in [
        (r"\bit(?: is|'s) (?:not true|untrue|false) that\b", "not"),
        (r"\b(?:den(?:y|ies|ied)|stop(?:s|ped)?|cease[sd]?) (?=\w+ing\b)", "not "),
        (r"\b(?:den(?:y|ies|ied)) that\b", "not"),
        (r"\b(?:fail(?:s|ed)?|yet|refused) to\b", "not"),
        (r"\brefuses? to\b", "will not"),
        (r"\b(?:no one|no people)\b", "nobody"),
        (r"\b(?:some|any)one\b|\banybody\b|\b(?:some )?people\b", "somebody"),
        (r"\bwere\b", "was"),
        (r"\banything\b", "something"),
        (r"\b(is|are|was|were|does|do|did|has|have|had|could|would|should)nt\b", r"\1 not"),
    ]
]
# What makes the opposite of a word of four letters or more, and of which words others do: it is
# not "informed" for "formed", nor "discover" for "cover".
OPPOSITES = ("un", "non", "il", "ir")
_OPPOSITES_OF = {
    "in": "accurate adequate capable complete correct dependent direct effective secure sufficient "
    "tolerable valid visible voluntary",
    "im": "moral partial permissible possible practical probable proper",
    "dis": "armed honest loyal proportionate satisfied",
}
NO_OPPOSITES = {"less"}
# Words of which one is the opposite of the other, without their endings ("clos" is of "closed").
_ANTONYMS = {
    frozenset((one, other))
    for one, others in {
        "open": "clos shut",
        "reopen": "clos shut",
        "reject": "support accept adopt approv endors back pass",
        "oppos": "support favour favor back",
        "lack": "has have had",
        "ban": "allow permit",
        "bann": "allow permit legal",
        "forbid": "allow permit",
        "forbidden": "allow permitt permit",
        "prohibit": "allow permit",
        "win": "lose",
        "won": "lost",
        "alive": "dead",
        "guilty": "innocent",
        "true": "false",
        "present": "absent",
        "increas": "decreas fall fell",
        "ris": "fall fell",
        "rose": "fell",
        "victory": "defeat",
        "keep": "lift",
    }.items()
    for other in others.split()
}
# What a demand or an intent has and a fact has not: "must lift", "will lift", "lifted".
MODALS = {"must", "shall", "should", "ought", "will", "would"}

# Between texts that are folded in one go; no text in the database has it.
NUL = "\0"
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_MARKS = re.compile("[\u0300-\u036f]+")
_ENDING = re.compile(r"(?<=[a-z]{4})(?:ing|ed|es|e|s)$")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


class Alike(NamedTuple):
    """A row that is like a text: how much, whether it may be the same, or says the opposite."""

    pk: int
    text: str
    score: float
    is_near: bool
    only_negation_differs: bool = False


class Wording(StrEnum):
    """What a new text of a claim is to the old one."""

    CLOSE = "close"
    OPPOSITE = "opposite"
    OTHER = "other"


class Duplicates(NamedTuple):
    """Two rows, the older first, that may be the same; or of which one says the opposite."""

    first: int
    second: int
    score: float
    only_negation_differs: bool = False


# Folding ------------------------------------------------------------------------------------------


def folded(text: str) -> str:
    """Return a text without case and accents."""
    decomposed = normalized("NFKD", text.casefold())
    # A dotted i of Turkish and Azerbaijani leaves its dot behind.
    return _MARKS.sub("", decomposed).replace("ı", "i").replace("ə", "e").replace("եւ", "եվ")


def looked_at(name: str) -> str:
    """Return a name in the Latin letters that its letters look like, whatever alphabet they are."""
    look_alikes = _look_alikes()
    return _NOT_ASCII.sub(lambda found: look_alikes.get(found[0], found[0]), folded(name))


def read_aloud(name: str) -> str:
    """Return a name in Latin letters by its sound, near enough to compare."""
    return anyascii(name).casefold().replace("'", "")


@cache
def _look_alikes() -> dict[str, str]:
    """Return, of letters that look like a small Latin one, which it is."""
    from confusable_homoglyphs import confusables

    found = {}
    for letter, others in confusables.confusables_data.items():
        if len(letter) != 1 or letter.isascii() or not letter.isalpha():
            continue
        latin = {each["c"].casefold() for each in others if each["c"].isascii()}
        latin = {each for each in latin if len(each) == 1 and each.isalpha()}
        if len(latin) == 1:
            found[letter.casefold()] = latin.pop()
    return found


def _each(fold: Callable[[str], str], texts: Sequence[str]) -> list[str]:
    """Return texts folded: in one go, as that is many times as fast."""
    return fold(NUL.join(texts)).split(NUL) if texts else []


# Claims -------------------------------------------------------------------------------------------


class Sentence:
    """The words of a claim, and whether it is put in the negative."""

    def __init__(self, text: str):
        self.words: Counter[str] = Counter()
        self.negative = False
        for word in _words(_in_other_words(quote_key(text).casefold())):
            if word in NEGATIONS:
                self.negative = not self.negative
                word = NEGATIONS[word]
            if word and word not in BESIDE_NEGATIONS:
                self.words[folded(word)] += 1


def _in_other_words(text: str) -> str:
    """Return a text in which what denies is one of NEGATIONS."""
    for pattern, words in _SAID_OTHERWISE:
        text = pattern.sub(words, text)
    return text


def _words(text: str) -> Iterable[str]:
    for word in _WORD.findall(text):
        if word.endswith("n't") and word not in NEGATIONS:
            yield from (word[:-3], "not")
        else:
            yield word


def _unlike(one: Counter[str], other: Counter[str]) -> tuple[list[str], list[str]]:
    """Return the words of each of two texts that the other has nothing like.

    Of texts that differ in very many words, all of those.
    """
    ours = sorted((one - other).elements())
    theirs = sorted((other - one).elements())
    if max(len(ours), len(theirs)) > MOST_UNLIKE:
        return ours, theirs
    for word in list(ours):
        if like := next((each for each in theirs if _one_word(word, each)), None):
            ours.remove(word)
            theirs.remove(like)
    return ours, theirs


def _take_opposites(one: Counter[str], other: Counter[str]) -> int:
    """Take the words out of two texts of which each is the opposite of one; return how many."""
    taken = 0
    for positive, negative in ((one, other), (other, one)):
        ours = sorted((positive - negative).elements())
        theirs = sorted((negative - positive).elements())
        if max(len(ours), len(theirs)) > MOST_UNLIKE:
            return taken
        for word in ours:
            found = next((each for each in theirs if _is_opposite(each, word)), None)
            if found:
                theirs.remove(found)
                positive[word] -= 1
                negative[found] -= 1
                taken += 1
    return taken


def _is_opposite(negative: str, word: str) -> bool:
    if frozenset((_ENDING.sub("", negative), _ENDING.sub("", word))) in _ANTONYMS:
        return True
    if word in NO_OPPOSITES or len(word) < 4 or not negative.endswith(word):
        return False
    prefix = negative.removesuffix(word)
    return prefix in OPPOSITES or word in _OPPOSITES_OF.get(prefix, "").split()


def _stems(words: list[str]) -> list[str]:
    """Return words without what the form of a verb makes of them: "blocked" and "blocking"."""
    return sorted(_ENDING.sub("", word) for word in words if word not in OF_A_VERB)


def _say_it_of_the_same(one: Counter[str], other: Counter[str]) -> bool:
    """Return whether two English texts of the same words have them in one order.

    Nothing but the order tells there who does it to whom. A part may stand elsewhere ("today"); a
    passive turns it round. Other languages have endings for it, and so other words.
    """
    if ("by" in one) != ("by" in other) or not all(map(str.isascii, [*one, *other])):
        return True
    words = [dict.fromkeys(_ENDING.sub("", word) for word in each) for each in (one, other)]
    shared = (words[0].keys() & words[1].keys()) - OF_A_VERB
    ours, theirs = ([word for word in each if word in shared] for each in words)
    # Both have the same words, each once: a part that stands elsewhere turns them round.
    first = next((n for n, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a != b), None)
    if first is None:
        return True
    last = len(ours)
    while ours[last - 1] == theirs[last - 1]:
        last -= 1
    ours, theirs = ours[first:last], theirs[first:last]
    turn = ours.index(theirs[0]) if theirs[0] in ours else 0
    return ours[turn:] + ours[:turn] == theirs


def _one_word(word: str, other: str) -> bool:
    numbered = any(character.isdigit() for character in word + other)
    return not numbered and fuzz.ratio(word, other) >= ONE_WORD


class _Compared(NamedTuple):
    """What two texts are to each other."""

    score: float
    is_near: bool
    is_opposite: bool


def _compared(text: str, other: str, *, keys: tuple[str, str] | None = None) -> _Compared:
    """Compare two texts of claims; ``keys`` are their sorted words, where they are known."""
    score = fuzz.ratio(*(keys or (_sorted_words(folded(text)), _sorted_words(folded(other)))))
    one, two = Sentence(text), Sentence(other)
    opposites = _take_opposites(one.words, two.words)
    same_sense = (one.negative == two.negative) == (opposites % 2 == 0)
    ours, theirs = _unlike(+one.words, +two.words)
    in_order = _say_it_of_the_same(one.words, two.words)
    same_words = in_order and _stems(ours) == _stems(theirs)
    # Other words in the place of ours are another claim; more or fewer words may not be. What
    # somebody must do, or will, is not what they did.
    of_one_mood = {*ours, *theirs}.isdisjoint(MODALS)
    near = same_sense and in_order and of_one_mood and not (ours and theirs)
    return _Compared(
        score,
        near and (score >= NEAR or same_words),
        not same_sense and same_words,
    )


def compare_wordings(before: str, after: str) -> Wording:
    """Return whether a new text of a claim says the same as the old one, the opposite, or else.

    Only a text that is close to the old one, in the same sense, says the same.
    """
    if folded(before).split() == folded(after).split():
        return Wording.CLOSE
    found = _compared(before, after)
    if found.is_near:
        return Wording.CLOSE
    return Wording.OPPOSITE if found.is_opposite else Wording.OTHER


class KnownClaims:
    """The claims there are, to hold texts against; those that are merged are left out.

    Of very many claims only the newest are known, so that memory stays small.
    """

    def __init__(self, rows: Sequence[tuple[int, str, str]] | None = None) -> None:
        rows = list(_newest_claims()) if rows is None else list(rows)
        self.rows = [(pk, text) for pk, text, _ in rows]
        self.kinds = {pk: kind for pk, _, kind in rows}
        self.keys = _each(folded, [text for _, text in self.rows])
        self.sorted_keys = [_sorted_words(key) for key in self.keys]

    @classmethod
    def of(cls, texts: Sequence[str]) -> "KnownClaims":
        """Return some texts to hold others against, each under its number."""
        return cls([(number, text, "") for number, text in enumerate(texts)])

    def alike(self, text: str, *, besides: Collection[int] = (), limit: int = 8) -> list[Alike]:
        """Return the claims that a text, or its beginning, may mean: the likest first."""
        key = folded(text)
        words = list(dict.fromkeys(key.split()))[:MOST_WORDS]
        if not words:
            return []
        found = {n for n, each in enumerate(self.keys) if all(word in each for word in words)}
        found = set(sorted(found, key=lambda n: len(self.keys[n]))[:WEIGHED])
        for scorer, query, choices in (
            (fuzz.token_set_ratio, key, self.keys),
            (fuzz.ratio, _sorted_words(key), self.sorted_keys),
        ):
            likest = process.extract(
                query, choices, scorer=scorer, score_cutoff=OFFERED, limit=WEIGHED
            )
            found.update(n for _, _, n in likest)
        weighed = [self._weighed(text, n) for n in found if self.rows[n][0] not in besides]
        return sorted(weighed, key=_likest_first)[:limit]

    def near(self, text: str, *, kind: str = "", besides: Collection[int] = ()) -> list[Alike]:
        """Return the claims that may say the same as a text, or its opposite: the likest first.

        ``kind`` is that of the claim with the text, blank where it isn't known: a demand says
        nothing near to a fact.
        """
        found: set[int] = set()
        # Also without the words that deny: it is not true that it is not so, so it is.
        for query in {_sorted_words(folded(text)), _plain_words(text)}:
            likest = process.extract(
                query,
                self.sorted_keys,
                scorer=fuzz.ratio,
                score_cutoff=NEAR - 35,  # a negation is much of a short sentence
                limit=WEIGHED,
            )
            found.update(n for _, _, n in likest)
        weighed = (
            self._weighed(text, n)
            for n in sorted(found)
            if self.rows[n][0] not in besides and self._is_of_one_mood(kind, n)
        )
        near = [each for each in weighed if each.is_near or each.only_negation_differs]
        return sorted(near, key=_likest_first)

    def duplicates(
        self, *, different: Iterable[tuple[int, int]] = (), newest: int = NEWEST
    ) -> list[Duplicates]:
        """Return which of the newest claims may be the same as another one.

        ``different`` are pairs of ids, in either order, that are known not to be.
        """
        return _pairs(
            lambda pk, text: self.near(text, kind=self.kinds[pk], besides=[pk]),
            self.rows[-newest:],
            different,
        )

    def _is_of_one_mood(self, kind: str, number: int) -> bool:
        other = self.kinds[self.rows[number][0]]
        return kind not in MOODS or MOODS[ClaimKind(kind)] == MOODS[ClaimKind(other)]

    def _weighed(self, text: str, number: int) -> Alike:
        pk, other = self.rows[number]
        keys = (_sorted_words(folded(text)), self.sorted_keys[number])
        found = _compared(text, other, keys=keys)
        return Alike(pk, other, found.score, found.is_near, found.is_opposite)


def _newest_claims() -> Iterable[tuple[int, str, str]]:
    """Return id, text and kind of the newest claims, the oldest of them first."""
    newest = _unmerged(Claim.objects.all()).order_by("-pk")[:KEPT_CLAIMS]
    found, characters = [], 0
    for pk, text, kind in newest.values_list("pk", "text", "kind").iterator():
        characters += len(text)
        if characters > KEPT_CHARACTERS:
            break
        found.append((pk, text, kind))
    return reversed(found)


def _plain_words(text: str) -> str:
    """Return the sorted words of a text without those that deny it."""
    return " ".join(sorted(Sentence(text).words.elements()))


def _sorted_words(key: str) -> str:
    return " ".join(sorted(_WORD.findall(key)))


def _likest_first(each: Alike) -> tuple[bool, float, int]:
    return not (each.is_near or each.only_negation_differs), -each.score, each.pk


# Sources ------------------------------------------------------------------------------------------


class KnownSources:
    """The sources there are, under all their names; those that are merged are left out."""

    def __init__(self, rows: Sequence[tuple[int, str, Sequence[str]]] | None = None) -> None:
        if rows is None:
            rows = list(_unmerged(Source.objects.all()).values_list("pk", "name", "aliases"))
        self.rows = [(pk, name) for pk, name, _ in rows]
        named = [(pk, name) for pk, own, aliases in rows for name in (own, *aliases)]
        names = [name for _, name in named]
        # By its look and by its sound, which for most names are the same.
        self.named = list(
            dict.fromkeys(
                (key, *each)
                for fold in (looked_at, read_aloud)
                for key, each in zip(_each(fold, names), named, strict=True)
            )
        )
        self.keys = [key for key, _, _ in self.named]

    @classmethod
    def of(cls, names: Sequence[str]) -> "KnownSources":
        """Return some names to hold others against, each under its number."""
        return cls([(number, name, ()) for number, name in enumerate(names)])

    def alike(self, name: str, *, besides: Collection[int] = (), limit: int = 8) -> list[Alike]:
        """Return the sources that a name, or a part of it, may mean: the likest first.

        ``text`` is the one of its names that is like it.
        """
        found: dict[int, Alike] = {}
        for key in {looked_at(name), read_aloud(name)}:
            words = key.split()
            if not words:
                continue
            numbers = [n for n, each in enumerate(self.keys) if all(w in each for w in words)]
            numbers = sorted(numbers, key=lambda n: len(self.keys[n]))[:WEIGHED]
            likest = process.extract(
                key, self.keys, scorer=fuzz.WRatio, score_cutoff=OFFERED_NAME, limit=WEIGHED
            )
            # One that has but a small word like “of” in common is not meant.
            meant = [n for _, _, n in likest if self._has_half(key, n)]
            for number in {*numbers, *meant}:
                each = self._weighed(key, number)
                if each.pk not in found or each.score > found[each.pk].score:
                    found[each.pk] = each
        kept = (each for each in found.values() if each.pk not in besides)
        return sorted(kept, key=_likest_first)[:limit]

    def near(self, name: str, *, besides: Collection[int] = ()) -> list[Alike]:
        """Return the sources that may be the one of this name: the likest first."""
        return [each for each in self.alike(name, besides=besides) if each.is_near]

    def duplicates(
        self, *, different: Iterable[tuple[int, int]] = (), newest: int = NEWEST
    ) -> list[Duplicates]:
        """Return which of the newest sources may be the same as another one.

        ``different`` are pairs of ids, in either order, that are known not to be.
        """
        return _pairs(
            lambda pk, name: self.near(name, besides=[pk]), self.rows[-newest:], different
        )

    def _has_half(self, key: str, number: int) -> bool:
        """Return whether half of the letters of a name are in words that another has too."""
        words = Counter(_WORD.findall(key))
        ours, _ = _unlike(words, Counter(_WORD.findall(self.keys[number])))
        return 2 * len("".join(ours)) <= len("".join(words.elements()))

    def _weighed(self, key: str, number: int) -> Alike:
        other, pk, name = self.named[number]
        score = fuzz.token_sort_ratio(key, other)
        ours, theirs = _unlike(Counter(_WORD.findall(key)), Counter(_WORD.findall(other)))
        return Alike(pk, name, score, score >= NEAR and not (ours and theirs))


# Documents ----------------------------------------------------------------------------------------

# For each document of ``new``, one other that it may be the same as, but for pairs that are known
# to be different. Which one does not matter: once they are merged, the next is found.
STANDING = "o.merged_into_id IS NULL AND o.review_state <> 'retired'"
TWINS = f"""
    WITH apart AS MATERIALIZED (
      SELECT least(a, b) AS one, greatest(a, b) AS other
      FROM unnest(%(firsts)s::bigint[], %(seconds)s::bigint[]) pairs (a, b)
    ),
    new AS MATERIALIZED (
      SELECT o.id, o.url_key, o.publisher_id, o.text_key, o.text_sketch
      FROM sources_document o WHERE {STANDING} ORDER BY o.id DESC LIMIT %(newest)s
    )
    SELECT least(n.id, o.id), greatest(n.id, o.id), o.score
    FROM new n CROSS JOIN LATERAL (
      SELECT o.id, %(score)s::float AS score FROM sources_document o
      WHERE {STANDING} AND o.id <> n.id AND {{alike}}
        AND (least(n.id, o.id), greatest(n.id, o.id)) NOT IN (SELECT one, other FROM apart)
      LIMIT 1
    ) o
"""
SAME_ADDRESS = TWINS.format(alike="o.url_key = n.url_key")
SAME_TEXT = TWINS.format(alike="o.text_key = n.text_key AND o.publisher_id = n.publisher_id")
NEARLY_THE_SAME_TEXT = TWINS.format(
    alike="""o.text_sketch && n.text_sketch AND (
      SELECT count(*) FROM unnest(o.text_sketch) h WHERE h = ANY (n.text_sketch)
    ) >= %(near)s * cardinality(n.text_sketch)"""
)


def same_documents(*, newest: int | None = None) -> list[Duplicates]:
    """Return pairs of documents that count as one origin: among the newest, or among all."""
    return _twins([(SAME_ADDRESS, newest), (SAME_TEXT, newest)])


def duplicate_documents() -> list[Duplicates]:
    """Return which of the newest documents may be the same as another one."""
    same = same_documents(newest=4 * NEWEST)
    near = _twins([(NEARLY_THE_SAME_TEXT, NEWEST)], score=NEAR)
    known = {(each.first, each.second) for each in same}
    return [*same, *(each for each in near if (each.first, each.second) not in known)]


def _twins(queries: Sequence[tuple[str, int | None]], score: float = 100) -> list[Duplicates]:
    pairs = Different.objects.pairs(Document)
    given = {
        "firsts": [one for one, _ in pairs],
        "seconds": [other for _, other in pairs],
        "near": NEARLY_EQUAL,
        "score": score,
    }
    found: dict[tuple[int, int], Duplicates] = {}
    with connection.cursor() as cursor:
        for query, newest in queries:
            cursor.execute(query, given | {"newest": newest})
            for first, second, one_score in cursor.fetchall():
                found.setdefault((first, second), Duplicates(first, second, one_score))
    return sorted(found.values(), key=lambda each: (-each.second, each.first))


# Both ------------------------------------------------------------------------------------------


def known_claims() -> KnownClaims:
    """Return the claims as they are now; read again only where one has changed."""
    return _known_claims(_stamp(Claim.objects.all()))


def known_sources() -> KnownSources:
    """Return the sources as they are now; read again only where one has changed."""
    return _known_sources(_stamp(Source.objects.all()))


@lru_cache(maxsize=1)
def _known_claims(stamp: tuple[int, ...]) -> KnownClaims:
    return KnownClaims()


@lru_cache(maxsize=1)
def _known_sources(stamp: tuple[int, ...]) -> KnownSources:
    return KnownSources()


def _stamp(rows: QuerySet) -> tuple[int, ...]:
    """Return what is another after each write: the database counts the versions of every row."""
    counted = rows.aggregate(rows=Count("pk"), keys=Sum("pk"), versions=Sum("version"))
    return tuple(counted.values())


def _unmerged(rows: QuerySet) -> QuerySet:
    return rows.filter(merged_into=None).order_by("pk")


def _pairs(
    near: Callable[[int, str], list[Alike]],
    rows: Iterable[tuple[int, str]],
    different: Iterable[tuple[int, int]],
) -> list[Duplicates]:
    apart = {frozenset(pair) for pair in different}
    found: dict[frozenset[int], Duplicates] = {}
    for pk, text in rows:
        for each in near(pk, text):
            pair = frozenset((pk, each.pk))
            if pair not in apart:
                first, second = sorted(pair)
                found[pair] = Duplicates(first, second, each.score, each.only_negation_differs)
    return sorted(found.values(), key=lambda each: (-each.score, -each.second, each.first))
