# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""statsforecast's models on one series: numbers in, one array out."""

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from statsforecast.models import AutoETS, DynamicOptimizedTheta

Array = NDArray[np.float64]


def auto_ets(y: Array, h: int, season: int, levels: Sequence[int]) -> Array:
    """ETS with error, trend and season chosen by AICc (statsforecast AutoETS, model ZZZ).

    y: (n,) without NaN. Returns (h, 1 + 2 * levels): mean, lo, hi per level in the given order.
    """
    return _forecast(AutoETS(season_length=season), y, h, levels)


def dynamic_optimized_theta(y: Array, h: int, season: int, levels: Sequence[int]) -> Array:
    """Dynamic optimised Theta model (Fiorucci et al. 2016), as statsforecast has it.

    y: (n,) without NaN. Returns (h, 1 + 2 * levels) as `auto_ets`.
    """
    return _forecast(DynamicOptimizedTheta(season_length=season), y, h, levels)


def _forecast(model: AutoETS | DynamicOptimizedTheta, y: Array, h: int, levels: Sequence[int]) -> Array:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        found = model.forecast(y, h=h, level=sorted(levels))
    columns = [found["mean"]]
    for level in levels:
        columns += [found[f"lo-{level}"], found[f"hi-{level}"]]
    return np.column_stack(columns).astype(np.float64)
