"""Complex exponential smoothing: level and its shadow instead of level, trend and their kinds."""

from typing import Final

from minori_engine.compat.statistics import auto_ces
from minori_engine.forecast.family import SEASON_LENGTH, Family, Question, SeriesModel
from minori_engine.forecast.panel import Floats


def forecast(y: Floats, question: Question) -> Floats:
    season = question.season if len(y) >= 2 * question.season else 1
    return auto_ces(y, question.h, season, question.levels)


FAMILIES: Final = (
    Family(
        id="auto_ces",
        kind="statistical",
        cost="slow",
        model=SeriesModel(forecast, min_points=7),
        source="Svetunkov, Kourentzes & Ord 2022; statsforecast AutoCES",
        needs=("statsforecast",),
        parameters=SEASON_LENGTH,
    ),
)
