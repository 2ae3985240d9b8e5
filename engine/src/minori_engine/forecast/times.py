"""`ds.json`: the times a forecast is for, and the last known time of each backtest origin."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from minori_engine.compat.calendar import future_times, is_daily_or_longer, time_texts, to_offset
from minori_engine.errors import TaskFailure
from minori_engine.forecast.panel import Indices, Panel

INTEGER: Final = "int"


def describe_times(panel: Panel, freq: str, h: int, origin_ends: Indices) -> dict[str, Any]:
    """The document of `ds.json`.

    `origin_ends`: (origins, series) points before each origin, -1 where there is no such origin.
    `groups` holds each different set of times once, `series` the number of a series' group:
    `{freq, groups: [{future: [h texts], cutoffs: [text or null per origin]}], series: [int]}`.
    Integers are written as text too.
    """
    lasts, cutoffs = _known_times(panel, origin_ends)
    keys = np.column_stack([lasts, *cutoffs])
    different, members = np.unique(keys, axis=0, return_inverse=True)
    if (freq == INTEGER) != panel.integer_index:
        raise TaskFailure("bug", "freq_mismatch", {"freq": freq})
    groups = [_group(row, freq, h) for row in different]
    return {"freq": freq, "groups": groups, "series": [int(number) for number in members.reshape(-1)]}


def _known_times(panel: Panel, origin_ends: Indices) -> tuple[NDArray[np.int64], list[NDArray[np.int64]]]:
    ends = panel.starts[1:]
    nothing = np.iinfo(np.int64).min
    cutoffs: list[NDArray[np.int64]] = []
    for known in origin_ends:
        there = known > 0
        at = np.where(there, panel.starts[:-1] + known - 1, 0)
        cutoffs.append(np.where(there, panel.ds[at], nothing))
    return panel.ds[ends - 1], cutoffs


def _group(row: NDArray[np.int64], freq: str, h: int) -> dict[str, Any]:
    nothing = np.iinfo(np.int64).min
    known = [None if value == nothing else value for value in row[1:]]
    last = row[0]
    if freq == INTEGER:
        future = [str(int(last) + step) for step in range(1, h + 1)]
        return {"future": future, "cutoffs": [None if value is None else str(int(value)) for value in known]}
    try:
        offset = to_offset(freq)
    except ValueError as error:
        raise TaskFailure("bad_data", "unknown_freq", {"freq": freq}) from error
    try:
        times = future_times(_time(last), offset, h)
    except (OverflowError, ValueError) as error:
        # pandas' calendar ends in 2262.
        raise TaskFailure("bad_data", "beyond_calendar", {"freq": freq, "h": h}) from error
    all_times = np.concatenate([times, [_time(value) for value in row if value != nothing]])
    midnight = bool((all_times == all_times.astype("datetime64[D]")).all())
    dates_only = midnight and is_daily_or_longer(offset)
    texts = [
        None if value is None else time_texts(np.array([_time(value)]), dates_only=dates_only)[0]
        for value in known
    ]
    return {"future": time_texts(times, dates_only=dates_only), "cutoffs": texts}


def _time(value: np.int64) -> np.datetime64:
    return np.datetime64(int(value), "us")
