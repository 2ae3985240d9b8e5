# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""LightGBM behind mlforecast: lists of arrays in, one array out."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import lightgbm
import numpy as np
import pandas as pd
from mlforecast import MLForecast
from mlforecast.lag_transforms import RollingMean, RollingStd
from mlforecast.target_transforms import Differences
from numpy.typing import NDArray

Array = NDArray[np.float64]
TARGET: Final = "y"
SERIES: Final = "unique_id"
TIME: Final = "ds"

Trees = Callable[[list[Array], list[Array]], Array]
"""(pasts, calendars of the h steps ahead) -> (series, h)."""


@dataclass(frozen=True)
class TreeSettings:
    """`direct`: one model per step ahead; else one model that feeds on its own forecasts.

    `differences`: steps back that are subtracted before anything else (0 = none).
    """

    h: int
    direct: bool
    lags: tuple[int, ...]
    windows: tuple[int, ...]
    differences: int
    rounds: int
    leaves: int
    learning_rate: float
    min_leaf: int
    seed: int

    @property
    def context(self) -> int:
        """Points of the past that a forecast looks at."""
        return max((*self.lags, *self.windows)) + self.differences + 1


def fit_trees(pasts: list[Array], calendars: list[Array], settings: TreeSettings) -> Trees:
    """Learns from all `pasts` (n_i,), each with its `calendars` (n_i, columns) known ahead too."""
    columns = [f"c{number}" for number in range(calendars[0].shape[1])]
    model = lightgbm.LGBMRegressor(
        objective="l1" if settings.direct else "l2",
        n_estimators=settings.rounds,
        num_leaves=settings.leaves,
        learning_rate=settings.learning_rate,
        min_child_samples=settings.min_leaf,
        colsample_bytree=0.9,
        subsample=0.9,
        subsample_freq=1,
        random_state=settings.seed,
        # Threads once started in a process make its forks hang, and change the last digits.
        n_jobs=1,
        deterministic=True,
        force_row_wise=True,
        verbosity=-1,
    )
    models: dict[str, Any] = {"trees": model}
    rolled: list[Any] = []
    for window in settings.windows:
        rolled += [RollingMean(window, min_samples=1), RollingStd(window, min_samples=2)]
    learner = MLForecast(
        models=models,
        freq=1,
        lags=list(settings.lags),
        lag_transforms={1: rolled} if rolled else None,
        target_transforms=[Differences([settings.differences])] if settings.differences else None,
        num_threads=1,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        learner.fit(
            _table(pasts, calendars, columns),
            static_features=[],
            # Early rows have no long lags yet: the trees know what a missing value is.
            dropna=False,
            max_horizon=settings.h if settings.direct else None,
        )
    context = settings.context

    def forecast(known: list[Array], ahead: list[Array]) -> Array:
        tails = [y[-context:] for y in known]
        blank = [np.zeros((len(y), len(columns))) for y in tails]
        future = _table([np.zeros(settings.h)] * len(known), ahead, columns, [len(y) for y in tails])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found: pd.DataFrame = learner.predict(
                settings.h,
                new_df=_table(tails, blank, columns),
                X_df=future.drop(columns=TARGET) if columns else None,
            )
        return found["trees"].to_numpy(np.float64).reshape(len(known), settings.h)

    return forecast


def _table(
    pasts: list[Array], calendars: list[Array], columns: list[str], begins: list[int] | None = None
) -> pd.DataFrame:
    lengths = [len(y) for y in pasts]
    first = begins or [0] * len(pasts)
    times = [np.arange(length) + begin for length, begin in zip(lengths, first, strict=True)]
    table = pd.DataFrame(
        {
            SERIES: np.repeat(np.arange(len(pasts)), lengths),
            TIME: np.concatenate(times),
            TARGET: np.concatenate(pasts),
        }
    )
    table[columns] = np.concatenate(calendars)
    return table
