# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""statsforecast's models on one series: numbers in, one array out."""

import warnings
from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm
from statsforecast.models import MSTL, AutoETS, DynamicOptimizedTheta

Array = NDArray[np.float64]


def normal_quantile(level: float) -> float:
    """z with P(|N(0, 1)| <= z) = level percent."""
    return float(norm.ppf(0.5 + level / 200))


def auto_ets(y: Array, h: int, season: int, levels: Sequence[float]) -> Array:
    """ETS with error, trend and season chosen by AICc (statsforecast AutoETS, model ZZZ).

    y: (n,) without NaN. Returns (h, 1 + 2 * levels): mean, lo, hi per level in the given order.
    """
    return _forecast(AutoETS(season_length=season), y, h, levels)


def stl_ets(y: Array, h: int, season: int, levels: Sequence[float]) -> Array:
    """ETS without season on the data seasonally adjusted by STL, as R's `forecast` does for long
    seasons. y: (n,) without NaN, n >= 2 * season. Returns (h, 1 + 2 * levels) as `auto_ets`.
    """
    model = MSTL(season_length=season, trend_forecaster=AutoETS(season_length=1, model="ZZN"))
    return _forecast(model, y, h, levels)


def dynamic_optimized_theta(y: Array, h: int, season: int, levels: Sequence[float]) -> Array:
    """Dynamic optimised Theta model (Fiorucci et al. 2016), as statsforecast has it.

    y: (n,) without NaN. Returns (h, 1 + 2 * levels) as `auto_ets`.
    """
    return _forecast(DynamicOptimizedTheta(season_length=season), y, h, levels)


def _forecast(
    model: AutoETS | MSTL | DynamicOptimizedTheta, y: Array, h: int, levels: Sequence[float]
) -> Array:
    # The library names its columns by the level as given: 80, not 80.0.
    names = [int(level) if level == int(level) else level for level in levels]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        found = model.forecast(y, h=h, level=cast("list[int]", sorted(names)))
    columns = [found["mean"]]
    for name in names:
        columns += [found[f"lo-{name}"], found[f"hi-{name}"]]
    return np.column_stack(columns).astype(np.float64)
