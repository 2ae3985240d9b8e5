"""Linear regression of all steps ahead on the last values, several of them averaged.

One linear map from a window of the past to the horizon is a strong forecaster on short and long
series alike, and ridge regression has it in closed form (Toner & Darlow 2024). What no single choice
suits is decided by averaging: levels or their logarithms, seasonal steps or not, which part of the
window stands for the level, how long the window is. Each map's penalty and its weight come from its
leave-one-out errors, which the same decomposition gives for nothing; their quantiles are the intervals.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from minori_engine.forecast.family import SEASON_LENGTH, Family, Question, SeriesModel
from minori_engine.forecast.panel import Floats, Indices

PENALTIES: Final = (0.1, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
"""Of inputs at unit scale."""
LONGEST_SHARE: Final = 3
"""A window is at most so small a part of the series."""
FEWEST_ROWS: Final = 8
MOST_ROWS: Final = 2_000
"""Older windows teach nothing that is worth their time."""
LONGEST_WINDOW: Final = 400
MOST_LEVERAGE: Final = 0.99
POWER: Final = 4
LIMIT: Final = 1.5
"""How fast a map's weight falls with its error, and the multiple of the least from which it has none."""
LARGEST_LOG: Final = 300.0

Level = Literal["none", "last", "mean"]
"""What is taken off a window, and put back on what it leads to."""


@dataclass(frozen=True)
class Shape:
    """`step`: values so many steps back are subtracted first (0 = none)."""

    step: int
    level: Level
    window: int


SHORT: Final = tuple(Shape(0, level, window) for window in (4, 8, 14) for level in ("mean", "last"))


def _shapes(season: int) -> tuple[Shape, ...]:
    if season == 1:
        return SHORT
    return (
        Shape(0, "mean", season + 2),
        Shape(0, "mean", 2 * season),
        Shape(0, "last", 2 * season),
        Shape(season, "none", season),
        Shape(season, "mean", season),
        Shape(season, "last", season),
        Shape(season, "none", 2 * season),
    )


@dataclass(frozen=True)
class Linear:
    """One fitted map: (h,) ahead of the series, and (rows, h) what it would have said of each window's
    future had it not been among those it learned from, newest row last."""

    ahead: Floats
    left_out: Floats


def forecast(y: Floats, question: Question) -> Floats:
    h = question.h
    maps = list(_maps(y, h, question.season))
    if not maps:
        raise ValueError("too short for any window")
    rows = min(len(one.left_out) for one in maps)
    actual = sliding_window_view(y, h)[-rows:]
    errors = np.array([np.abs(actual - one.left_out[-rows:]).mean() for one in maps])
    weights = _weights(errors)
    ahead = np.einsum("m,mh->h", weights, np.stack([one.ahead for one in maps]))
    missed = actual - np.einsum("m,mrh->rh", weights, np.stack([one.left_out[-rows:] for one in maps]))
    columns = [ahead]
    for level in question.levels:
        tail = (1 - level / 100) / 2
        low, high = np.quantile(missed, [tail, 1 - tail], axis=0)
        columns += [ahead + np.minimum(low, 0), ahead + np.maximum(high, 0)]
    return np.column_stack(columns)


def _weights(errors: Floats) -> Floats:
    least = errors.min()
    if not least > 0:
        return (errors == least) / (errors == least).sum()
    weights = np.where(errors <= LIMIT * least, (least / errors) ** POWER, 0.0)
    return weights / weights.sum()


def _fewest_rows(h: int) -> int:
    return max(FEWEST_ROWS, h // 2)


def _maps(y: Floats, h: int, season: int) -> Iterator[Linear]:
    visible = season if season > 1 and len(y) >= h + max(3 * season, 2 * season + _fewest_rows(h)) else 1
    longest = min(len(y) // LONGEST_SHARE, LONGEST_WINDOW)
    for logarithm in (False, True) if y.min() > 0 else (False,):
        values = np.log(y) if logarithm else y
        for shape in _shapes(visible):
            if shape.window > longest:
                continue
            found = _fit(values, h, shape, visible)
            if found is None:
                continue
            if logarithm:
                found = Linear(
                    np.exp(np.clip(found.ahead, -LARGEST_LOG, LARGEST_LOG)),
                    np.exp(np.clip(found.left_out, -LARGEST_LOG, LARGEST_LOG)),
                )
            yield found


def _fit(y: Floats, h: int, shape: Shape, season: int) -> Linear | None:
    """None where too few windows have all of their future."""
    step = shape.step
    stepped = y[step:] - y[:-step] if step else y
    rows = len(stepped) - shape.window - h + 1
    if rows < _fewest_rows(h):
        return None
    windows = sliding_window_view(stepped, shape.window)
    level = _level(windows, shape.level, season if season > 1 else shape.window)
    first = max(0, rows - MOST_ROWS)
    taught = slice(first, rows)
    inputs = (windows - level[:, None])[first:]
    outputs = sliding_window_view(stepped, h)[shape.window :][taught] - level[taught, None]
    inputs = np.hstack([inputs / (float(inputs.std()) or 1.0), np.ones((len(inputs), 1))])
    ahead, left_out = _ridge(inputs[: rows - first], outputs, inputs[-1])
    ahead, left_out = ahead + level[-1], left_out + level[taught, None]
    if step:
        begin = step + shape.window + first
        left_out = _added_up(y, left_out, begin + np.arange(len(left_out)), step)
        ahead = _added_up(y, ahead[None], np.array([len(y)]), step)[0]
    return Linear(ahead, left_out)


def _level(windows: Floats, level: Level, season: int) -> Floats:
    if level == "none":
        return np.zeros(len(windows))
    return windows[:, -1] if level == "last" else windows[:, -season:].mean(axis=1)


def _ridge(inputs: Floats, outputs: Floats, newest: Floats) -> tuple[Floats, Floats]:
    """The prediction for `newest` and the leave-one-out predictions, by the penalty whose mean
    absolute leave-one-out error is the least."""
    values, vectors = np.linalg.eigh(inputs.T @ inputs)
    values = np.maximum(values, 0.0)
    turned = inputs @ vectors
    projected = turned.T @ outputs
    errors: list[float] = []
    missed: list[Floats] = []
    for penalty in PENALTIES:
        shrunk = 1 / (values + penalty)
        leverage = np.minimum(np.einsum("ij,j,ij->i", turned, shrunk, turned), MOST_LEVERAGE)
        missed.append((outputs - turned @ (shrunk[:, None] * projected)) / (1 - leverage)[:, None])
        errors.append(float(np.abs(missed[-1]).mean()))
    best = int(np.argmin(errors))
    ahead = (newest @ vectors) @ (projected / (values + PENALTIES[best])[:, None])
    return ahead, outputs - missed[best]


def _added_up(y: Floats, steps: Floats, begins: Indices, step: int) -> Floats:
    """(rows, h) steps over a season -> the values they lead to; row i begins at y[begins[i]]."""
    found = np.empty_like(steps)
    for ahead in range(steps.shape[1]):
        found[:, ahead] = steps[:, ahead] + (
            y[begins + ahead - step] if ahead < step else found[:, ahead - step]
        )
    return found


FAMILIES: Final = (
    Family(
        id="ridge",
        kind="statistical",
        cost="fast",
        model=SeriesModel(forecast, min_points=12),
        source="Hoerl & Kennard 1970; Toner & Darlow 2024; own",
        parameters=SEASON_LENGTH,
    ),
)
