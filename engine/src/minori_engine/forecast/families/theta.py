"""The Theta method, dynamic and optimized."""

from typing import Final

from minori_engine.compat.statistics import dynamic_optimized_theta
from minori_engine.forecast.family import SEASON_LENGTH, Family, Question, SeriesModel
from minori_engine.forecast.panel import Floats


def forecast(y: Floats, question: Question) -> Floats:
    # The library tests for a season itself and needs two of them to see one.
    return dynamic_optimized_theta(y, question.h, question.season, question.levels)


FAMILIES: Final = (
    Family(
        id="dynamic_optimized_theta",
        kind="statistical",
        cost="fast",
        model=SeriesModel(forecast, min_points=4),
        source="Fiorucci et al. 2016; statsforecast DynamicOptimizedTheta",
        needs=("statsforecast",),
        parameters=SEASON_LENGTH,
    ),
)
