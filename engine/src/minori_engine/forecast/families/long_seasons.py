"""Several seasons at once, however long: hours of a day and of a week, days of a week and of a year."""

from typing import Final

import numpy as np

from minori_engine.compat.statistics import auto_ets, gradient_decomposition, seasons_by_stl
from minori_engine.forecast.family import (
    SEASONS,
    Family,
    Question,
    SeriesModel,
)
from minori_engine.forecast.intervals import calibration_cutoffs, with_error_intervals
from minori_engine.forecast.panel import Floats

CALIBRATION_ORIGINS: Final = 16


def mstl(y: Floats, question: Question) -> Floats:
    seasons = _visible_seasons(y, question)
    if not seasons:
        return auto_ets(y, question.h, 1, question.levels)
    return seasons_by_stl(y, question.h, seasons, question.levels)


def mfles(y: Floats, question: Question) -> Floats:
    """Intervals from the errors of earlier origins: the method has none of its own."""
    h = question.h

    def point(known: Floats) -> Floats:
        return gradient_decomposition(known, h, _visible_seasons(known, question) or [1])

    cutoffs = [
        cutoff for cutoff in calibration_cutoffs(len(y), h, CALIBRATION_ORIGINS) if 2 * cutoff > len(y)
    ]
    errors = np.full((len(cutoffs), 1, h), np.nan)
    for origin, cutoff in enumerate(cutoffs):
        seen = y[cutoff : cutoff + h]
        errors[origin, 0, : len(seen)] = seen - point(y[:cutoff])[: len(seen)]
    spread = np.array([np.std(y)], np.float64)
    return with_error_intervals(point(y)[None], errors, question.levels, spread)[0]


def _visible_seasons(y: Floats, question: Question) -> list[int]:
    """Those seen at least twice, shortest first."""
    asked = {question.season, question.params.get("second_season") or 1}
    return sorted(season for season in asked if season > 1 and 2 * season <= len(y))


FAMILIES: Final = (
    Family(
        id="mstl",
        kind="statistical",
        cost="fast",
        model=SeriesModel(mstl, min_points=7),
        source="Bandara, Hyndman & Bergmeir 2021; statsforecast MSTL",
        needs=("statsforecast",),
        parameters=SEASONS,
    ),
    Family(
        id="mfles",
        kind="statistical",
        cost="fast",
        model=SeriesModel(mfles, min_points=7),
        source="Blume 2024; statsforecast MFLES",
        needs=("statsforecast",),
        parameters=SEASONS,
    ),
)
