"""A small real fit of each library call that trials make; a forked child runs it once at start."""

import numpy as np

from minori_engine.compat.statistics import auto_ets, dynamic_optimized_theta

MONTHS = 36


def run() -> None:
    """Raises when a library cannot work in this process."""
    months = np.arange(MONTHS, dtype=np.float64)
    y = 100 + months + 10 * np.sin(2 * np.pi * months / 12)
    for fit in (auto_ets, dynamic_optimized_theta):
        if not np.isfinite(fit(y, 12, 12, (80, 90))).all():
            raise ArithmeticError(f"{fit.__name__} gave no finite forecast")
