"""The last value, and the last value of the same season."""

from typing import Final

import numpy as np

from minori_engine.forecast.family import SEASON_LENGTH, Family, Note, PanelModel, Question
from minori_engine.forecast.filling import carried_forward
from minori_engine.forecast.intervals import with_normal_intervals
from minori_engine.forecast.panel import Floats, Indices


def naive(y: Floats, question: Question) -> Floats:
    """Last observed value; standard error of a random walk (Hyndman & Athanasopoulos, fpp3, 5.5)."""
    known = carried_forward(y)
    steps = np.arange(1, question.h + 1)
    mean = np.repeat(known[:, -1:], question.h, axis=1)
    sigma = _root_mean_square(y[:, 1:] - known[:, :-1])
    return with_normal_intervals(mean, sigma[:, None] * np.sqrt(steps), question.levels)


def seasonal_naive(y: Floats, question: Question) -> Floats:
    """Last observed value of the same season; NaN for a series that has not seen each season once."""
    count, n = y.shape
    season = question.season
    whole = -(-n // season) * season
    padded = np.concatenate([np.full((count, whole - n), np.nan), y], axis=1)
    # One row per season's position: what is carried forward comes from earlier seasons only.
    by_position = padded.reshape(count, -1, season).transpose(0, 2, 1).reshape(count * season, -1)
    carried = carried_forward(by_position).reshape(count, season, -1).transpose(0, 2, 1)
    known = carried.reshape(count, whole)
    ahead = np.arange(question.h)
    mean = known[:, -season:][:, ahead % season]
    mean = np.where(np.isnan(known[:, -season:]).any(axis=1, keepdims=True), np.nan, mean)
    errors = padded[:, season:] - known[:, :-season]
    # A series of exactly one season has no seasonal error yet: the step from value to value stands in.
    seen = np.isfinite(errors).any(axis=1)
    steps = _root_mean_square(y[:, 1:] - carried_forward(y)[:, :-1])
    sigma = np.where(seen, _root_mean_square(errors), steps)
    return with_normal_intervals(mean, sigma[:, None] * np.sqrt(ahead // season + 1), question.levels)


def _root_mean_square(errors: Floats) -> Floats:
    """(series, n) -> (series,); 0 where there is no error at all."""
    count = np.isfinite(errors).sum(axis=1)
    return np.sqrt(np.nansum(errors**2, axis=1) / np.maximum(count, 1))


def _notes(question: Question, lengths: Indices) -> list[Note]:
    short = int((lengths < question.season).sum())
    if question.season == 1 or short == 0:
        return []
    params = {"series": short, "season": question.season}
    return [Note("shorter_than_season", params)]


FAMILIES: Final = (
    Family(id="naive", kind="baseline", cost="instant", model=PanelModel(naive), source="fpp3, section 5.2"),
    Family(
        id="seasonal_naive",
        kind="baseline",
        cost="instant",
        model=PanelModel(seasonal_naive),
        source="fpp3, section 5.2",
        parameters=SEASON_LENGTH,
        notes=_notes,
    ),
)
