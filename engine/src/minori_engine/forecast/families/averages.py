"""Means and medians of the past."""

from collections.abc import Callable
from typing import Final

import numpy as np

from minori_engine.forecast.family import Family, IntegerParameter, Note, PanelModel, Question
from minori_engine.forecast.filling import carried_forward
from minori_engine.forecast.intervals import (
    calibration_cutoffs,
    with_error_intervals,
    with_normal_intervals,
)
from minori_engine.forecast.panel import Floats, Indices

CALIBRATION_ORIGINS: Final = 24
"""Earlier origins whose errors set the width of intervals that have no formula."""
PLAIN_WINDOW: Final = 6
"""Window of an average over data without a season."""


def historic_mean(y: Floats, question: Question) -> Floats:
    """Mean of all values; interval as for a mean of independent values (fpp3, section 5.5)."""
    count = np.isfinite(y).sum(axis=1)
    level = np.where(count > 0, np.nansum(y, axis=1) / np.maximum(count, 1), np.nan)
    spread = np.nansum((y - level[:, None]) ** 2, axis=1) / np.maximum(count - 1, 1)
    sigma = np.where(count > 1, np.sqrt(spread * (1 + 1 / np.maximum(count, 1))), 0.0)
    return with_normal_intervals(_flat(level, question.h), _flat(sigma, question.h), question.levels)


def historic_median(y: Floats, question: Question) -> Floats:
    """Median of all values; intervals from the errors of earlier origins."""
    return _constant_with_error_intervals(y, question, _median)


def window_average(y: Floats, question: Question) -> Floats:
    """Mean of the last values (`window_size`, by default one season); of fewer where there are fewer."""
    window = window_length(question)

    def level(known: Floats) -> Floats:
        last = known[:, -window:]
        count = np.isfinite(last).sum(axis=1)
        mean = np.nansum(last, axis=1) / np.maximum(count, 1)
        empty = count == 0
        if empty.any():
            # A gap as long as the window: what was seen before it is all there is.
            mean[empty] = carried_forward(known[empty])[:, -1]
        return mean

    return _constant_with_error_intervals(y, question, level)


def window_length(question: Question) -> int:
    chosen = question.params.get("window_size")
    if chosen is not None:
        return int(chosen)
    return question.season if question.season > 1 else PLAIN_WINDOW


def _constant_with_error_intervals(
    y: Floats, question: Question, level: Callable[[Floats], Floats]
) -> Floats:
    h, n = question.h, y.shape[1]
    now = level(y)
    cutoffs = calibration_cutoffs(n, h, CALIBRATION_ORIGINS)
    errors = np.full((len(cutoffs), len(y), h), np.nan)
    for origin, cutoff in enumerate(cutoffs):
        # The newest origins have not seen all of their h steps yet.
        seen = y[:, cutoff : cutoff + h]
        errors[origin, :, : seen.shape[1]] = seen - level(y[:, :cutoff])[:, None]
    count = np.isfinite(y).sum(axis=1)
    spread = np.nansum((y - now[:, None]) ** 2, axis=1) / np.maximum(count - 1, 1)
    return with_error_intervals(_flat(now, h), errors, question.levels, np.sqrt(spread))


def _median(y: Floats) -> Floats:
    ordered = np.sort(y, axis=1)  # NaN goes to the end
    count = np.isfinite(y).sum(axis=1)
    rows = np.arange(len(y))
    low = ordered[rows, np.maximum(count - 1, 0) // 2]
    high = ordered[rows, np.minimum(count // 2, y.shape[1] - 1)]
    return np.where(count > 0, (low + high) / 2, np.nan)


def _flat(level: Floats, h: int) -> Floats:
    return np.repeat(level[:, None], h, axis=1)


def _window_notes(question: Question, _lengths: Indices) -> list[Note]:
    window = window_length(question)
    return [Note("window", {"window": window})]


FAMILIES: Final = (
    Family(
        id="historic_mean",
        kind="baseline",
        cost="instant",
        model=PanelModel(historic_mean),
        source="fpp3, section 5.2",
    ),
    Family(
        id="historic_median", kind="baseline", cost="instant", model=PanelModel(historic_median), source="own"
    ),
    Family(
        id="window_average",
        kind="baseline",
        cost="instant",
        model=PanelModel(window_average),
        source="statsforecast WindowAverage",
        parameters={"window_size": IntegerParameter(minimum=1, maximum=10_000, default=None)},
        notes=_window_notes,
    ),
)
