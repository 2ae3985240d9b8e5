"""What a backtest origin's forecast was worth: the judge's MASE, for decisions inside a trial.

The same numbers as `packages/judge` makes of the files, which a test holds equal; here they only
decide whether a trial that is compared with a better one is worth going on with.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from minori_engine.compat.ranks import signed_rank_p
from minori_engine.forecast.panel import Floats, Indices, Panel

HOPELESS_P: Final = 0.1
"""Optuna's WilcoxonPruner has the same default."""


@dataclass(frozen=True)
class Yardstick:
    """`ends`: (origins, series) points known before each origin, -1 where there is none."""

    panel: Panel
    ends: Indices
    h: int
    season: int

    def mase(self, origin: int, mean: Floats) -> float | None:
        """`mean`: (series, h). None where nothing came true that could be compared."""
        total, count = 0.0, 0
        for series in np.flatnonzero(self.ends[origin] > 0):
            end = int(self.ends[origin, series])
            y = self.panel.values(int(series), end + self.h).astype(np.float32).astype(np.float64)
            scale = float(np.float32(_seasonal_error(self.panel.values(int(series), end), self.season)))
            if not scale > 0:
                continue
            scaled = np.abs(y[end:] - mean[series, : len(y) - end]) / scale
            known = np.isfinite(scaled)
            total += float(scaled[known].sum())
            count += int(known.sum())
        return total / count if count > 0 else None


def _seasonal_error(y: Floats, season: int) -> float:
    """Mean absolute step over a season (over one point where there is less); NaN when unknown or 0."""
    lag = season if len(y) > season else 1
    steps = np.abs(y[lag:] - y[:-lag])
    steps = steps[np.isfinite(steps)]
    mean = float(steps.mean()) if len(steps) > 0 else 0.0
    return mean if mean > 0 else float("nan")


def is_hopeless(errors: list[float | None], rival: list[float | None]) -> bool:
    """Whether `errors` are worse than the rival's on the origins that both have, at 10 % by
    Wilcoxon's one-sided signed-rank test: with fewer than four origins never."""
    both = [
        (ours, theirs)
        for ours, theirs in zip(errors, rival, strict=True)
        if ours is not None and theirs is not None
    ]
    differences = np.array([ours - theirs for ours, theirs in both])
    return len(both) > 0 and differences.mean() > 0 and signed_rank_p(differences) < HOPELESS_P


def is_better(errors: list[float | None], rival: list[float | None]) -> bool:
    """Lower on average, on the origins that both have."""
    differences = [
        ours - theirs
        for ours, theirs in zip(errors, rival, strict=True)
        if ours is not None and theirs is not None
    ]
    return len(differences) > 0 and sum(differences) < 0
