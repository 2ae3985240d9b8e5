"""A small real fit of each library call that trials make; a forked child runs it once at start."""

import numpy as np

from minori_engine.compat.boosting import TreeSettings, fit_trees
from minori_engine.compat.statistics import auto_ets, dynamic_optimized_theta

MONTHS = 36


def run() -> None:
    """Raises when a library cannot work in this process."""
    months = np.arange(MONTHS, dtype=np.float64)
    y = 100 + months + 10 * np.sin(2 * np.pi * months / 12)
    for fit in (auto_ets, dynamic_optimized_theta):
        if not np.isfinite(fit(y, 12, 12, (80, 90))).all():
            raise ArithmeticError(f"{fit.__name__} gave no finite forecast")
    trees = TreeSettings(
        h=2,
        direct=False,
        lags=(1, 2),
        windows=(3,),
        differences=1,
        rounds=3,
        leaves=3,
        learning_rate=0.1,
        min_leaf=2,
        seed=1,
    )
    phase = (months % 12)[:, None]
    if not np.isfinite(fit_trees([y], [phase], trees)([y], [phase[:2]])).all():
        raise ArithmeticError("boosted trees gave no finite forecast")
