"""Task `forecast.trial`: one family on all its backtest origins, and the forecast itself.

Anytime: the forecast comes first and is announced at once, then origin by origin, newest first.
Whatever ends the task early, the origins that were finished are kept. A trial that has a `rival`
goes the other way round: it must show on the origins that it is better before it forecasts.
"""

import time
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from minori_engine.errors import TaskFailure
from minori_engine.forecast.calendar_features import times_after
from minori_engine.forecast.catalog import find_family
from minori_engine.forecast.exogenous import Columns, Role, read_columns
from minori_engine.forecast.family import GaveUp, Note, Question
from minori_engine.forecast.fitting import Fitter, Schooling
from minori_engine.forecast.messages import TrialFiles, TrialInput, TrialNote, TrialResult, read_input
from minori_engine.forecast.panel import Floats, Indices, read_panel
from minori_engine.forecast.times import describe_times
from minori_engine.forecast.yardstick import Yardstick, is_better, is_hopeless
from minori_engine.task.context import TaskContext

FORECAST_FILE: Final = "forecast.f32"
BACKTEST_FILE: Final = "backtest.f32"
TIMES_FILE: Final = "ds.json"
BINARY: Final = "application/octet-stream"
REPORT_SECONDS: Final = 0.2


class OutOfTime(Exception):
    """The soft deadline has passed and there is something to hand in."""


def run_trial(context: TaskContext) -> dict[str, Any]:
    """Writes forecast.f32 (series, h, width), backtest.f32 (series, origins, h, width) and ds.json.

    float32 little-endian in C order; width = mean, then lo and hi per level. NaN in the backtest
    where a series has no such origin, or the origin was not finished. The forecast has no NaN.
    """
    return Trial(context, read_input(context.input)).run()


def origin_ends(lengths: Indices, h: int, origins: int, min_train: int) -> Indices:
    """(origins, series) points known before each origin, oldest first; -1 where there are fewer
    than `min_train`. Origins are counted back from each series' own end, h apart."""
    back = h * np.arange(origins, 0, -1, dtype=np.int64)
    ends = lengths[None, :] - back[:, None]
    return np.where(ends >= min_train, ends, -1)


def before_origins(ends: Indices, lengths: Indices) -> Indices:
    """(series,) points before the oldest origin that each series has; -1 where it has none."""
    oldest = np.where(ends > 0, ends, lengths).min(axis=0, initial=np.iinfo(np.int64).max)
    return np.where((ends > 0).any(axis=0), oldest, -1)


