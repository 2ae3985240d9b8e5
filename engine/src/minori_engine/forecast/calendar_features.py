"""What the calendar says of a time: columns for models that learn from features."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from minori_engine.compat.calendar import future_times, is_daily_or_longer, to_offset
from minori_engine.forecast.japanese_holidays import holidays_of
from minori_engine.forecast.panel import Floats, Indices
from minori_engine.forecast.times import INTEGER

DAY: Final = 86_400_000_000
HOUR: Final = 3_600_000_000
EPOCH_WEEKDAY: Final = 3
"""1970-01-01 was a Thursday; Monday is 0."""


def _months(times: Indices) -> Indices:
    return times.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64) % 12


def _month_days(times: Indices) -> Indices:
    days = times.astype("datetime64[us]").astype("datetime64[D]")
    return (days - days.astype("datetime64[M]")).astype(np.int64)


def _year_days(times: Indices) -> Indices:
    days = times.astype("datetime64[us]").astype("datetime64[D]")
    return (days - days.astype("datetime64[Y]")).astype(np.int64)


def _holidays(times: Indices, span: int = 1) -> Indices:
    """How many of the `span` days that end with each time's day are holidays of Japan."""
    days = times.astype("datetime64[us]").astype("datetime64[D]")
    known, position = np.unique(days, return_inverse=True)
    counts = np.zeros(len(known), np.int64)
    for number, day in enumerate(known.tolist()):
        back = (day - datetime.timedelta(days=count) for count in range(span))
        counts[number] = sum(one in holidays_of(one.year) for one in back)
    return counts[position]


WEEK: Final = 7

FEATURES: Final[dict[str, Callable[[Indices], Indices]]] = {
    "month": _months,
    "week": lambda times: _year_days(times) // 7,
    "year_day": _year_days,
    "month_day": _month_days,
    "weekday": lambda times: (times // DAY + EPOCH_WEEKDAY) % 7,
    "hour": lambda times: times % DAY // HOUR,
    "minute": lambda times: times % HOUR // 60_000_000,
    "holiday": _holidays,
    "holidays_of_week": lambda times: _holidays(times, WEEK),
}


def times_after(last: int, freq: str, h: int) -> Indices:
    """(h,) times that follow `last`: the integer index, or microseconds since 1970."""
    if freq == INTEGER:
        return last + np.arange(1, h + 1, dtype=np.int64)
    return future_times(np.datetime64(last, "us"), to_offset(freq), h).astype(np.int64)


@dataclass
class Calendar:
    """Columns by frequency and season; the same times are looked up once.

    `holidays`: with Japan's, where a time is a week or shorter.
    """

    freq: str
    season: int
    holidays: bool = False
    _ahead: dict[tuple[int, int], Floats] = field(default_factory=dict[tuple[int, int], Floats])

    @property
    def names(self) -> list[str]:
        names = self._plain_names()
        if not self.holidays or self.freq == INTEGER or not {"week", "weekday"} & set(names):
            return names
        return [*names, "holidays_of_week" if "week" in names else "holiday"]

    def _plain_names(self) -> list[str]:
        if self.freq == INTEGER:
            return ["phase"] if self.season > 1 else []
        offset = to_offset(self.freq)
        name = offset.name.partition("-")[0]
        if name[0] in "MQYB" and name != "B":
            return [] if name.startswith(("Y", "BY")) else ["month"]
        if name.startswith("W"):
            return ["week", "month"]
        if is_daily_or_longer(offset):
            return ["weekday", "month_day", "month"]
        return ["hour", "weekday"] if name == "h" else ["minute", "hour", "weekday"]

    def past(self, times: Indices) -> Floats:
        """(n, columns) of known times."""
        names = self.names
        if not names:
            return np.zeros((len(times), 0))
        if names == ["phase"]:
            return (times % self.season)[:, None].astype(np.float64)
        return np.column_stack([FEATURES[name](times) for name in names]).astype(np.float64)

    def ahead(self, last: int, h: int) -> Floats:
        """(h, columns) of the times that follow `last`."""
        key = (last, h)
        if key not in self._ahead:
            self._ahead[key] = self.past(times_after(last, self.freq, h))
        return self._ahead[key]
