"""Small networks on lagged values, averaged: autoregression that may bend, learned from all series.

Hyndman's NNETAR (many small networks on lags and seasonal lags, averaged, iterated ahead) with what
DeepAR (Salinas et al. 2020) adds: one model for all series, values in units of the window before them, a
distribution at each step, and sampled paths. One step ahead there is a lesson in every point, so it
learns within a second where networks that see whole windows need minutes and more data.
"""

import time
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from minori_engine.forecast.family import (
    SEASONS,
    Family,
    Forecaster,
    GlobalModel,
    Histories,
    Lesson,
    Question,
    refit,
)
from minori_engine.forecast.lag_networks import Networks
from minori_engine.forecast.panel import Floats, Indices

Singles = NDArray[np.float32]

NETWORKS: Final = 8
PATHS: Final = 48
"""Sampled by each network for each series."""
STEPS: Final = 300
BATCH: Final = 64
CHECKS: Final = 20
"""Looks at the points held back."""
NEWEST_LAGS: Final = 7
CYCLES: Final = 3
"""Seasons back, each with the points beside it."""
FEWEST_POINTS: Final = 12
SHORTEST_CONTEXT: Final = 10
LEAST_SPREAD: Final = 1e-3
"""Of a window, in spreads of its series: a flat stretch must not blow up what follows."""
MOST_TEACHERS: Final = 1_000
MOST_HELD: Final = 2_000
"""Points, of all series, that the weights are chosen by."""
SERIES_AT_ONCE: Final = 64
FARTHEST: Final = 30.0
"""Most spreads that anything shown may lie from its window: what follows a flat stretch is not worth more."""
SURPRISE: Final = 8.0
"""Most spreads that one sampled step may leave the expected value by."""


