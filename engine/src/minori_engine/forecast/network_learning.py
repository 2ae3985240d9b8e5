"""How every network learns: one from all series, near 1 whatever their units, with quantiles that hold.

By default one training before the oldest backtest origin serves all origins (`refit: false`), a second
one on everything gives the forecast. The newest points of each series choose the weights, as they do in
what is judged.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from minori_engine.forecast.exogenous import Beside
from minori_engine.forecast.family import Forecaster, Histories, Lesson, Question
from minori_engine.forecast.panel import Floats

LONGEST_INPUT: Final = 512
MOST_SERIES_AT_ONCE: Final = 64
FEWEST_POINTS: Final = 8
VALIDATION_SHARE: Final = 0.15
MOST_VALIDATION_WINDOWS: Final = 3
CALIBRATION_ORIGINS: Final = 24
MOST_CALIBRATIONS: Final = 2_000
"""Forecasts made to see how far the quantiles hold, over all series."""

Shape = Callable[[Mapping[str, Any], int, int], dict[str, Any]]
"""(params, h, input size) -> the class's own arguments."""


def min_points(question: Question) -> int:
    return max(FEWEST_POINTS, question.h + 2)


def _input_size(question: Question, length: int) -> int:
    """A multiple of the horizon, or by itself enough to see two seasons; at most what there is."""
    multiple = question.params["input_multiple"]
    wanted = multiple * question.h if multiple else 2 * max(question.h, question.season)
    return int(np.clip(wanted, 4, max(4, min(length - question.h, LONGEST_INPUT))))


def _validation(h: int, length: int) -> int:
    windows = int(np.clip(VALIDATION_SHARE * length / h, 1, MOST_VALIDATION_WINDOWS))
    return windows * h


def learner(model: str, shape: Shape) -> Callable[[Histories, Question, Lesson], Forecaster]:
    def fit(histories: Histories, question: Question, lesson: Lesson) -> Forecaster:
        # Only the host of the neural library set has this warm; importing it takes seconds.
        from minori_engine.compat.neural import Training, train

        params, h = question.params, question.h
        lengths = np.array([len(y) for y in histories.y])
        length = int(np.median(lengths))
        input_size = _input_size(question, length)
        validation = _validation(h, length)
        # Both sides of the cut need a window; where no series has that, nothing is held back.
        long_enough = lengths >= validation + h + FEWEST_POINTS
        if not long_enough.any():
            validation, long_enough = 0, np.ones(len(lengths), bool)
        teachers = np.flatnonzero(long_enough)
        taught = [_scaled(histories.y[teacher])[0] for teacher in teachers]
        sides = _Sides.of([histories.beside[teacher] for teacher in teachers] if histories.beside else [])
        windows = sum(max(1, len(y) - h) for y in taught)
        network = train(
            taught,
            sides.scaled(sides.known),
            Training(
                model=model,
                shape=shape(params, h, input_size),
                h=h,
                input_size=input_size,
                levels=question.levels,
                scaler=params["scaler"],
                learning_rate=params["learning_rate"],
                steps=params["steps"],
                series_batch=min(len(taught), MOST_SERIES_AT_ONCE),
                windows_batch=params["windows_batch"] or int(np.clip(windows // 2, 32, 256)),
                validation=validation,
                seed=lesson.seed % 2**31,
                step=lesson.step,
                record=lesson.record,
                checked=lesson.checked,
                ends_at=lesson.ends_at,
            ),
        )

        widening = _widening(network, taught, sides, validation, question) if validation else 0.0

        def forecast(asked: Histories) -> Floats:
            scaled = [_scaled(y) for y in asked.y]
            center = np.array([center for _, center, _ in scaled])[:, None, None]
            scale = np.array([scale for _, _, scale in scaled])[:, None, None]
            found = network([y for y, _, _ in scaled], sides.scaled(asked.beside))
            return (found + widening) * scale + center

        return forecast

    return fit


@dataclass(frozen=True)
class _Sides:
    """What stands beside the values of the series that teach; `centers` and `scales` by role, so that
    a network is given all of it near 1."""

    known: list[Beside]
    centers: tuple[Floats, ...]
    scales: tuple[Floats, ...]

    @staticmethod
    def of(known: list[Beside]) -> "_Sides":
        if not known:
            return _Sides([], (), ())
        roles = [
            np.concatenate([beside.futr for beside in known]),
            np.concatenate([beside.hist for beside in known]),
            np.stack([beside.stat for beside in known]),
        ]
        spreads = [values.std(axis=0) for values in roles]
        scales = tuple(np.where(spread > 0, spread, 1.0) for spread in spreads)
        return _Sides(known, tuple(values.mean(axis=0) for values in roles), scales)

    def scaled(self, asked: list[Beside]) -> list[tuple[Floats, Floats, Floats]]:
        if not asked:
            return []
        (a, b, c), (u, v, w) = self.centers, self.scales
        return [((one.futr - a) / u, (one.hist - b) / v, (one.stat - c) / w) for one in asked]


def _widening(
    network: Callable[[list[Floats], list[tuple[Floats, Floats, Floats]]], Floats],
    taught: list[Floats],
    sides: _Sides,
    validation: int,
    question: Question,
) -> Floats:
    """(width,) what makes the quantiles hold on the points held back (conformalized quantile
    regression, Romano et al. 2019): networks that have seen little data are too sure of themselves."""
    h = question.h
    count = int(np.clip(MOST_CALIBRATIONS // len(taught), 1, CALIBRATION_ORIGINS))
    pasts: list[Floats] = []
    beside: list[Beside] = []
    seen: list[Floats] = []
    for teacher, y in enumerate(taught):
        for cutoff in np.unique(np.linspace(len(y) - validation, len(y) - 1, count).astype(int)):
            pasts.append(y[:cutoff])
            if sides.known:
                beside.append(sides.known[teacher].first(int(cutoff), h))
            actual = y[cutoff : cutoff + h]
            seen.append(np.concatenate([actual, np.full(h - len(actual), np.nan)]))
    found, actual = network(pasts, sides.scaled(beside)), np.stack(seen)
    widening = np.zeros(question.width)
    for position, level in enumerate(question.levels):
        low, high = 1 + 2 * position, 2 + 2 * position
        beyond = np.maximum(found[..., low] - actual, actual - found[..., high])
        scores = np.sort(beyond[np.isfinite(beyond)])
        if len(scores) > 0:
            rank = min(int(np.ceil((len(scores) + 1) * level / 100)), len(scores)) - 1
            widening[low], widening[high] = -scores[rank], scores[rank]
    return widening


def _scaled(y: Floats) -> tuple[Floats, float, float]:
    """Networks count in float32: values near 1, whatever the data's unit."""
    center, spread = float(y.mean()), float(y.std())
    scale = spread if spread > 0 and np.isfinite(spread) else 1.0
    return (y - center) / scale, center, scale
