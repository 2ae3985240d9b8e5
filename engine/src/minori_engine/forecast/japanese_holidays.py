"""National holidays of Japan, computed: nothing to download, and known for the future.

By the Act on National Holidays (昭和23年法律第178号) as in force since 2000, with the moves of 2020 and
2021 for the Olympic Games and the days of the succession in 2019. The equinoxes follow the usual
approximation, right from 1980 to 2099; the government announces them a year ahead.
"""

import datetime
import functools
from typing import Final

FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2099

Day = datetime.date

FIXED: Final = ((1, 1), (2, 11), (4, 29), (5, 3), (5, 5), (11, 3), (11, 23))
SUCCESSION: Final = {2019: ((4, 30), (5, 1), (5, 2), (10, 22))}
MOVED: Final = {
    2020: {"marine": (7, 23), "sports": (7, 24), "mountain": (8, 10)},
    2021: {"marine": (7, 22), "sports": (7, 23), "mountain": (8, 8)},
}


@functools.cache
def holidays_of(year: int) -> frozenset[Day]:
    """All holidays of a year, substitutes and days between two holidays included; none before 2000."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return frozenset()
    named = _named(year)
    return frozenset(named | _substitutes(named, year) | _between(named, year))


def _named(year: int) -> set[Day]:
    moved = MOVED.get(year, {})

    def day(name: str, usual: Day) -> Day:
        return Day(year, *moved[name]) if name in moved else usual

    found = {Day(year, month, number) for month, number in FIXED}
    found |= {Day(year, month, number) for month, number in SUCCESSION.get(year, ())}
    found |= {
        _monday(year, 1, 2),
        Day(year, 3, _equinox(year, 20.8431)),
        Day(year, 9, _equinox(year, 23.2488)),
    }
    found.add(day("marine", _monday(year, 7, 3) if year >= 2003 else Day(year, 7, 20)))
    found.add(_monday(year, 9, 3) if year >= 2003 else Day(year, 9, 15))
    found.add(day("sports", _monday(year, 10, 2)))
    if year >= 2007:
        found.add(Day(year, 5, 4))
    if year >= 2016:
        found.add(day("mountain", Day(year, 8, 11)))
    if year <= 2018:
        found.add(Day(year, 12, 23))
    elif year >= 2020:
        found.add(Day(year, 2, 23))
    return found


def _monday(year: int, month: int, number: int) -> Day:
    first = Day(year, month, 1)
    return first + datetime.timedelta(days=-first.weekday() % 7 + 7 * (number - 1))


def _equinox(year: int, base: float) -> int:
    return int(base + 0.242194 * (year - 1980)) - (year - 1980) // 4


def _substitutes(named: set[Day], year: int) -> set[Day]:
    """A holiday on a Sunday is made up for on the next day that is none (before 2007: the Monday)."""
    found: set[Day] = set()
    for holiday in sorted(named):
        if holiday.weekday() != 6:
            continue
        day = holiday + datetime.timedelta(days=1)
        while year >= 2007 and day in named:
            day += datetime.timedelta(days=1)
        if day not in named:
            found.add(day)
    return found


def _between(named: set[Day], year: int) -> set[Day]:
    """A day between two holidays is one, too; before 2007 not on a Sunday or a substitute's Monday."""
    one = datetime.timedelta(days=1)
    found: set[Day] = set()
    for holiday in named:
        middle = holiday + one
        if middle + one in named and middle not in named and middle.weekday() != 6:
            found.add(middle)
    return found if year >= 2007 else {day for day in found if day.weekday() != 0}
