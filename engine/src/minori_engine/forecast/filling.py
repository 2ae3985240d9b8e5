"""Gaps: what a simple forecast may see where a value is missing."""

import numpy as np

from minori_engine.forecast.panel import Floats


def carried_forward(y: Floats) -> Floats:
    """y (series, n): each NaN becomes the last value before it; NaN stays where there was none."""
    positions = np.arange(y.shape[1], dtype=np.int64)[None, :]
    columns = np.where(np.isnan(y), np.int64(-1), positions)
    latest = np.maximum.accumulate(columns, axis=1)
    rows = np.arange(len(y))[:, None]
    return np.where(latest >= 0, y[rows, np.maximum(latest, 0)], np.nan)


def without_gaps(y: Floats) -> Floats:
    """y (n,): from the first value on, gaps filled on a straight line, the last value carried on."""
    known = np.flatnonzero(~np.isnan(y))
    if len(known) == 0:
        return y[:0]
    begin = int(known[0])
    if len(known) == len(y) - begin:
        return y[begin:]
    positions = np.arange(begin, len(y))
    return np.interp(positions, known, y[known])
