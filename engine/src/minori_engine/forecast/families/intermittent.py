"""Demand that is zero most of the time: a flat rate per step, intervals from past errors."""

from collections.abc import Callable
from typing import Final

import numpy as np

from minori_engine.compat.statistics import intermittent_level, tsb_level
from minori_engine.forecast.family import Family, Parameter, Question, RealParameter, SeriesModel
from minori_engine.forecast.intervals import with_pooled_errors
from minori_engine.forecast.panel import Floats

CALIBRATION_ORIGINS: Final = 12

Level = Callable[[Floats, Question], float]


def _model(level: Level) -> SeriesModel:
    def forecast(y: Floats, question: Question) -> Floats:
        h = question.h
        if not y.any():
            # Nothing was ever asked for: the library divides by the number of demands.
            return np.zeros((h, question.width))
        parts: list[Floats] = []
        for cutoff in _cutoffs(len(y)):
            known = y[:cutoff]
            parts.append(y[cutoff : cutoff + h] - (level(known, question) if known.any() else 0.0))
        errors = np.concatenate(parts)
        found = with_pooled_errors(
            np.full(h, level(y, question)), errors[np.isfinite(errors)], question.levels
        )
        if y.min() < 0:
            return found
        # A value that is often zero must not fall below a bound because the rate has risen.
        for column, percent in enumerate(question.levels):
            usual = np.quantile(y[len(y) // 2 :], (1 - percent / 100) / 2, method="inverted_cdf")
            found[:, 1 + 2 * column] = np.minimum(found[:, 1 + 2 * column], usual)
        return np.maximum(found, 0.0)

    return SeriesModel(forecast, min_points=4)


def _cutoffs(n: int) -> list[int]:
    """Spread over the newer half: a flat rate errs alike at each step, so old errors count too."""
    return [int(cutoff) for cutoff in np.unique(np.linspace(n / 2, n - 1, CALIBRATION_ORIGINS).astype(int))]


def _library(name: str) -> SeriesModel:
    return _model(lambda y, _question: intermittent_level(name, y))


def _tsb(y: Floats, question: Question) -> float:
    return tsb_level(y, question.params["size_smoothing"], question.params["probability_smoothing"])


SMOOTHING: Final[dict[str, Parameter]] = {
    "size_smoothing": RealParameter(minimum=0.01, maximum=0.9, default=0.1, log=True),
    "probability_smoothing": RealParameter(minimum=0.01, maximum=0.9, default=0.1, log=True),
}

FAMILIES: Final = (
    Family(
        id="croston_optimized",
        kind="statistical",
        cost="fast",
        model=_library("croston_optimized"),
        source="Croston 1972; statsforecast CrostonOptimized",
        needs=("statsforecast",),
    ),
    Family(
        id="adida",
        kind="statistical",
        cost="fast",
        model=_library("adida"),
        source="Nikolopoulos et al. 2011; statsforecast ADIDA",
        needs=("statsforecast",),
    ),
    Family(
        id="imapa",
        kind="statistical",
        cost="fast",
        model=_library("imapa"),
        source="Petropoulos & Kourentzes 2015; statsforecast IMAPA",
        needs=("statsforecast",),
    ),
    Family(
        id="tsb",
        kind="statistical",
        cost="fast",
        model=_model(_tsb),
        source="Teunter, Syntetos & Babai 2011; statsforecast TSB",
        needs=("statsforecast",),
        space=SMOOTHING,
    ),
)
