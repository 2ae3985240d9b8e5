# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportMissingTypeArgument=false
"""Timestamps of the future, by pandas' offsets."""

from typing import Final, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

RENAMED: Final = {"M": "ME", "Q": "QE", "Y": "YE", "A": "YE", "H": "h", "T": "min", "S": "s", "BM": "BME"}
MONTHS: Final = {"ME": 1, "MS": 1, "BME": 1, "BMS": 1, "QE": 3, "QS": 3, "YE": 12, "YS": 12}


def to_offset(freq: str) -> pd.offsets.BaseOffset:
    """The pandas offset of an alias, old spellings included; ValueError for none."""
    count = freq[: len(freq) - len(freq.lstrip("0123456789"))]
    name, _, anchor = freq[len(count) :].partition("-")
    return pd.tseries.frequencies.to_offset(
        count + RENAMED.get(name, name) + (f"-{anchor}" if anchor else "")
    )


def future_times(last: np.datetime64, offset: pd.offsets.BaseOffset, h: int) -> NDArray[np.datetime64]:
    """The h times that follow `last`: (h,) datetime64[us].

    Data need not lie on the offset's own days (months dated on the 15th, weeks on a Wednesday with
    alias W): then the calendar distance counts and the day of the month is kept where it exists.
    """
    start = cast("pd.Timestamp", pd.Timestamp(last))
    if offset.is_on_offset(start):
        times = pd.date_range(start, periods=h + 1, freq=offset)[1:]
    else:
        step = _calendar_step(offset)
        if step is not None:
            times = pd.DatetimeIndex([start + step * count for count in range(1, h + 1)])
        else:
            times = pd.DatetimeIndex([start + count * offset for count in range(1, h + 1)])
    return times.to_numpy().astype("datetime64[us]")


def _calendar_step(offset: pd.offsets.BaseOffset) -> pd.DateOffset | None:
    months = MONTHS.get(offset.name.partition("-")[0])
    if months is not None:
        return pd.DateOffset(months=months * offset.n)
    return pd.DateOffset(weeks=offset.n) if isinstance(offset, pd.offsets.Week) else None


def is_daily_or_longer(offset: pd.offsets.BaseOffset) -> bool:
    """False for hours, minutes and shorter: their times are written with the time of day."""
    return not isinstance(offset, pd.offsets.Tick) or isinstance(offset, pd.offsets.Day)


def time_texts(times: NDArray[np.datetime64], *, dates_only: bool) -> list[str]:
    """ISO without zone: `2025-01-01`, or `2025-01-01T05:00:00` (with fractions where there are any)."""
    if dates_only:
        return [str(text) for text in np.datetime_as_string(times, unit="D")]
    whole = bool((times == times.astype("datetime64[s]")).all())
    return [str(text) for text in np.datetime_as_string(times, unit="s" if whole else "us")]
