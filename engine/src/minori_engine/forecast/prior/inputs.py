"""What the network is told of a history: its values at unit scale, simple forecasts, and how those did.

All arrays have the newest value in the last column; what lies before a series begins is masked and 0.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Reach:
    """A network of one season: it sees `context` values (whole seasons) and forecasts up to `horizon` steps.

    `fewest`: values it needs. `tested`: how many of the newest values the simple forecasts are tried on.
    """

    season: int
    context: int
    horizon: int
    fewest: int
    tested: tuple[int, int]


REACHES: Final = {
    reach.season: reach
    for reach in (
        Reach(1, 60, 12, 8, (1, 4)),
        Reach(4, 48, 12, 7, (4, 8)),
        Reach(7, 84, 35, 11, (7, 14)),
        Reach(12, 120, 24, 19, (6, 12)),
        Reach(24, 336, 48, 37, (24, 48)),
        Reach(52, 208, 26, 79, (13, 26)),
    )
}

LEARNED_WITHIN: Final = {168: 24}
"""Hours of a week were learned with those of a day: that network sees two weeks."""

LAGS_WITHOUT_SEASON: Final = (1, 2, 3, 5, 8, 10, 11)
HOURS_OF_DAY: Final = 24
WEEK_OF_HOURS: Final = 168
FASTEST_DAMPING, USUAL_DAMPING, SEASONAL_DAMPING = 0.75, 0.9, 0.93
LARGEST_INPUT: Final = 8.0
LARGEST_CANDIDATE: Final = 1e4


@dataclass(frozen=True)
class Inputs:
    """`net` (rows, features) and `candidates` (rows, simple forecasts, horizon), both at unit scale:
    a value y is (y - center) / scale there; `center` and `scale` (rows,)."""

    net: Array
    candidates: Array
    center: Array
    scale: Array


def inputs(x: Array, mask: Array, reach: Reach) -> Inputs:
    """x, mask: (rows, context); a row has at least `fewest` values. Any scale."""
    season, rows = reach.season, len(x)
    known = mask.sum(1)
    center = np.where(mask, x, 0.0)[:, -season:].mean(1)
    moved = np.where(mask, x - center[:, None], 0.0)
    largest = np.abs(moved).max(1) + 1e-30
    z = (moved / largest[:, None]).astype(np.float32)
    mean = z.sum(1) / known
    spread = np.sqrt(np.maximum((z**2).sum(1) / known - mean**2, 0)) + 1e-6
    changes = _changes(z, mask, season)
    # The smallest of the usual changes is nearest to the noise, whatever the series is made of.
    scale = np.maximum(np.minimum.reduce(changes), 1e-3 * spread) + 1e-9
    z = z / scale[:, None]
    candidates = simple_forecasts(z, mask, reach)
    features = [
        *(np.log(one / scale + 1e-3)[:, None] / 2 for one in (*changes, spread)),
        (known / reach.context)[:, None],
        np.log(known / max(season, 4))[:, None],
        *_moments(z, mask, known, season),
        *_recent_errors(z, mask, reach),
    ]
    ends = candidates[:, :, [0, reach.horizon // 2, reach.horizon - 1]]
    net = np.concatenate(
        [
            np.clip(z / (spread / scale)[:, None], -6, 6),
            np.arcsinh(z) / 2,
            mask,
            *features,
            np.arcsinh(ends).reshape(rows, -1) / 2,
        ],
        axis=1,
    ).astype(np.float32)
    return Inputs(
        np.clip(np.nan_to_num(net), -LARGEST_INPUT, LARGEST_INPUT),
        np.clip(candidates, -LARGEST_CANDIDATE, LARGEST_CANDIDATE),
        center,
        scale.astype(np.float64) * largest,
    )


def _changes(z: Array, mask: Array, season: int) -> list[Array]:
    """(rows,) each: mean absolute step, seasonal step, change of step, and change of seasonal step."""

    def usual(values: Array, there: Array) -> Array:
        return (np.abs(values) * there).sum(1) / np.maximum(there.sum(1), 1)

    step = usual(z[:, 1:] - z[:, :-1], mask[:, :-1])
    bend = usual(z[:, 2:] - 2 * z[:, 1:-1] + z[:, :-2], mask[:, :-2])
    if season == 1:
        return [step, step, bend, step]
    yearly, there = z[:, season:] - z[:, :-season], mask[:, :-season]
    seasonal = np.where(there.sum(1) > 0, usual(yearly, there), step)
    enough = there[:, :-1].sum(1) > 3
    turn = np.where(enough, usual(yearly[:, 1:] - yearly[:, :-1], there[:, :-1]), seasonal)
    return [step, seasonal, bend, turn]


def _moments(z: Array, mask: Array, known: Array, season: int) -> Iterator[Array]:
    """(rows, 1) each: autocorrelations, skewness, autocorrelation of the steps, size of the newest steps."""
    centered = (z - (z.sum(1) / known)[:, None]) * mask
    power = (centered**2).sum(1) + 1e-9
    for lag in LAGS_WITHOUT_SEASON if season == 1 else sorted({1, 2, 3, season, 2 * season}):
        yield ((centered[:, lag:] * centered[:, :-lag]).sum(1) / power)[:, None]
    yield ((centered**3).sum(1) / known / (power / known) ** 1.5 / 3)[:, None]
    steps = (z[:, 1:] - z[:, :-1]) * mask[:, :-1]
    yield ((steps[:, 1:] * steps[:, :-1]).sum(1) / ((steps**2).sum(1) + 1e-9))[:, None]
    newest = np.abs(steps[:, -2 * max(season, 4) :]).mean(1)
    yield np.log(newest / (np.abs(steps).sum(1) / np.maximum(known - 1, 1) + 1e-9) + 1e-2)[:, None]


def _recent_errors(z: Array, mask: Array, reach: Reach) -> Iterator[Array]:
    """Log mean absolute errors of the simple forecasts on the newest values; whether there was a past."""
    for back in reach.tested:
        able = mask.sum(1) - back >= (4 if reach.season == 1 else 1.5 * reach.season)
        before = np.zeros_like(mask)
        before[:, back:] = mask[:, :-back]
        before[~able] = mask[~able]
        past = np.zeros_like(z)
        past[:, back:] = z[:, :-back]
        steps = min(back, reach.horizon)
        missed = (
            simple_forecasts(past * before, before, reach)[:, :, :steps] - z[:, None, -back:][:, :, :steps]
        )
        yield np.where(able[:, None], np.log(np.abs(missed).mean(2) + 0.05), 0)
        yield able[:, None]


def simple_forecasts(x: Array, mask: Array, reach: Reach) -> Array:
    """(rows, forecasts, horizon), the network's building blocks."""
    season, h = reach.season, reach.horizon
    if season == 1:
        last, step = x[:, -1], x[:, -1] - x[:, -2]
        lines = [_line(last, step, _damped(USUAL_DAMPING, h)), _line(last, step, _damped(1, h))]
        return np.stack([*_extrapolations(x, mask, h, rich=True), *lines], 1).astype(np.float32)
    found = list(_extrapolations(x, mask, h, rich=False))
    for forget in (0.85, 0.4):
        index = _seasonal_index(x, mask, season, forget)
        adjusted = (x - np.tile(index, (1, reach.context // season))) * mask
        ahead = _repeated(index, h)
        found += [one + ahead for one in _extrapolations(adjusted, mask, h, rich=True)]
    moved = _last_season_moved(x, mask, season, h)
    found += moved
    if season == HOURS_OF_DAY:
        found += _last_weeks(x, mask, moved[0])
    return np.stack(found, 1).astype(np.float32)


def _extrapolations(x: Array, mask: Array, h: int, *, rich: bool) -> Iterator[Array]:
    """(rows, h) each: levels and lines through the newest values."""
    known = mask.sum(1)
    last, first = x[:, -1], x[np.arange(len(x)), x.shape[1] - known]
    flat = np.zeros(h, np.float32)
    yield _line(last, np.zeros_like(last), flat)
    yield _line(last, (last - first) / np.maximum(known - 1, 1), _damped(1, h))
    for memory in (0.5, 0.8, 1.0):
        yield _line(_level(x, mask, memory), np.zeros_like(last), flat)
    for memory in (0.4, 0.6, 0.8, 0.9, 1.0) if rich else (0.6, 0.9):
        level, slope = _level_and_slope(x, mask, memory)
        damping = FASTEST_DAMPING if memory < 0.5 else USUAL_DAMPING if memory < 0.85 else 1
        yield _line(level, slope, _damped(damping, h))
        if damping == 1:
            yield _line(level, slope, _damped(USUAL_DAMPING, h))


def _last_season_moved(x: Array, mask: Array, season: int, h: int) -> list[Array]:
    """The last season again, and moved by what changed since the one before."""
    last = _repeated(x[:, -season:], h)
    change = np.zeros_like(x)
    change[:, season:] = (x[:, season:] - x[:, :-season]) * mask[:, :-season]
    there = np.zeros_like(mask)
    there[:, season:] = mask[:, :-season]
    there[:, -1] = True
    ahead = np.arange(h, dtype=np.float32)
    often = 1 + ahead // season
    fading = often * SEASONAL_DAMPING**ahead
    found = [last, last + change[:, -1:] * often, last + change[:, -1:] * fading]
    for memory in (0.5, 0.8, 0.93):
        moved = _level(change, there, memory)[:, None]
        found.append(last + moved * often)
        if memory < 0.8:
            found.append(last + moved * fading)
    level, slope = _level_and_slope(change, there, 0.7)
    return [*found, last + _line(level, slope, _damped(FASTEST_DAMPING, h)) * often]


def _last_weeks(x: Array, mask: Array, last_day: Array) -> list[Array]:
    """As a week ago, as the mean of the last two weeks, and as a week ago moved to the newest day's level."""
    h, known = last_day.shape[1], mask.sum(1)
    week = np.where((known >= WEEK_OF_HOURS)[:, None], x[:, -WEEK_OF_HOURS:][:, :h], last_day)
    before = x[:, -2 * WEEK_OF_HOURS : -WEEK_OF_HOURS][:, :h]
    both = np.where((known >= 2 * WEEK_OF_HOURS)[:, None], (week + before) / 2, week)
    day = HOURS_OF_DAY
    shift = x[:, -day:].mean(1) - x[:, -WEEK_OF_HOURS - day : -WEEK_OF_HOURS].mean(1)
    return [week, both, week + np.where(known >= WEEK_OF_HOURS + day, shift, 0)[:, None]]


def _line(level: Array, slope: Array, ramp: Array) -> Array:
    return level[:, None] + slope[:, None] * ramp


def _damped(factor: float, h: int) -> Array:
    """(h,) how many slopes ahead each step is."""
    return np.cumsum(factor ** np.arange(1, h + 1)).astype(np.float32)


def _repeated(season: Array, h: int) -> Array:
    return np.tile(season, (1, -(-h // season.shape[1])))[:, :h]


def _ages(n: int) -> Array:
    return np.arange(n - 1, -1, -1)


def _weights(mask: Array, memory: float) -> Array:
    return mask * (memory ** _ages(mask.shape[1])).astype(np.float32)


def _level(x: Array, mask: Array, memory: float) -> Array:
    weights = _weights(mask, memory)
    return (weights * x).sum(1) / weights.sum(1)


def _level_and_slope(x: Array, mask: Array, memory: float) -> tuple[Array, Array]:
    """Of a line by least squares that weigh older values less, at the newest one."""
    age = _ages(x.shape[1]).astype(np.float32)
    weights = _weights(mask, memory)
    weighted = weights * x
    s0, s1, s2 = weights.sum(1), weights @ age, weights @ age**2
    y0, y1 = weighted.sum(1), weighted @ age
    determinant = s0 * s2 - s1**2 + 1e-6
    return (s2 * y0 - s1 * y1) / determinant, (s1 * y0 - s0 * y1) / determinant


def _seasonal_index(x: Array, mask: Array, season: int, forget: float) -> Array:
    """(rows, season), mean 0: distances from a centred moving average, older seasons by `forget` less."""
    rows, n = x.shape
    half = season // 2
    sums = np.concatenate([np.zeros((rows, 1)), np.cumsum(x, 1, dtype=np.float64)], 1)
    average = (sums[:, season:] - sums[:, :-season]) / season
    if season % 2 == 0:
        average = (average[:, 1:] + average[:, :-1]) / 2
    distance, there = np.zeros_like(x), np.zeros_like(mask)
    distance[:, half : n - half] = x[:, half : n - half] - average
    there[:, half : n - half] = mask[:, : n - 2 * half]
    ages = forget ** _ages(n // season)
    weights = (there.reshape(rows, -1, season) * ages[None, :, None]).astype(np.float32)
    found = np.einsum("bkj,bkj->bj", weights, distance.reshape(rows, -1, season))
    found = found / np.maximum(weights.sum(1), 1e-9)
    found = found - found.mean(1, keepdims=True)
    short = mask.sum(1) < 2.5 * season
    if short.any():
        found[short] = _short_index(x[short], mask[short], season)
    return found.astype(np.float32)


def _short_index(x: Array, mask: Array, season: int) -> Array:
    """The same where no moving average has a whole season: from a line through the seasons' means."""
    rows, seasons = len(x), x.shape[1] // season
    blocks = x.reshape(rows, seasons, season)
    full = mask.reshape(rows, seasons, season).all(axis=2)
    count = full.sum(1)
    means = blocks.mean(2)
    first = means[np.arange(rows), np.clip(seasons - count, 0, seasons - 1)]
    slope = np.where(count > 1, (means[:, -1] - first) / np.maximum(count - 1, 1) / season, 0)
    within = (np.arange(season) - (season - 1) / 2).astype(np.float32)
    distance = blocks - means[:, :, None] - slope[:, None, None] * within
    found = np.einsum("bk,bkj->bj", full.astype(float), distance) / np.maximum(count, 1e-9)[:, None]
    return found - found.mean(1, keepdims=True)
