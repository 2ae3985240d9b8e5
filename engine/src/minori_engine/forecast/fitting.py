"""One family on many series up to given ends: always a whole, finite, well-ordered answer."""

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from minori_engine.errors import TaskFailure, memory_ran_out
from minori_engine.forecast.exogenous import Columns
from minori_engine.forecast.families.naive import naive, seasonal_naive
from minori_engine.forecast.family import (
    Family,
    Forecaster,
    GaveUp,
    GlobalModel,
    Histories,
    Lesson,
    Model,
    PanelModel,
    Question,
    SeriesModel,
)
from minori_engine.forecast.filling import without_gaps
from minori_engine.forecast.intervals import tidy
from minori_engine.forecast.messages import Fallback
from minori_engine.forecast.panel import Floats, Indices, Panel, matrix_chunks

MAX_FALLBACKS: Final = 200
"""That many are named in a result; all are counted."""
NOTHING_KNOWN: Final = "zero"


@dataclass(frozen=True)
class Schooling:
    """How global models learn here: see `Lesson`. `progress(series)`: how much of the fit now
    running is done, counted in series. `before_origins`: (series,) points before each series'
    oldest origin, -1 where it has none. `ends_at(origin)`: when learning must end.
    `checked(origin, share, loss)`: see `Lesson`. `columns`: what stands beside the values; `seen`:
    what a forecast sees of them, where that is something else."""

    freq: str
    seed: int
    before_origins: Indices
    progress: Callable[[float], None]
    record: Callable[[str, float, float], None]
    ends_at: Callable[[int | None], float | None]
    checked: Callable[[int | None, float, float], None]
    columns: Columns | None = None
    seen: Columns | None = None


