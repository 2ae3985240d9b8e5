"""Maps from a window of the last values to all steps ahead, several of them averaged.

What no single choice suits is decided by averaging: levels or their logarithms, seasonal steps or not,
what stands for the level of a window, how long the window is. Each map's settings and its weight come
from its leave-one-out errors, which both solvers give for nothing; their quantiles are the intervals.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from minori_engine.forecast.family import Question
from minori_engine.forecast.panel import Floats, Indices

LONGEST_SHARE: Final = 3
"""A window is at most so small a part of the series."""
LONGEST_WINDOW: Final = 400
FEWEST_ROWS: Final = 8
POWER: Final = 4
LIMIT: Final = 1.5
"""How fast a map's weight falls with its error, and the multiple of the least from which it has none."""
LARGEST_LOG: Final = 300.0

Level = Literal["none", "last", "mean", "whole"]
"""What is taken off a window, and put back on what it leads to: nothing, its last value, its mean over
the last season, or the mean of the whole series."""


@dataclass(frozen=True)
class Shape:
    """`step`: values so many steps back are subtracted first (0 = none)."""

    step: int
    level: Level
    window: int


Shapes = Callable[[int, int], Sequence[Shape]]
"""Season and a longer one (1 = none) -> the shapes that are averaged."""

Solver = Callable[[Floats, Floats, Floats], tuple[Floats, Floats]]
"""(inputs (rows, window) at unit scale, outputs (rows, h), newest (window,)) -> what the newest leads to
(h,), and what each row would have been said to lead to had it not been learned from (rows, h)."""


@dataclass(frozen=True)
class WindowMap:
    """One fitted map: (h,) ahead of the series, and (rows, h) of what its windows led to, each left out."""

    ahead: Floats
    left_out: Floats


@dataclass(frozen=True)
class WindowMaps:
    """`most_rows`: older windows teach nothing that is worth their time."""

    shapes: Shapes
    solve: Solver
    most_rows: int

    def forecast(self, y: Floats, question: Question) -> Floats:
        """(h, width) of y (n,) without NaN. ValueError where y is too short for any window."""
        h = question.h
        maps = list(self._maps(y, question))
        if not maps:
            raise ValueError("too short for any window")
        rows = min(len(one.left_out) for one in maps)
        actual = sliding_window_view(y, h)[-rows:]
        weights = _weights(np.array([np.abs(actual - one.left_out[-rows:]).mean() for one in maps]))
        ahead = np.einsum("m,mh->h", weights, np.stack([one.ahead for one in maps]))
        left_out = np.einsum("m,mrh->rh", weights, np.stack([one.left_out[-rows:] for one in maps]))
        columns = [ahead]
        for level in question.levels:
            tail = (1 - level / 100) / 2
            low, high = np.quantile(actual - left_out, [tail, 1 - tail], axis=0)
            columns += [ahead + np.minimum(low, 0), ahead + np.maximum(high, 0)]
        return np.column_stack(columns)

    def _maps(self, y: Floats, question: Question) -> Iterator[WindowMap]:
        h = question.h
        seasons = sorted({question.season, question.params.get("second_season") or 1} - {1})
        seen = [one for one in seasons if len(y) >= h + max(3 * one, 2 * one + _fewest_rows(h))]
        visible, longer = [*seen, 1, 1][:2]
        longest = min(len(y) // LONGEST_SHARE, LONGEST_WINDOW)
        for logarithm in (False, True) if y.min() > 0 else (False,):
            values = np.log(y) if logarithm else y
            for shape in self.shapes(visible, longer):
                found = self._fit(values, h, shape, visible) if shape.window <= longest else None
                if found is None:
                    continue
                if logarithm:
                    found = WindowMap(
                        np.exp(np.clip(found.ahead, -LARGEST_LOG, LARGEST_LOG)),
                        np.exp(np.clip(found.left_out, -LARGEST_LOG, LARGEST_LOG)),
                    )
                yield found

    def _fit(self, y: Floats, h: int, shape: Shape, season: int) -> WindowMap | None:
        """None where too few windows have all of their future."""
        step = shape.step
        stepped = y[step:] - y[:-step] if step else y
        rows = len(stepped) - shape.window - h + 1
        if rows < _fewest_rows(h):
            return None
        windows = sliding_window_view(stepped, shape.window)
        level = _level(windows, shape.level, season if season > 1 else shape.window, float(stepped.mean()))
        first = max(0, rows - self.most_rows)
        taught = slice(first, rows)
        inputs = (windows - level[:, None])[first:]
        inputs = inputs / (float(inputs.std()) or 1.0)
        outputs = sliding_window_view(stepped, h)[shape.window :][taught] - level[taught, None]
        ahead, left_out = self.solve(inputs[: rows - first], outputs, inputs[-1])
        ahead, left_out = ahead + level[-1], left_out + level[taught, None]
        if step:
            begins = step + shape.window + first + np.arange(len(left_out), dtype=np.int64)
            left_out = _added_up(y, left_out, begins, step)
            ahead = _added_up(y, ahead[None], np.array([len(y)], np.int64), step)[0]
        return WindowMap(ahead, left_out)


def _fewest_rows(h: int) -> int:
    return max(FEWEST_ROWS, h // 2)


def _weights(errors: Floats) -> Floats:
    least = errors.min()
    if not least > 0:
        return (errors == least) / (errors == least).sum()
    weights = np.where(errors <= LIMIT * least, (least / errors) ** POWER, 0.0)
    return weights / weights.sum()


def _level(windows: Floats, level: Level, season: int, whole: float) -> Floats:
    if level == "last":
        return windows[:, -1]
    if level == "mean":
        return windows[:, -season:].mean(axis=1)
    return np.full(len(windows), whole if level == "whole" else 0.0)


def _added_up(y: Floats, steps: Floats, begins: Indices, step: int) -> Floats:
    """(rows, h) steps over a season -> the values they lead to; row i begins at y[begins[i]]."""
    found = np.empty_like(steps)
    for ahead in range(steps.shape[1]):
        found[:, ahead] = steps[:, ahead] + (
            y[begins + ahead - step] if ahead < step else found[:, ahead - step]
        )
    return found