@dataclass(frozen=True)
class Layout:
    """What a network is shown: `lags` steps back, in units of the `context` points before the origin;
    `reach`: points that must lie before the first it can be asked for."""

    lags: Indices
    context: int
    h: int

    @property
    def reach(self) -> int:
        return int(self.lags[-1]) + self.context + self.h

    @staticmethod
    def of(question: Question, typical: int) -> "Layout":
        """The lags that half of a series of typical length can show."""
        around = [question.season * cycle for cycle in range(1, CYCLES + 1)] if question.season > 1 else []
        second = question.params.get("second_season") or 1
        around += [second] if second > 1 else []
        wanted = {*range(1, NEWEST_LAGS + 1), *(lag + side for lag in around for side in (-1, 0, 1))}
        most = max(1, typical // 2)
        lags = sorted(lag for lag in wanted if 0 < lag <= most)
        return Layout(np.array(lags, np.int64), max(SHORTEST_CONTEXT, 2 * question.h), question.h)

    def padded(self, y: Floats) -> tuple[Floats, float, float]:
        """Preceded by its first value and in its own spreads around its mean, which are told as well."""
        center, spread = float(y.mean()), float(y.std()) or 1.0
        return (np.concatenate([np.full(self.reach, y[0]), y]) - center) / spread, center, spread


@dataclass(frozen=True)
class Lessons:
    """All series in a row, and the points of them that can be asked for."""

    layout: Layout
    values: Floats
    sums: Floats
    squares: Floats

    @staticmethod
    def of(layout: Layout, rows: list[Floats]) -> "Lessons":
        values = np.concatenate(rows)
        sums = np.concatenate([[0.0], values.cumsum()])
        return Lessons(layout, values, sums, np.concatenate([[0.0], (values**2).cumsum()]))

    def ask(self, points: Indices, ahead: Indices) -> tuple[Singles, Singles]:
        """What is shown (..., lags) and what came (...), in units of the window that ends `ahead` points
        before each point: as far from it as a step of a forecast is from its origin."""
        until, count = points - ahead, self.layout.context
        center = (self.sums[until] - self.sums[until - count]) / count
        power = (self.squares[until] - self.squares[until - count]) / count
        spread = np.sqrt(np.maximum(power - center**2, LEAST_SPREAD**2))
        shown = self.values[points[..., None] - self.layout.lags] - center[..., None]
        return _shown(shown / spread[..., None]), ((self.values[points] - center) / spread).astype(np.float32)


def _shown(values: Floats | Singles) -> Singles:
    return np.clip(values, -FARTHEST, FARTHEST).astype(np.float32)


def _learn(histories: Histories, question: Question, lesson: Lesson) -> Forecaster:
    h = question.h
    chosen = np.unique(np.linspace(0, len(histories.y) - 1, MOST_TEACHERS).astype(int))
    pasts: list[Floats] = [histories.y[int(number)] for number in chosen]
    layout = Layout.of(question, int(np.median([len(y) for y in pasts])))
    lessons = Lessons.of(layout, [layout.padded(y)[0] for y in pasts])
    seed = lesson.seed % 2**31
    rng = np.random.default_rng(seed)
    networks = Networks(NETWORKS, len(layout.lags), STEPS, rng)
    teaching, held = _split(layout, [len(y) for y in pasts])
    looked_at = rng.permutation(len(held))[:MOST_HELD]
    shown_held, came_held = lessons.ask(held[looked_at], looked_at % h)
    for step in range(STEPS):
        points = teaching[rng.integers(len(teaching), size=(NETWORKS, BATCH))]
        networks.learn(*lessons.ask(points, rng.integers(h, size=points.shape)))
        share = (step + 1) / STEPS
        if len(held) > 0 and (step + 1) % (STEPS // CHECKS) == 0:
            loss = networks.keep_best(shown_held, came_held)
            lesson.record("validation_loss", step + 1, loss)
            lesson.checked(share, loss)
        lesson.step(share)
        if lesson.ends_at is not None and time.monotonic() >= lesson.ends_at:
            break
    networks.restore_best()

    def forecast(asked: Histories) -> Floats:
        parts = [
            _paths_ahead(networks, layout, asked.y[first : first + SERIES_AT_ONCE], seed, question)
            for first in range(0, len(asked.y), SERIES_AT_ONCE)
        ]
        return np.concatenate(parts)

    return forecast


def _split(layout: Layout, lengths: list[int]) -> tuple[Indices, Indices]:
    """Points to learn from, and the newest h of each series that is long enough, in order, to choose the
    weights by."""
    h, most = layout.h, int(layout.lags[-1])
    teaching: list[Indices] = []
    held: list[Indices] = []
    begin = 0
    for length in lengths:
        end = begin + layout.reach + length
        kept = h if length >= most + 3 * h else 0
        # A series too short for all lags is shown its padding: else it would have nothing to teach.
        teaching.append(np.arange(begin + layout.reach + min(most, length // 2), end - kept))
        held.append(np.arange(end - kept, end))
        begin = end
    return np.concatenate(teaching), np.concatenate(held)


def _paths_ahead(
    networks: Networks, layout: Layout, pasts: list[Floats], seed: int, question: Question
) -> Floats:
    """(series, h, width) from the paths that the networks sample."""
    count, h = len(pasts), question.h
    rng = np.random.default_rng(seed)
    padded = [layout.padded(y) for y in pasts]
    rows = np.stack([y[-layout.reach :] for y, _, _ in padded])
    centers, spreads = (np.array([one[part] for one in padded])[:, None, None] for part in (1, 2))
    contexts = rows[:, -layout.context :]
    center = contexts.mean(axis=1, keepdims=True)
    spread = np.maximum(contexts.std(axis=1, keepdims=True), LEAST_SPREAD)
    longest = int(layout.lags[-1])
    known = ((rows - center) / spread)[:, -longest:]
    paths = np.empty((NETWORKS, count * PATHS, longest + h), np.float32)
    paths[:, :, :longest] = np.repeat(known, PATHS, axis=0)
    for step in range(h):
        mean, scale = networks.expect(_shown(paths[:, :, longest + step - layout.lags]))
        surprise = networks.sample(rng, mean.shape)
        paths[:, :, longest + step] = mean + scale * np.clip(surprise, -SURPRISE, SURPRISE)
    drawn = (
        paths[:, :, longest:].reshape(NETWORKS, count, PATHS, h).transpose(1, 3, 0, 2).reshape(count, h, -1)
    )
    shares = [0.5]
    for level in question.levels:
        shares += [0.5 - level / 200, 0.5 + level / 200]
    found = np.quantile(drawn, shares, axis=-1).transpose(1, 2, 0)
    return (found * spread[:, :, None] + center[:, :, None]) * spreads + centers


FAMILIES: Final = (
    Family(
        id="nnar",
        kind="neural",
        cost="slow",
        model=GlobalModel(_learn, lambda _question: FEWEST_POINTS),
        source="Hyndman & Athanasopoulos 2021 (NNETAR); Salinas et al. 2020; own",
        parameters=SEASONS,
        options=refit(True),
    ),
)