@dataclass
class Fitter:
    """Fits `family` and remembers what did not work.

    `pulse(series done)` is called between series or chunks; it may raise to leave early.
    """

    panel: Panel
    family: Family
    question: Question
    pulse: Callable[[int], None]
    schooling: Schooling
    fallbacks: list[Fallback] = field(default_factory=list[Fallback])
    fallback_count: int = 0
    fits: int = 0
    seconds: float = 0.0
    gappy: set[int] = field(default_factory=set[int])
    _learned: Forecaster | None = None

    @property
    def learns_once(self) -> bool:
        """Whether one fit serves all origins of the backtest."""
        return isinstance(self.family.model, GlobalModel) and self.question.params["refit"] is False

    def forecast(self, ends: Indices, origin: int | None) -> Floats:
        """(series, h, width); `ends`: points known per series, -1 for a series to leave out (NaN).

        A backtest (`origin` given) leaves NaN where nothing at all is known; the forecast itself
        is 0 there, and says so.
        """
        width = self.question.width
        found = np.full((self.panel.count, self.question.h, width), np.nan)
        asked = np.flatnonzero(ends > 0).astype(np.int64)
        started = time.perf_counter()
        reasons = self._fit(self.family.model, asked, ends, origin, found)
        self.seconds += time.perf_counter() - started
        self.fits += len(asked)
        self._replace(asked, ends, origin, found, reasons)
        return found

    def _fit(
        self, model: Model, asked: Indices, ends: Indices, origin: int | None, found: Floats
    ) -> dict[int, str]:
        reasons: dict[int, str] = {}
        if isinstance(model, GlobalModel):
            return self._fit_together(model, asked, ends, origin, found)
        if isinstance(model, PanelModel):
            for chunk in matrix_chunks(ends[asked]):
                series = asked[chunk]
                found[series] = _quiet(model, self.panel.matrix(series, ends[series]), self.question)
                self.pulse(len(series))
            return reasons
        for series in asked:
            reason = self._fit_one(model, int(series), int(ends[series]), found)
            if reason is not None:
                reasons[int(series)] = reason
            self.pulse(1)
        return reasons

    def _fit_together(
        self, model: GlobalModel, asked: Indices, ends: Indices, origin: int | None, found: Floats
    ) -> dict[int, str]:
        series, histories = self._histories(model, asked, ends, self.schooling.seen or self.schooling.columns)
        reasons = dict.fromkeys((int(number) for number in np.setdiff1d(asked, series)), "too_short")
        learned = self._learned if origin is not None else None
        done = len(asked) if learned is None else 0
        try:
            if learned is None and len(series) > 0:
                learned = self._learn(model, ends, origin, len(asked))
            if learned is not None:
                found[series] = learned(histories)
        except (TaskFailure, GaveUp):
            raise
        except Exception as error:  # whatever a library raises: simpler forecasts stand in, and are counted
            if memory_ran_out(error):
                raise MemoryError from error
            print(f"{self.family.id}: {traceback.format_exc()}", flush=True)
            reasons |= dict.fromkeys((int(number) for number in series), "fit_failed")
            learned = _nothing(self.question)
        if origin is not None and self.learns_once:
            self._learned = learned
        if done:
            self.pulse(done)
        return reasons

    def _learn(self, model: GlobalModel, ends: Indices, origin: int | None, share: int) -> Forecaster:
        schooling = self.schooling
        if origin is not None and self.learns_once:
            ends = schooling.before_origins
        there = np.flatnonzero(ends > 0).astype(np.int64)
        _, histories = self._histories(model, there, ends, schooling.columns)
        lesson = Lesson(
            freq=schooling.freq,
            seed=schooling.seed,
            step=lambda done: schooling.progress(done * share),
            record=schooling.record,
            ends_at=schooling.ends_at(origin),
            checked=lambda share, loss: schooling.checked(origin, share, loss),
        )
        return model.fit(histories, self.question, lesson)

    def _histories(
        self, model: GlobalModel, asked: Indices, ends: Indices, columns: Columns | None
    ) -> tuple[Indices, Histories]:
        """The series that are long enough, and what is known of them."""
        fewest = model.min_points(self.question)
        found = Histories([], [], [])
        for number in asked:
            end = int(ends[number])
            raw = self.panel.values(int(number), end)
            y = without_gaps(raw)
            if len(y) < fewest:
                continue
            if np.isnan(raw[len(raw) - len(y) :]).any():
                self.gappy.add(int(number))
            found.numbers.append(int(number))
            found.y.append(y)
            begin = len(raw) - len(y)
            found.times.append(self.panel.times(int(number), end)[begin:])
            if columns is not None:
                found.beside.append(columns.of(int(number), begin, end, self.question.h))
        return np.array(found.numbers, np.int64), found

    def _fit_one(self, model: SeriesModel, series: int, end: int, found: Floats) -> str | None:
        raw = self.panel.values(series, end)
        y = without_gaps(raw)
        if np.isnan(raw[len(raw) - len(y) :]).any():
            self.gappy.add(series)
        if len(y) < model.min_points:
            return "too_short"
        try:
            found[series] = model.forecast(y, self.question)
        except Exception as error:  # whatever a library raises for one series must not end the others
            if memory_ran_out(error):
                raise MemoryError from error
            print(f"{self.family.id}: series {self.panel.first + series}: {error!r}", flush=True)
            return "fit_failed"
        return None

    def _replace(
        self, asked: Indices, ends: Indices, origin: int | None, found: Floats, reasons: dict[int, str]
    ) -> None:
        """Series without a finite mean get the next simpler forecast; then all are put in order."""
        if len(asked) == 0:
            return
        spare = np.full_like(found, np.nan)
        for chunk in matrix_chunks(ends[asked]):
            series = asked[chunk]
            spare[series] = naive(self.panel.matrix(series, ends[series]), self.question)
        bad = asked[~np.isfinite(found[asked, :, 0]).all(axis=1)]
        for name, model in (("seasonal_naive", seasonal_naive), ("naive", naive)):
            if len(bad) == 0 or name == self.family.id:
                continue
            replaced: list[int] = []
            for chunk in matrix_chunks(ends[bad]):
                series = bad[chunk]
                simpler = model(self.panel.matrix(series, ends[series]), self.question)
                usable = np.isfinite(simpler[..., 0]).all(axis=1)
                found[series[usable]] = simpler[usable]
                replaced += [int(number) for number in series[usable]]
            self._remember(sorted(replaced), origin, name, reasons)
            bad = np.setdiff1d(bad, np.array(replaced, np.int64))
        if len(bad) > 0 and origin is None:
            found[bad] = 0.0
            spare[bad] = 0.0
            self._remember([int(number) for number in bad], origin, NOTHING_KNOWN, {})
        good = np.setdiff1d(asked, bad) if origin is not None else asked
        found[good] = tidy(found[good], spare[good], self.question.levels)

    def _remember(self, series: list[int], origin: int | None, used: str, reasons: dict[int, str]) -> None:
        self.fallback_count += len(series)
        plain = "no_values" if used == NOTHING_KNOWN else self._plain_reason()
        for number in series[: MAX_FALLBACKS - len(self.fallbacks)]:
            reason = reasons.get(number, plain)
            self.fallbacks.append(Fallback(self.panel.first + number, origin, used, reason))

    def _plain_reason(self) -> str:
        return "too_short" if isinstance(self.family.model, PanelModel) else "not_finite"


def _nothing(question: Question) -> Forecaster:
    """Stands for a model that could not learn."""
    return lambda histories: np.full((len(histories.y), question.h, question.width), np.nan)


def _quiet(model: PanelModel, y: Floats, question: Question) -> Floats:
    with np.errstate(all="ignore"):
        return model.forecast(y, question)
