"""Which claims and sources are alike: so that the same one is not recorded twice.

Case, accents, punctuation and the order of words do not count. For names nor does the alphabet:
letters that look the same are the same, and other scripts are also read in Latin letters.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from anyascii import anyascii
from django.db.models import Count, QuerySet, Sum
from rapidfuzz import fuzz, process

from claims.models import Claim
from claims.reading import quote_key
from claimtracker.marks import normalized
from sources.models import Source

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
        (r"\b(?:fail(?:s|ed)?|yet) to\b", "not"),
        (r"\bno one\b", "nobody"),
        (r"\b(?:some|any)one\b|\banybody\b", "somebody"),
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
    """Return the words of each of two texts that the other has nothing like."""
    ours = sorted((one - other).elements())
    theirs = sorted((other - one).elements())
    for word in list(ours):
        if like := next((each for each in theirs if _one_word(word, each)), None):
            ours.remove(word)
            theirs.remove(like)
    return ours, theirs


def _take_opposites(one: Counter[str], other: Counter[str]) -> int:
    """Take the words out of two texts of which each is the opposite of one; return how many."""
    taken = 0
    for positive, negative in ((one, other), (other, one)):
        for word in sorted((positive - negative).elements()):
            found = [each for each in negative - positive if _is_opposite(each, word)]
            if found:
                positive[word] -= 1
                negative[found[0]] -= 1
                taken += 1
    return taken


def _is_opposite(negative: str, word: str) -> bool:
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
    while ours and theirs and ours[0] == theirs[0]:
        ours, theirs = ours[1:], theirs[1:]
    while ours and theirs and ours[-1] == theirs[-1]:
        ours, theirs = ours[:-1], theirs[:-1]
    return not ours or any(ours[n:] + ours[:n] == theirs for n in range(len(ours)))


def _one_word(word: str, other: str) -> bool:
    numbered = any(character.isdigit() for character in word + other)
    return not numbered and fuzz.ratio(word, other) >= ONE_WORD


class KnownClaims:
    """The claims there are, to hold texts against; those that are merged are left out."""

    def __init__(self) -> None:
        self.rows = list(_unmerged(Claim.objects.all()).values_list("pk", "text"))
        self.keys = _each(folded, [text for _, text in self.rows])
        self.sorted_keys = [_sorted_words(key) for key in self.keys]

    def alike(self, text: str, *, besides: Collection[int] = (), limit: int = 8) -> list[Alike]:
        """Return the claims that a text, or its beginning, may mean: the likest first."""
        key = folded(text)
        words = key.split()
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

    def near(self, text: str, *, besides: Collection[int] = ()) -> list[Alike]:
        """Return the claims that may say the same as a text, or its opposite: the likest first."""
        likest = process.extract(
            _sorted_words(folded(text)),
            self.sorted_keys,
            scorer=fuzz.ratio,
            score_cutoff=NEAR - 25,  # a negation is much of a short sentence
            limit=WEIGHED,
        )
        weighed = (self._weighed(text, n) for _, _, n in likest if self.rows[n][0] not in besides)
        near = [each for each in weighed if each.is_near or each.only_negation_differs]
        return sorted(near, key=_likest_first)

    def duplicates(
        self, *, different: Iterable[tuple[int, int]] = (), newest: int = NEWEST
    ) -> list[Duplicates]:
        """Return which of the newest claims may be the same as another one.

        ``different`` are pairs of ids, in either order, that are known not to be.
        """
        return _pairs(self, self.rows[-newest:], different)

    def _weighed(self, text: str, number: int) -> Alike:
        pk, other = self.rows[number]
        score = fuzz.ratio(_sorted_words(folded(text)), self.sorted_keys[number])
        one, two = Sentence(text), Sentence(other)
        opposites = _take_opposites(one.words, two.words)
        same_sense = (one.negative == two.negative) == (opposites % 2 == 0)
        ours, theirs = _unlike(+one.words, +two.words)
        # Other words in the place of ours are another claim; more or fewer words may not be.
        near = same_sense and score >= NEAR and not (ours and theirs)
        said_alike = _stems(ours) == _stems(theirs) and _say_it_of_the_same(one.words, two.words)
        return Alike(pk, other, score, near, not same_sense and said_alike)


def _sorted_words(key: str) -> str:
    return " ".join(sorted(_WORD.findall(key)))


def _likest_first(each: Alike) -> tuple[bool, float, int]:
    return not (each.is_near or each.only_negation_differs), -each.score, each.pk


# Sources ------------------------------------------------------------------------------------------


class KnownSources:
    """The sources there are, under all their names; those that are merged are left out."""

    def __init__(self) -> None:
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
        return _pairs(self, self.rows[-newest:], different)

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
    known: KnownClaims | KnownSources,
    rows: Iterable[tuple[int, str]],
    different: Iterable[tuple[int, int]],
) -> list[Duplicates]:
    apart = {frozenset(pair) for pair in different}
    found: dict[frozenset[int], Duplicates] = {}
    for pk, text in rows:
        for each in known.near(text, besides=[pk]):
            pair = frozenset((pk, each.pk))
            if pair not in apart:
                first, second = sorted(pair)
                found[pair] = Duplicates(first, second, each.score, each.only_negation_differs)
    return sorted(found.values(), key=lambda each: (-each.score, -each.second, each.first))
