"""A small network that learned forecasting from simulated series, and from no real one.

A prior-fitted network (Müller et al. 2022; for time series ForecastPFN, Dooley et al. 2023): what it has
seen of levels that break, trends that bend and cycles that come and go stands for what others must find in
one short history. Nothing is fitted here: a forecast is one pass through `minori_engine.forecast.prior`.
"""

from typing import Final

import numpy as np

from minori_engine.forecast.family import SEASON_LENGTH, Family, PanelModel, Question
from minori_engine.forecast.filling import without_gaps
from minori_engine.forecast.panel import Floats
from minori_engine.forecast.prior.network import forecast as ask
from minori_engine.forecast.prior.network import reach_of


def forecast(y: Floats, question: Question) -> Floats:
    """NaN for short histories, and for all of them where no network knows the season or sees so far."""
    found = np.full((len(y), question.h, question.width), np.nan)
    reach = reach_of(question.season, question.h)
    if reach is None:
        return found
    histories = [without_gaps(row) for row in y]
    able = [row for row, history in enumerate(histories) if len(history) >= reach.fewest]
    if able:
        answer = ask([histories[row] for row in able], reach, question.levels)
        found[able] = answer[:, : question.h]
    return found


FAMILIES: Final = (
    Family(
        id="prior_network",
        kind="statistical",
        cost="fast",
        model=PanelModel(forecast),
        source="Müller et al. 2022; Dooley et al. 2023; own",
        parameters=SEASON_LENGTH,
    ),
)
