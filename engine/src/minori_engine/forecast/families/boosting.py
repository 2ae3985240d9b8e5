"""Boosted trees that learn from all series at once, step by step or each step for itself.

The intervals are split-conformal: a model that has not seen the newest two horizons forecasts
them from many origins, and the sizes of its errors are the widths of the model that has seen all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from minori_engine.compat.boosting import Trees, TreeSettings, fit_trees
from minori_engine.forecast.calendar_features import Calendar
from minori_engine.forecast.family import (
    SEASON_LENGTH,
    ChoiceParameter,
    Family,
    Forecaster,
    GlobalModel,
    Histories,
    IntegerParameter,
    Lesson,
    Parameter,
    Question,
    RealParameter,
    refit,
)
from minori_engine.forecast.intervals import with_error_intervals
from minori_engine.forecast.panel import Floats

CALIBRATION_ORIGINS: Final = 24
MOST_CALIBRATIONS: Final = 20_000
"""Forecasts made to measure errors, over all series."""
MOST_POOLED: Final = 2_000
SHORT_LAGS: Final = 6
LONGEST_LAG: Final = 400
FEWEST_ROWS: Final = 6


def _differences(question: Question) -> int:
    chosen = question.params["differences"] or ("season" if question.season > 1 else "first")
    return {"none": 0, "first": 1, "season": question.season}[chosen]


def _min_points(question: Question) -> int:
    return _differences(question) + FEWEST_ROWS


def _lags(preset: str, season: int, longest: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Lags and rolling windows, none that fewer than half of a usual series could fill."""
    near = set(range(1, SHORT_LAGS + 1))
    far: set[int] = set()
    windows = {SHORT_LAGS // 2, season if season > 1 else SHORT_LAGS * 2}
    if preset != "short" and season > 1:
        far |= {season - 1, season, season + 1, 2 * season}
    if preset == "long":
        near |= set(range(1, max(2 * SHORT_LAGS, min(season, 24)) + 1))
        far |= {3 * season, 2 * season + 1, 2 * season - 1} if season > 1 else {18, 24}
        windows |= {2 * season}
    bound = max(1, min(longest, LONGEST_LAG))
    lags = sorted(lag for lag in near | far if 1 <= lag <= bound)
    return tuple(lags), tuple(sorted(window for window in windows if 2 <= window <= bound))


def _learner(direct: bool) -> Callable[[Histories, Question, Lesson], Forecaster]:
    def fit(histories: Histories, question: Question, lesson: Lesson) -> Forecaster:
        learner = _Learner(
            settings=_settings(histories, question, lesson, direct),
            calendar=Calendar(lesson.freq, question.season, question.params["holidays"] == "jp"),
            log=question.params["transform"] == "log" and all(y.min() >= 0 for y in histories.y),
        )
        errors = _calibration_errors(histories, question, learner)
        lesson.step(0.5)
        trees = learner.fit(histories)
        # A series that was too short to measure errors on gets those of all.
        pooled = errors.reshape(-1, 1, question.h)[:MOST_POOLED]
        column = {number: position for position, number in enumerate(histories.numbers)}

        def forecast(asked: Histories) -> Floats:
            mean = learner.forecast(trees, asked)
            found = np.empty((len(mean), question.h, question.width))
            scales = np.array([_scale(y) for y in asked.y])
            for row, number in enumerate(asked.numbers):
                own = errors[:, column[number]] if number in column else pooled[:, 0]
                if np.isfinite(own).sum() == 0:
                    own = pooled[:, 0]
                found[row] = with_error_intervals(
                    mean[row : row + 1], own[:, None] * scales[row], question.levels, scales[row : row + 1]
                )[0]
            return found

        return forecast

    return fit


@dataclass(frozen=True)
class _Learner:
    """Trees on series brought to one scale; `log`: on their logarithms."""

    settings: TreeSettings
    calendar: Calendar
    log: bool

    def fit(self, histories: Histories) -> Trees:
        pasts = [self._scaled(y)[0] for y in histories.y]
        features = [self._known(histories, position) for position in range(len(pasts))]
        return fit_trees(pasts, features, self.settings)

    def forecast(self, trees: Trees, histories: Histories) -> Floats:
        """(series, h) in the data's own units."""
        scaled = [self._scaled(y) for y in histories.y]
        ahead = [self._ahead(histories, position) for position in range(len(scaled))]
        found = trees([y for y, _, _ in scaled], ahead)
        center = np.array([center for _, center, _ in scaled])[:, None]
        scale = np.array([scale for _, _, scale in scaled])[:, None]
        found = found * scale + center
        return np.expm1(found) if self.log else found

    def _known(self, histories: Histories, position: int) -> Floats:
        """(n, columns) beside the values that are known."""
        calendar = self.calendar.past(histories.times[position])
        return np.hstack([calendar, *self._beside(histories, position, slice(None, len(calendar)))])

    def _ahead(self, histories: Histories, position: int) -> Floats:
        """(h, columns) of the steps to forecast."""
        times = histories.times[position]
        calendar = self.calendar.ahead(int(times[-1]), self.settings.h)
        return np.hstack([calendar, *self._beside(histories, position, slice(len(times), None))])

    def _beside(self, histories: Histories, position: int, steps: slice) -> list[Floats]:
        """(steps, columns) each. What is known only so far counts as it was one horizon earlier: so
        much is known of every step ahead. What is known ahead is there for the step that was taken
        off, too."""
        if not histories.beside:
            return []
        beside = histories.beside[position]
        h, differences = self.settings.h, self.settings.differences
        found = [beside.futr, *([_later(beside.futr, differences)] if differences else [])]
        found.append(_later(np.vstack([beside.hist, np.zeros((h, beside.hist.shape[1]))]), h))
        found.append(np.broadcast_to(beside.stat, (len(beside.futr), len(beside.stat))))
        return [columns[steps] for columns in found]

    def _scaled(self, y: Floats) -> tuple[Floats, float, float]:
        plain = np.log1p(y) if self.log else y
        center, scale = float(plain.mean()), _scale(plain)
        return (plain - center) / scale, center, scale


def _later(values: Floats, steps: int) -> Floats:
    """(n, columns) moved to `steps` rows later; the first ones stand for what was before them."""
    return np.vstack([np.repeat(values[:1], min(steps, len(values)), axis=0), values])[: len(values)]


def _scale(y: Floats) -> float:
    spread = float(y.std())
    return spread if spread > 0 and np.isfinite(spread) else 1.0


def _settings(histories: Histories, question: Question, lesson: Lesson, direct: bool) -> TreeSettings:
    params = question.params
    differences = _differences(question)
    lengths = [len(y) for y in histories.y]
    rows = sum(lengths) - differences * len(lengths)
    lags, windows = _lags(params["lags"], question.season, (int(np.median(lengths)) - differences) // 2)
    return TreeSettings(
        h=question.h,
        direct=direct,
        lags=lags,
        windows=windows,
        differences=differences,
        rounds=params["rounds"],
        leaves=params["leaves"] or int(np.clip(rows // 20, 4, 31)),
        learning_rate=params["learning_rate"],
        min_leaf=params["min_leaf"] or int(np.clip(rows // 40, 3, 20)),
        seed=lesson.seed % 2**31,
    )


def _calibration_errors(histories: Histories, question: Question, learner: _Learner) -> Floats:
    """(origins, series, h) errors in units of each series' scale, NaN where there is none: of a
    model that knows none of the last two horizons (of a third of the series, where that is less)."""
    h = question.h
    held = [min(2 * h, len(y) // 3) for y in histories.y]
    fewest = _min_points(question)
    known = Histories([], [], [])
    asked = Histories([], [], [])
    targets: list[tuple[int, int, Floats]] = []
    count = int(np.clip(MOST_CALIBRATIONS // len(held), 4, CALIBRATION_ORIGINS))
    for position, (y, times) in enumerate(zip(histories.y, histories.times, strict=True)):
        begin = len(y) - held[position]
        if held[position] < 1 or begin < fewest:
            continue
        known.y.append(y[:begin])
        known.times.append(times[:begin])
        known.numbers.append(position)
        if histories.beside:
            known.beside.append(histories.beside[position].first(begin, h))
        for origin, cutoff in enumerate(np.unique(np.linspace(begin, len(y) - 1, count).astype(int))):
            asked.y.append(y[:cutoff])
            asked.times.append(times[:cutoff])
            asked.numbers.append(position)
            if histories.beside:
                asked.beside.append(histories.beside[position].first(int(cutoff), h))
            targets.append((origin, position, y[cutoff : cutoff + h]))
    errors = np.full((count, len(held), h), np.nan)
    if not known.y:
        return errors
    found = learner.forecast(learner.fit(known), asked)
    for (origin, position, actual), mean in zip(targets, found, strict=True):
        scaled = (actual - mean[: len(actual)]) / _scale(histories.y[position])
        errors[origin, position, : len(actual)] = scaled
    return errors


SPACE: Final[dict[str, Parameter]] = {
    "learning_rate": RealParameter(minimum=0.01, maximum=0.3, default=0.1, log=True),
    "rounds": IntegerParameter(minimum=20, maximum=500, default=100, log=True),
    "leaves": IntegerParameter(minimum=3, maximum=64, default=None, log=True),
    "min_leaf": IntegerParameter(minimum=2, maximum=60, default=None, log=True),
    "lags": ChoiceParameter(choices=("short", "season", "long"), default="season"),
    "differences": ChoiceParameter(choices=("none", "first", "season"), default=None),
    "transform": ChoiceParameter(choices=("none", "log"), default="none"),
}

OPTIONS: Final = {**refit(True), "holidays": ChoiceParameter(choices=("none", "jp"), default="none")}

FAMILIES: Final = (
    Family(
        id="lightgbm_recursive",
        kind="boosting",
        cost="fast",
        model=GlobalModel(_learner(direct=False), _min_points),
        source="Ke et al. 2017; mlforecast, LightGBM",
        needs=("lightgbm", "mlforecast"),
        parameters=SEASON_LENGTH,
        space=SPACE,
        options=OPTIONS,
        exogenous=("futr", "hist", "stat"),
    ),
    Family(
        id="lightgbm_direct",
        kind="boosting",
        cost="slow",
        model=GlobalModel(_learner(direct=True), _min_points),
        source="Ke et al. 2017; mlforecast, LightGBM, one model per step",
        needs=("lightgbm", "mlforecast"),
        parameters=SEASON_LENGTH,
        space=SPACE,
        options=OPTIONS,
        exogenous=("futr", "hist", "stat"),
    ),
)
