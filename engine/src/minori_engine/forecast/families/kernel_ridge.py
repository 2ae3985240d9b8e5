"""Forecasts by likeness: windows that look like the newest one lead to what it leads to.

Ridge regression in the feature space of a Gaussian kernel (Saunders, Gammerman & Vovk 1998), the
smooth form of forecasting by analogues. It bends where linear rules cannot: cycles that rise faster
than they fall, days that are unlike in more than their level.
"""

from typing import Final

import numpy as np

from minori_engine.forecast.family import SEASONS, Family, SeriesModel
from minori_engine.forecast.panel import Floats
from minori_engine.forecast.window_maps import Shape, WindowMaps

WIDTHS: Final = (0.3, 1.0, 3.0, 10.0)
"""Of the kernel, in median squared distances between windows."""
PENALTIES: Final = (0.01, 0.1, 0.3, 1.0, 3.0, 10.0)
MOST_ROWS: Final = 300
"""Its cost grows with their cube."""
MOST_LEVERAGE: Final = 0.99
PLAIN: Final = (
    Shape(0, "mean", 4),
    Shape(0, "mean", 8),
    Shape(0, "last", 4),
    Shape(0, "whole", 3),
    Shape(0, "whole", 6),
    Shape(0, "whole", 12),
)


def _shapes(season: int, longer: int) -> tuple[Shape, ...]:
    if season == 1:
        return PLAIN
    far = (Shape(longer, "none", season), Shape(longer, "mean", season)) if longer > 1 else ()
    return (
        *far,
        Shape(0, "mean", season + 2),
        Shape(0, "last", season + 2),
        Shape(season, "none", season),
    )


def solve(inputs: Floats, outputs: Floats, newest: Floats) -> tuple[Floats, Floats]:
    """By the width and the penalty whose mean absolute leave-one-out error is the least."""
    between = _distances(inputs, inputs)
    to_newest = _distances(newest[None], inputs)[0]
    usual = float(np.median(between[between > 0])) if (between > 0).any() else 1.0
    center = outputs.mean(axis=0)
    least = np.inf
    ahead, missed = center, outputs - center
    for width in WIDTHS:
        values, vectors = np.linalg.eigh(np.exp(-between / (width * usual)))
        values = np.maximum(values, 0.0)
        projected = vectors.T @ (outputs - center)
        for penalty in PENALTIES:
            kept = values / (values + penalty)
            leverage = np.minimum(np.einsum("ij,j,ij->i", vectors, kept, vectors), MOST_LEVERAGE)
            left = (outputs - center - vectors @ (kept[:, None] * projected)) / (1 - leverage)[:, None]
            error = float(np.abs(left).mean())
            if error < least:
                least, missed = error, left
                dual = vectors @ (projected / (values + penalty)[:, None])
                ahead = np.exp(-to_newest / (width * usual)) @ dual + center
    return ahead, outputs - missed


def _distances(a: Floats, b: Floats) -> Floats:
    """(len(a), len(b)) squared."""
    squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None] - 2 * a @ b.T
    return np.maximum(squares, 0.0)


FAMILIES: Final = (
    Family(
        id="kernel_ridge",
        kind="statistical",
        cost="slow",
        model=SeriesModel(WindowMaps(_shapes, solve, MOST_ROWS).forecast, min_points=12),
        source="Saunders, Gammerman & Vovk 1998; own",
        parameters=SEASONS,
    ),
)
