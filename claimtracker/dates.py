"""Reads dates as people and other programs write them, into the EDTF text that is stored.

What can mean only one day, month or year is taken: 2023-09-07, 7 September 2023, September 7, 2023,
2023/9/7, 20230907, 2023-09-07T10:00:00+04:00. What can mean two is refused, with both readings.
The database computes the days (``edtf_range``) and has the last word on what is a date.
"""

import calendar
import functools
import re
import unicodedata

COULD_NOT_READ = "We couldn't read this date. Try 2023-09-07, or 7 September 2023."
MONTHS = [name.lower() for name in calendar.month_name]
# "sept" is the one usual short form that isn't three letters long.
MONTH_OF = {name: number for number, name in enumerate(MONTHS) if name}
MONTH_OF |= {name[:3]: number for name, number in MONTH_OF.items()} | {"sept": 9}
DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212\ufe58\ufe63\uff0d"), "-")
LONGEST = 200

MARK = r"(?P<mark>[~?%]?)"
# A time and a zone after a day; the day stays as it is written.
TIME = r"(?:(?:[Tt]|\s+)\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)?"
ZONE = r"(?:\s*(?:[Zz]|UTC|GMT|[+-]\d{2}:?\d{2}))?"
WEEKDAY = rf"(?:(?:{'|'.join(day[:3] for day in calendar.day_name)})[a-z]*\.?,?\s+)?"
WORD = r"(?P<word>[a-z]{3,9})\.?"
DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"


def pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.ASCII | re.IGNORECASE)


FORMS = [
    pattern(rf"(?P<year>\d{{4}})-(?P<month>\d{{1,2}})-(?P<day>\d{{1,2}}){MARK}{TIME}{ZONE}"),
    pattern(rf"(?P<year>\d{{4}})-(?P<month>\d{{1,2}}){MARK}"),
    pattern(rf"(?P<year>\d{{4}}){MARK}"),
    pattern(rf"(?P<year>\d{{4}})(?P<month>\d{{2}})(?P<day>\d{{2}}){TIME}{ZONE}"),
    pattern(rf"(?P<year>\d{{4}})([/.])(?P<month>\d{{1,2}})\2(?P<day>\d{{1,2}}){TIME}{ZONE}"),
    pattern(rf"{WEEKDAY}{DAY}[\s-]+(?:of\s+)?{WORD},?[\s-]+(?P<year>\d{{4}}){TIME}{ZONE}"),
    pattern(rf"{WEEKDAY}{WORD}\s+{DAY},?\s+(?P<year>\d{{4}}){TIME}{ZONE}"),
    pattern(rf"(?P<year>\d{{4}})[\s-]+{WORD}[\s-]+{DAY}"),
    pattern(rf"{WORD},?[\s-]+(?P<year>\d{{4}})"),
]
# Day and month in an order that countries do not agree on.
NUMBERS = pattern(rf"(?P<one>\d{{1,2}})([/.-])(?P<two>\d{{1,2}})\2(?P<year>\d{{4}}){TIME}{ZONE}")
EDTF = pattern(r"[0-9]{4}(-[0-9]{2}){0,2}[~?%]?")


class UnreadableDateError(ValueError):
    """Why a text is not taken for a date, for the person who wrote it."""


@functools.lru_cache(maxsize=20_000)
def read_date(text: str) -> str:
    """Return a written date as EDTF; blank for blank. Raises UnreadableDateError."""
    plain = unicodedata.normalize("NFKC", text.translate(DASHES))[:LONGEST].strip()
    # Only the spaces that people type, or that word processors put there.
    plain = " ".join(plain.split())
    if not plain:
        return ""
    if len(text) > LONGEST or not plain.isascii():
        raise UnreadableDateError(COULD_NOT_READ)
    if found := _one(plain):
        return found
    sides = [side.strip() for side in plain.split("/")]
    if len(sides) != 2:
        raise UnreadableDateError(COULD_NOT_READ)
    if sides == ["..", ".."]:
        raise UnreadableDateError("This period has no beginning and no end. Give one of them.")
    read = [side if side == ".." else _one(side) for side in sides]
    if not all(read):
        raise UnreadableDateError(COULD_NOT_READ)
    first, last = read
    if ".." not in read and _backwards(first, last):
        raise UnreadableDateError(
            f"This period ends before it begins. Swap the two dates: {last}/{first}"
        )
    return f"{first}/{last}"


def _one(text: str) -> str:
    """Return one date as EDTF; blank where it has none of the forms. Raises UnreadableDateError."""
    if found := NUMBERS.fullmatch(text):
        return _of_numbers(text, int(found["one"]), int(found["two"]), found["year"])
    for form in FORMS:
        if found := form.fullmatch(text):
            parts = found.groupdict()
            word = (parts.get("word") or "").lower()
            if word and word not in MONTH_OF:
                continue
            month = MONTH_OF[word] if word else int(parts.get("month") or 0)
            has_month = bool(word or parts.get("month"))
            day = int(parts["day"]) if parts.get("day") else None
            return _edtf(parts["year"], month if has_month else None, day, parts.get("mark") or "")
    return ""


def _of_numbers(text: str, one: int, two: int, year: str) -> str:
    readings = [
        (day, month) for day, month in dict.fromkeys([(one, two), (two, one)]) if month <= 12
    ]
    if len(readings) == 2 and all(day and month for day, month in readings):
        (day, month), (other_day, other_month) = readings
        written = text[: text.index(year) + 4]
        raise UnreadableDateError(
            f"{written} may be {day} {_name(month)} {year} or {_name(other_month)} {other_day}, "
            f"{year}. Write {_edtf(year, month, day)} or {_edtf(year, other_month, other_day)}."
        )
    day, month = readings[0] if readings else (one, two)
    return _edtf(year, month, day)


def _edtf(year: str, month: int | None, day: int | None, mark: str = "") -> str:
    number = int(year)
    if not 1 <= number <= 9998:
        raise UnreadableDateError(f"We can't store the year {year}. Years go from 0001 to 9998.")
    if month is None:
        return f"{year}{mark}"
    if not 1 <= month <= 12:
        raise UnreadableDateError(f"There is no month {month}. Write year, month, day: 2023-09-07.")
    if day is None:
        return f"{year}-{month:02}{mark}"
    if not 1 <= day <= calendar.monthrange(number, month)[1]:
        raise UnreadableDateError(f"There is no {day} {_name(month)} in {year}.")
    return f"{year}-{month:02}-{day:02}{mark}"


def _name(month: int) -> str:
    return MONTHS[month].capitalize()


def _backwards(first: str, last: str) -> bool:
    """Return whether a period surely ends before it begins, however its dates are meant."""
    begins, ends = first.rstrip("~?%"), last.rstrip("~?%")
    # Only as precise as both are: 2023-09-07/2023-09 and 2023/2023-05 may be in order.
    common = min(len(begins), len(ends))
    return begins[:common] > ends[:common]