class Trial:
    """The state of one running trial."""

    def __init__(self, context: TaskContext, asked: TrialInput) -> None:
        self._started = time.monotonic()
        self._context = context
        self._asked = asked
        self._family = find_family(asked.family)
        params = self._family.check_params(asked.params)
        self._question = Question(
            h=asked.h,
            season=params.get("season_length") or asked.season,
            levels=tuple(asked.levels),
            params=params,
        )
        context.progress(None, "reading")
        slice_ = asked.series
        self._panel = read_panel(
            Path(asked.parquet),
            0 if slice_ is None else slice_.offset,
            None if slice_ is None else slice_.count,
        )
        self._ends = origin_ends(self._panel.lengths, asked.h, asked.origins, asked.min_train)
        self._columns = self._read_columns()
        schooling = Schooling(
            freq=asked.freq,
            seed=context.seed,
            before_origins=before_origins(self._ends, self._panel.lengths),
            progress=self._learning,
            record=lambda name, step, value: context.metric(name, [step], [value]),
            ends_at=self._learning_ends,
            checked=self._checked,
            columns=self._columns,
            seen=self._shuffled(self._columns),
        )
        self._fitter = Fitter(self._panel, self._family, self._question, self._pulse, schooling)
        self._backtest = np.full(
            (self._panel.count, asked.origins, asked.h, self._question.width), np.nan, np.float32
        )
        self._yardstick = Yardstick(self._panel, self._ends, asked.h, asked.season)
        self._errors: list[float | None] = [None] * asked.origins
        self._rungs: list[tuple[float, float]] = []
        self._pruned = False
        self._forecast_done = False
        self._done_origins = 0
        self._phase = "forecast"
        self._work_done = 0
        # One fit for all origins: the newest, done first, is where the work is.
        fitted = self._ends[-1:] if self._fitter.learns_once else self._ends
        self._work = int((fitted > 0).sum()) + (self._panel.count if asked.predict else 0)
        self._next_report = 0.0

    def _read_columns(self) -> Columns | None:
        asked = self._asked.exogenous
        if asked is None:
            return None
        names = {"futr": asked.futr, "hist": asked.hist, "stat": asked.stat}
        for role, columns in names.items():
            if columns and role not in self._family.exogenous:
                raise TaskFailure(
                    "bad_data", "unused_column", {"family": self._family.id, "column": columns[0]}
                )
        freq, h = self._asked.freq, self._asked.h
        path = Path(self._asked.parquet)
        return read_columns(path, asked, self._panel, h, lambda last: times_after(last, freq, h))

    def _shuffled(self, columns: Columns | None) -> Columns | None:
        asked = self._asked.exogenous
        if asked is None or asked.shuffled is None or columns is None:
            return None
        name, seed = asked.shuffled.column, asked.shuffled.seed
        roles: dict[Role, list[str]] = {"futr": asked.futr, "hist": asked.hist, "stat": asked.stat}
        for role, names in roles.items():
            if name in names:
                return columns.shuffled(role, names.index(name), seed)
        raise TaskFailure("bug", "unused_column", {"family": self._family.id, "column": name})

    def run(self) -> dict[str, Any]:
        context = self._context
        notes = self._family.notes(self._question, self._panel.lengths)
        self._write_times()
        rival = self._asked.rival
        if self._asked.predict and rival is None:
            self._write_forecast(self._fitter.forecast(self._panel.lengths, None))
        self._phase = "backtest"
        # A stop from here on hands in what there is.
        context.on_stop(lambda: self._hand_in(notes, stopped=True))
        try:
            self._run_backtest(rival)
            if self._asked.predict and rival is not None and not self._pruned:
                if is_better(self._errors, rival):
                    self._phase = "forecast"
                    self._write_forecast(self._fitter.forecast(self._panel.lengths, None))
                else:
                    context.log("info", "no better than the best so far: no forecast is made")
        except OutOfTime:
            context.log("info", f"out of time after {self._done_origins} origins")
        return self._hand_in(notes, stopped=False)

    def _run_backtest(self, rival: list[float | None] | None) -> None:
        try:
            for origin in reversed(range(self._asked.origins)):
                self._backtest[:, origin] = self._fitter.forecast(self._ends[origin], origin)
                mean = self._backtest[:, origin, :, 0].astype(np.float64)
                self._errors[origin] = self._yardstick.mase(origin, mean)
                self._done_origins += 1
                if rival is not None and self._asked.rungs is None and is_hopeless(self._errors, rival):
                    self._pruned = self._done_origins < self._asked.origins
                    break
        except GaveUp:
            self._pruned = True
        if self._pruned:
            self._context.log("info", f"given up after {self._done_origins} origins")

    def _checked(self, origin: int | None, share: float, loss: float) -> None:
        """`loss`: the lowest so far. Only the training that the origins are judged by is watched."""
        if origin is None:
            return
        for rung in self._asked.rungs or []:
            if share < rung.share or any(passed == rung.share for passed, _ in self._rungs):
                continue
            self._rungs.append((rung.share, loss))
            if rung.limit is not None and loss > rung.limit:
                raise GaveUp

    def _pulse(self, series: int) -> None:
        self._work_done += series
        now = time.monotonic()
        if now >= self._next_report:
            self._next_report = now + REPORT_SECONDS
            self._context.progress(self._work_done / self._work, self._phase, self._work_done, self._work)
        deadline = self._asked.deadline_seconds
        if deadline is not None and now - self._started > deadline and self._done_origins > 0:
            raise OutOfTime

    def _learning(self, series: float) -> None:
        now = time.monotonic()
        if now >= self._next_report:
            self._next_report = now + REPORT_SECONDS
            done = self._work_done + series
            self._context.progress(done / self._work, self._phase, done, self._work)

    def _learning_ends(self, origin: int | None) -> float | None:
        """What comes first, forecast or backtest, may take half of the time."""
        deadline = self._asked.deadline_seconds
        if deadline is None:
            return None
        if self._asked.rival is None:
            halved = origin is None and self._asked.origins > 0
        else:
            halved = origin is not None and self._asked.predict
        return self._started + (deadline / 2 if halved else deadline)

    def _write_times(self) -> None:
        document = describe_times(self._panel, self._asked.freq, self._asked.h, self._ends)
        with self._context.new_file(TIMES_FILE) as file:
            file.write(msgspec.json.encode(document))
        self._context.artifact("ds", TIMES_FILE, "application/json")

    def _write_forecast(self, forecast: Floats) -> None:
        with self._context.new_file(FORECAST_FILE) as file:
            file.write(forecast.astype("<f4").tobytes())
        self._context.artifact("forecast", FORECAST_FILE, BINARY)
        self._forecast_done = True
        self._context.partial(
            {
                "family": self._family.id,
                "forecast": FORECAST_FILE,
                "ds": TIMES_FILE,
                "series": self._panel.count,
            }
        )

    def _hand_in(self, notes: list[Note], *, stopped: bool) -> dict[str, Any]:
        if self._done_origins > 0:
            # Origins are done newest first; one that was interrupted must not count in part.
            self._backtest[:, : self._asked.origins - self._done_origins] = np.nan
            with self._context.new_file(BACKTEST_FILE) as file:
                file.write(self._backtest.astype("<f4", copy=False).tobytes())
            self._context.artifact("backtest", BACKTEST_FILE, BINARY)
        fitter = self._fitter
        if fitter.gappy:
            notes = [*notes, Note("gaps_filled", {"series": len(fitter.gappy)})]
        if self._columns is not None and self._columns.incomplete > 0:
            notes = [*notes, Note("futr_incomplete", {"series": self._columns.incomplete})]
        result = TrialResult(
            family=self._family.id,
            series=self._panel.count,
            h=self._asked.h,
            levels=self._asked.levels,
            origins=self._asked.origins,
            origins_done=self._done_origins,
            fits=fitter.fits,
            fallbacks=fitter.fallbacks,
            fallback_count=fitter.fallback_count,
            notes=[TrialNote(note.code, note.params) for note in notes],
            files=TrialFiles(
                ds=TIMES_FILE,
                forecast=FORECAST_FILE if self._forecast_done else None,
                backtest=BACKTEST_FILE if self._done_origins > 0 else None,
            ),
            stopped=stopped,
            seconds_fit=round(fitter.seconds, 4),
            seconds_total=round(time.monotonic() - self._started, 4),
            pruned=self._pruned,
            errors=self._errors,
            rungs=self._rungs,
        )
        return msgspec.to_builtins(result)
