"""Columns that stand beside the values: known ahead (futr), known so far (hist), fixed (stat).

What is handed to a model ends where its knowledge ends: `hist` at the last known value, `futr` one
horizon after it. So a backtest sees what would have been known then, and nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from minori_engine.compat.frames import read_side_columns
from minori_engine.errors import TaskFailure
from minori_engine.forecast.messages import Exogenous
from minori_engine.forecast.panel import Floats, Indices, Panel

Role = Literal["futr", "hist", "stat"]
"""Known ahead, known so far, fixed per series."""


@dataclass(frozen=True)
class Beside:
    """Of one series with n known values. `futr`: (n + h, columns); `hist`: (n, columns); `stat`:
    (columns,). No NaN."""

    futr: Floats
    hist: Floats
    stat: Floats

    def first(self, n: int, h: int) -> "Beside":
        """As it was when only `n` values were known."""
        return Beside(self.futr[: n + h], self.hist[:n], self.stat)


@dataclass(frozen=True)
class Columns:
    """Of a panel. `futr`, `hist`: (rows, columns) in the panel's order; `ahead`: (series, h, columns)
    of the steps after each series' end; `stat`: (series, columns). NaN where nothing is known."""

    panel: Panel
    futr: Floats
    hist: Floats
    stat: Floats
    ahead: Floats

    @property
    def incomplete(self) -> int:
        """Series whose coming values are not all known."""
        return int(np.isnan(self.ahead).any(axis=(1, 2)).sum())

    def of(self, series: int, begin: int, end: int, h: int) -> Beside:
        """Beside the values `begin` to `end` of one series."""
        first, last = (int(self.panel.starts[at]) for at in (series, series + 1))
        futr = np.concatenate([self.futr[first:last], self.ahead[series]])[begin : end + h]
        return Beside(
            _filled(futr), _filled(self.hist[first + begin : first + end]), _known(self.stat[series])
        )

    def shuffled(self, role: Role, position: int, seed: int) -> "Columns":
        """One column's values in another order: within each series, or among the series (`stat`)."""
        random = np.random.default_rng(seed)
        if role == "stat":
            stat = self.stat.copy()
            stat[:, position] = random.permutation(stat[:, position])
            return replace(self, stat=stat)
        values, ahead = (self.futr if role == "futr" else self.hist).copy(), self.ahead.copy()
        for series in range(self.panel.count):
            own = slice(int(self.panel.starts[series]), int(self.panel.starts[series + 1]))
            known = values[own, position]
            whole = known if role == "hist" else np.concatenate([known, ahead[series, :, position]])
            mixed, there = whole.copy(), ~np.isnan(whole)
            mixed[there] = random.permutation(whole[there])
            values[own, position] = mixed[: len(known)]
            if role == "futr":
                ahead[series, :, position] = mixed[len(known) :]
        return replace(self, ahead=ahead, **{role: values})


def read_columns(
    path: Path, asked: Exogenous, panel: Panel, h: int, ahead_of: Callable[[int], Indices]
) -> Columns:
    """`ahead_of(time)`: the h times that follow, as the panel counts time."""
    future = None if asked.future is None else Path(asked.future)
    try:
        futr, known = read_side_columns(path, future if asked.futr else None, asked.futr)
        hist, _ = read_side_columns(path, None, asked.hist)
        stat, _ = read_side_columns(path, None, asked.stat)
    except KeyError as error:
        raise TaskFailure("bad_data", "missing_column", {"column": str(error.args[0])}) from error
    except (OSError, ValueError) as error:
        raise TaskFailure("bad_data", "unreadable_data", {}, detail=str(error)) from error
    rows = np.arange(len(panel.y)) if panel.rows is None else panel.rows
    ahead = np.full((panel.count, h, len(asked.futr)), np.nan)
    times: dict[int, Indices] = {}
    for series, name in enumerate(panel.ids if known else []):
        last = int(panel.ds[panel.starts[series + 1] - 1])
        coming = times.setdefault(last, ahead_of(last))
        for step, time in enumerate(coming):
            ahead[series, step] = known.get((name, int(time)), np.nan)
    return Columns(panel, futr[rows], hist[rows], stat[rows][panel.starts[:-1]], ahead)


def _filled(values: Floats) -> Floats:
    """(n, columns): a missing value becomes the last one before it, or 0 where there is none."""
    if not np.isnan(values).any():
        return values
    rows = np.where(np.isnan(values), -1, np.arange(len(values))[:, None])
    latest = np.maximum.accumulate(rows, axis=0)
    found = np.take_along_axis(values, np.maximum(latest, 0), axis=0)
    return np.where(latest >= 0, found, 0.0)


def _known(values: Floats) -> Floats:
    return np.where(np.isnan(values), 0.0, values)
