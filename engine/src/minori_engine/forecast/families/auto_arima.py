"""ARIMA, its orders chosen per series."""

from typing import Final

from minori_engine.compat.statistics import auto_arima, stl_arima
from minori_engine.forecast.families.auto_ets import season_notes
from minori_engine.forecast.family import SEASON_LENGTH, Family, Note, Question, SeriesModel
from minori_engine.forecast.panel import Floats, Indices

LONGEST_SEASON: Final = 24
"""The state of a seasonal ARIMA grows with the season, its cost with the cube of that."""


def forecast(y: Floats, question: Question) -> Floats:
    season = question.season
    if season <= LONGEST_SEASON:
        return auto_arima(y, question.h, season, question.levels)
    if len(y) >= 2 * season:
        return stl_arima(y, question.h, season, question.levels)
    return auto_arima(y, question.h, 1, question.levels)


def _notes(question: Question, lengths: Indices) -> list[Note]:
    return season_notes(question, lengths, LONGEST_SEASON)


FAMILIES: Final = (
    Family(
        id="auto_arima",
        kind="statistical",
        cost="slow",
        model=SeriesModel(forecast, min_points=10),
        source="Hyndman & Khandakar 2008; statsforecast AutoARIMA",
        needs=("statsforecast",),
        parameters=SEASON_LENGTH,
        notes=_notes,
    ),
)
