# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""statsforecast's models on one series: numbers in, one array out."""

import warnings
from collections.abc import Sequence
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm
from statsforecast.models import (
    ADIDA,
    IMAPA,
    MFLES,
    MSTL,
    TSB,
    AutoARIMA,
    AutoCES,
    AutoETS,
    CrostonOptimized,
    DynamicOptimizedTheta,
)

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


def auto_arima(y: Array, h: int, season: int, levels: Sequence[float]) -> Array:
    """SARIMA with orders found stepwise (Hyndman & Khandakar 2008), candidates compared by the
    conditional sum of squares and only the chosen one fitted by likelihood.

    y: (n,) without NaN. Returns (h, 1 + 2 * levels) as `auto_ets`.
    """
    model = AutoARIMA(season_length=season, approximation=True, max_p=3, max_q=3, max_P=1, max_Q=1)
    return _forecast(model, y, h, levels)


def stl_arima(y: Array, h: int, season: int, levels: Sequence[float]) -> Array:
    """ARIMA without season on the data seasonally adjusted by STL; as `stl_ets` otherwise."""
    trend = AutoARIMA(season_length=1, approximation=True, max_p=3, max_q=3)
    return _forecast(MSTL(season_length=season, trend_forecaster=cast("AutoETS", trend)), y, h, levels)


def auto_ces(y: Array, h: int, season: int, levels: Sequence[float]) -> Array:
    """Complex exponential smoothing, its seasonality chosen by AICc (Svetunkov et al. 2022).

    y: (n,) without NaN. Returns (h, 1 + 2 * levels) as `auto_ets`.
    """
    return _forecast(AutoCES(season_length=season), y, h, levels)


def seasons_by_stl(y: Array, h: int, seasons: Sequence[int], levels: Sequence[float]) -> Array:
    """MSTL (Bandara, Hyndman & Bergmeir 2021): several seasons taken out one by one, shortest first,
    the rest by ETS. y: (n,) without NaN. Returns (h, 1 + 2 * levels) as `auto_ets`.
    """
    trend = AutoETS(season_length=1, model="ZZN")
    return _forecast(MSTL(season_length=list(seasons), trend_forecaster=trend), y, h, levels)


def gradient_decomposition(y: Array, h: int, seasons: Sequence[int]) -> Array:
    """MFLES: trend, Fourier seasons and smoothed rest fitted in boosting rounds (Blume, statsforecast).

    y: (n,) without NaN. Returns (h,).
    """
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        found: Any = MFLES(season_length=list(seasons)).forecast(y, h=h)
    return np.asarray(found["mean"], np.float64)


INTERMITTENT: Final = {"croston_optimized": CrostonOptimized, "adida": ADIDA, "imapa": IMAPA}


def intermittent_level(name: str, y: Array) -> float:
    """Demand per step by a method of INTERMITTENT. y: (n,) without NaN."""
    with np.errstate(all="ignore"):
        return float(INTERMITTENT[name]().forecast(y, h=1)["mean"][0])


def tsb_level(y: Array, size_smoothing: float, probability_smoothing: float) -> float:
    """Teunter, Syntetos & Babai 2011: demand size times probability. y: (n,) without NaN."""
    with np.errstate(all="ignore"):
        return float(TSB(size_smoothing, probability_smoothing).forecast(y, h=1)["mean"][0])


def _forecast(
    model: AutoETS | MSTL | DynamicOptimizedTheta | AutoARIMA | AutoCES,
    y: Array,
    h: int,
    levels: Sequence[float],
) -> Array:
    # The library names its columns by the level as given: 80, not 80.0.
    names = [int(level) if level == int(level) else level for level in levels]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        found: Any = model.forecast(y, h=h, level=cast("list[int]", sorted(names)))
    columns: list[Array] = [found["mean"]]
    for name in names:
        columns += [found[f"lo-{name}"], found[f"hi-{name}"]]
    return np.column_stack(columns).astype(np.float64)
