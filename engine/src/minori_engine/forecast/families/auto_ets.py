"""Exponential smoothing, chosen per series."""

from typing import Final

from minori_engine.compat.statistics import auto_ets, stl_ets
from minori_engine.forecast.family import SEASON_LENGTH, Family, Note, Question, SeriesModel
from minori_engine.forecast.panel import Floats, Indices

LONGEST_SEASON: Final = 24
"""statsforecast simulates the intervals of longer multiplicative seasons wrongly, and each season
costs a parameter: beyond it the season is taken out by STL instead."""


def forecast(y: Floats, question: Question) -> Floats:
    season = question.season
    if season <= LONGEST_SEASON:
        return auto_ets(y, question.h, season, question.levels)
    if len(y) >= 2 * season:
        return stl_ets(y, question.h, season, question.levels)
    return auto_ets(y, question.h, 1, question.levels)


def season_notes(question: Question, lengths: Indices, longest: int) -> list[Note]:
    """What becomes of a season above `longest`."""
    season = question.season
    if season <= longest:
        return []
    params = {"season": season, "longest": longest}
    by_stl = Note("season_by_stl", params)
    short = int((lengths < 2 * season).sum())
    if short == 0:
        return [by_stl]
    dropped = Note("season_dropped", {"season": season, "series": short})
    return [dropped] if short == len(lengths) else [by_stl, dropped]


def _notes(question: Question, lengths: Indices) -> list[Note]:
    return season_notes(question, lengths, LONGEST_SEASON)


FAMILIES: Final = (
    Family(
        id="auto_ets",
        kind="statistical",
        cost="slow",
        model=SeriesModel(forecast, min_points=7),
        source="Hyndman et al. 2008; statsforecast AutoETS",
        needs=("statsforecast",),
        parameters=SEASON_LENGTH,
        notes=_notes,
    ),
)
