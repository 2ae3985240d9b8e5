"""Linear regression of all steps ahead on the last values, several of them averaged.

One linear map from a window of the past to the horizon is a strong forecaster on short and long
series alike, and ridge regression has it in closed form (Toner & Darlow 2024).
"""

from typing import Final

import numpy as np

from minori_engine.forecast.family import SEASONS, Family, SeriesModel
from minori_engine.forecast.panel import Floats
from minori_engine.forecast.window_maps import Shape, WindowMaps

PENALTIES: Final = (0.1, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
MOST_ROWS: Final = 2_000
MOST_LEVERAGE: Final = 0.99
PLAIN: Final = tuple(Shape(0, level, window) for window in (4, 8, 14) for level in ("mean", "last"))


def _shapes(season: int, longer: int) -> tuple[Shape, ...]:
    if season == 1:
        return PLAIN
    if longer > 1:
        return (*_shapes(season, 1), *_far(season, longer))
    return (
        Shape(0, "mean", season + 2),
        Shape(0, "mean", 2 * season),
        Shape(0, "last", 2 * season),
        Shape(season, "none", season),
        Shape(season, "mean", season),
        Shape(season, "last", season),
        Shape(season, "none", 2 * season),
    )


def _far(season: int, longer: int) -> tuple[Shape, ...]:
    return (
        Shape(0, "mean", longer + season),
        Shape(longer, "none", season),
        Shape(longer, "mean", season),
        Shape(longer, "last", season),
        Shape(longer, "none", 2 * season),
    )


def solve(inputs: Floats, outputs: Floats, newest: Floats) -> tuple[Floats, Floats]:
    """By the penalty whose mean absolute leave-one-out error is the least (Allen 1974, PRESS)."""
    inputs = np.hstack([inputs, np.ones((len(inputs), 1))])
    values, vectors = np.linalg.eigh(inputs.T @ inputs)
    values = np.maximum(values, 0.0)
    turned = inputs @ vectors
    projected = turned.T @ outputs
    errors: list[float] = []
    missed: list[Floats] = []
    for penalty in PENALTIES:
        shrunk = 1 / (values + penalty)
        leverage = np.minimum(np.einsum("ij,j,ij->i", turned, shrunk, turned), MOST_LEVERAGE)
        missed.append((outputs - turned @ (shrunk[:, None] * projected)) / (1 - leverage)[:, None])
        errors.append(float(np.abs(missed[-1]).mean()))
    best = int(np.argmin(errors))
    ahead = (np.append(newest, 1.0) @ vectors) @ (projected / (values + PENALTIES[best])[:, None])
    return ahead, outputs - missed[best]


FAMILIES: Final = (
    Family(
        id="ridge",
        kind="statistical",
        cost="fast",
        model=SeriesModel(WindowMaps(_shapes, solve, MOST_ROWS).forecast, min_points=12),
        source="Hoerl & Kennard 1970; Toner & Darlow 2024; own",
        parameters=SEASONS,
    ),
)
