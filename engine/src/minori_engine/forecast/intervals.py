"""Prediction intervals: from a standard error, from past errors, and in good order."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from minori_engine.compat.statistics import normal_quantile
from minori_engine.forecast.panel import Floats

FLOAT32_MAX: Final = float(np.finfo(np.float32).max)
FEWEST_ERRORS: Final = 3


def with_normal_intervals(mean: Floats, sigma: Floats, levels: Sequence[float]) -> Floats:
    """mean and sigma: (series, h). Returns (series, h, 1 + 2 * levels)."""
    columns = [mean]
    for level in levels:
        half = normal_quantile(level) * sigma
        columns += [mean - half, mean + half]
    return np.stack(columns, axis=-1)


def with_error_intervals(
    mean: Floats, errors: Floats, levels: Sequence[float], fallback_sigma: Floats
) -> Floats:
    """Split-conformal intervals, symmetric around the mean (Vovk et al. 2005; Nixtla's
    `conformal_error`).

    mean: (series, h). errors: (origins, series, h) forecast errors of earlier origins, NaN where
    there was none. The half width at a step is the ceil((n + 1) * level)-th smallest of its n
    absolute errors. Steps with fewer than three use fallback_sigma (series,), taken as normal.
    """
    scores = np.sort(np.abs(errors), axis=0)  # NaN goes to the end
    count = np.isfinite(scores).sum(axis=0)
    columns = [mean]
    for level in levels:
        rank = np.minimum(np.ceil((count + 1) * level / 100), count).astype(np.int64) - 1
        half = np.take_along_axis(scores, np.maximum(rank, 0)[None], axis=0)[0]
        plain = np.broadcast_to(normal_quantile(level) * fallback_sigma[:, None], mean.shape)
        half = np.where(count >= FEWEST_ERRORS, half, plain)
        columns += [mean - half, mean + half]
    return np.stack(columns, axis=-1)


def calibration_cutoffs(n: int, h: int, origins: int) -> list[int]:
    """Lengths of past to forecast from, newest first, spread so that every step gets its share.

    The newest have not seen all of their h steps yet.
    """
    furthest = min(n - 1, h + origins - 1)
    back = np.unique(np.linspace(1, max(1, furthest), origins).round().astype(np.int64))
    return [n - int(steps) for steps in back if n - steps >= 1]


def with_pooled_errors(mean: Floats, errors: Floats, levels: Sequence[float]) -> Floats:
    """Intervals around a flat forecast from signed errors of all steps together, each side for
    itself: demand that is mostly zero errs far upwards and never far downwards.

    mean: (h,). errors: (n,) actual minus forecast, n >= 1. Returns (h, 1 + 2 * levels).
    """
    ordered = np.sort(errors)
    n = len(ordered)
    columns = [mean]
    for level in levels:
        tail = (1 - level / 100) / 2
        low = max(int(np.floor((n + 1) * tail)) - 1, 0)
        high = min(int(np.ceil((n + 1) * (1 - tail))) - 1, n - 1)
        columns += [mean + ordered[low], mean + ordered[high]]
    return np.column_stack(columns)


def tidy(forecast: Floats, spare: Floats, levels: Sequence[float]) -> Floats:
    """Makes every row usable: bounds finite, lo <= mean <= hi, a wider level never narrower.

    forecast: (series, h, width) with finite means. spare: a simple forecast of the same shape
    whose half widths replace bounds that are not finite.
    """
    found = np.clip(forecast, -FLOAT32_MAX, FLOAT32_MAX)
    mean = found[..., 0]
    spare_mean = spare[..., 0]
    inner_low, inner_high = mean, mean
    for position in np.argsort(levels, kind="stable"):
        low, high = 1 + 2 * int(position), 2 + 2 * int(position)
        half = np.abs(spare[..., high] - spare_mean)
        half = np.where(np.isfinite(half), half, 0.0)
        lower = np.where(np.isfinite(forecast[..., low]), found[..., low], mean - half)
        upper = np.where(np.isfinite(forecast[..., high]), found[..., high], mean + half)
        inner_low = np.minimum(inner_low, lower)
        inner_high = np.maximum(inner_high, upper)
        found[..., low], found[..., high] = inner_low, inner_high
    return np.clip(found, -FLOAT32_MAX, FLOAT32_MAX)
