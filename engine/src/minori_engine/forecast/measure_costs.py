"""`python -m minori_engine.forecast.measure_costs FILE`: what a fit of each family costs here.

Writes CPU seconds per series and fit (h = 12, levels 80 and 90) by length and season: the mean
over series of different nature, measured one by one for families that fit series singly, and over
a matrix of many for the vectorized ones. The planner's cost model is fitted to this table.
"""

import json
import os
import platform
import sys
import time
from pathlib import Path
from typing import Any, Final

import numpy as np

from minori_engine.forecast.catalog import families
from minori_engine.forecast.family import Family, GlobalModel, Histories, Lesson, PanelModel, Question
from minori_engine.forecast.panel import Floats

LENGTHS: Final = (24, 48, 96, 144, 300, 600, 1000, 2000)
SEASONS: Final = (1, 4, 7, 12, 24, 52, 168)
MATRIX_ROWS: Final = 400
SEED: Final = 20250101


def example_series(length: int, season: int) -> list[Floats]:
    """Additive, multiplicative, random walk, noise and intermittent: (length,) each."""
    random = np.random.default_rng([SEED, length, season])
    t = np.arange(length)
    wave = np.sin(2 * np.pi * t / max(season, 2))
    return [
        100 + 0.3 * t + 10 * wave + random.normal(0, 3, length),
        (50 + 0.2 * t) * (1 + 0.3 * wave) * np.exp(random.normal(0, 0.05, length)),
        100 + np.cumsum(random.normal(0, 1, length)),
        random.normal(0, 1, length),
        random.poisson(0.4, length).astype(np.float64),
    ]


def measure(family: Family, length: int, season: int) -> float:
    """Mean CPU seconds of one fit of one series."""
    params = family.check_params({})
    question = Question(h=12, season=season, levels=(80, 90), params=params)
    examples = example_series(length, season)
    if isinstance(family.model, PanelModel):
        matrix = np.stack([examples[row % len(examples)] for row in range(MATRIX_ROWS)])
        started = time.process_time()
        family.model.forecast(matrix, question)
        return (time.process_time() - started) / MATRIX_ROWS
    if isinstance(family.model, GlobalModel):
        return measure_together(family, family.model, length, season)
    started = time.process_time()
    fits = 0
    for y in examples:
        if len(y) >= family.model.min_points:
            family.model.forecast(y, question)
            fits += 1
    return (time.process_time() - started) / fits


def measure_together(family: Family, model: GlobalModel, length: int, season: int) -> float:
    """One fit on all examples, and the forecast of all, by their number."""
    question = Question(h=12, season=season, levels=(80, 90), params=family.check_params({}))
    examples = example_series(length, season)
    times = [np.arange(length, dtype=np.int64)] * len(examples)
    histories = Histories(examples, times, list(range(len(examples))))
    lesson = Lesson("int", 1, lambda _share: None, lambda _name, _step, _value: None, None)
    started = time.process_time()
    model.fit(histories, question, lesson)(histories)
    return (time.process_time() - started) / len(examples)


def main() -> None:
    rows: list[dict[str, Any]] = []
    for family in families().values():
        for season in SEASONS:
            for length in LENGTHS:
                if length < 2 * season:
                    continue
                rows.append(
                    {
                        "family": family.id,
                        "length": length,
                        "season": season,
                        "seconds": float(f"{measure(family, length, season):.3g}"),
                    }
                )
    head = {
        "command": "python -m minori_engine.forecast.measure_costs FILE",
        "unit": "CPU seconds per series and fit, h = 12, levels 80 and 90",
        "machine": {"processor": platform.machine(), "cores": os.cpu_count(), "system": platform.system()},
    }
    lines = ",\n".join(json.dumps(row) for row in rows)
    Path(sys.argv[1]).write_text(json.dumps(head)[:-1] + f', "rows": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
