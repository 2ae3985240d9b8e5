"""`python -m minori_engine.forecast.measure_costs FILE [FAMILY…]`: what a fit of each family costs
here; with families, only theirs are measured anew and the rest of the file stays.

Writes CPU seconds per series and fit (h = 12, levels 80 and 90) by length and season: the mean
over series of different nature, measured one by one for families that fit series singly, and over
a matrix of many for the vectorized ones. The planner's cost model is fitted to this table. Families
that learn from all series at once have the cost of one series alone there, and that of whole panels
in `panels`: seconds of one fit and one forecast of everything.
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
NEURAL_LENGTHS: Final = (48, 144, 600)
NEURAL_SEASONS: Final = (12,)
TOO_SLOW_SECONDS: Final = 1.0
"""Nobody waits for longer series of that season: the curve is continued by who reads it."""
PANEL_SERIES: Final = (10, 100)
PANEL_LENGTH: Final = 144
PANEL_SEASON: Final = 12
SEED: Final = 20250101

Row = dict[str, Any]


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
        raise TypeError(f"{family.id} learns from all series at once")
    started = time.process_time()
    fits = 0
    for y in examples:
        if len(y) >= family.model.min_points:
            family.model.forecast(y, question)
            fits += 1
    return (time.process_time() - started) / fits


def measure_together(family: Family, length: int, season: int, series: int) -> float:
    """CPU seconds of one fit on a panel and the forecast of all of it."""
    if not isinstance(family.model, GlobalModel):
        raise TypeError(f"{family.id} fits series one by one")
    question = Question(h=12, season=season, levels=(80, 90), params=family.check_params({}))
    examples = example_series(length, season)
    y = [examples[number % len(examples)] for number in range(series)]
    histories = Histories(y, [np.arange(length, dtype=np.int64)] * series, list(range(series)))
    lesson = Lesson("int", 1, lambda _share: None, lambda _name, _step, _value: None, None)
    started = time.process_time()
    family.model.fit(histories, question, lesson)(histories)
    return time.process_time() - started


def measure_family(family: Family) -> tuple[list[Row], list[Row]]:
    """Rows of the table, and of the panels."""
    together = isinstance(family.model, GlobalModel)
    rows: list[Row] = []
    panels: list[Row] = []
    if together:
        # The first call loads libraries.
        measure_together(family, 48, 1, 1)
    neural = family.kind == "neural"
    for season in NEURAL_SEASONS if neural else SEASONS:
        for length in NEURAL_LENGTHS if neural else LENGTHS:
            if length < 2 * season:
                continue
            if together:
                spent = measure_together(family, length, season, 1)
            else:
                spent = measure(family, length, season)
            rows.append({"family": family.id, "length": length, "season": season, "seconds": rounded(spent)})
            if spent > TOO_SLOW_SECONDS and not together:
                break
    if together:
        length, season = PANEL_LENGTH, PANEL_SEASON
        for series in PANEL_SERIES:
            spent = rounded(measure_together(family, length, season, series))
            panels.append(
                {"family": family.id, "series": series, "length": length, "season": season, "seconds": spent}
            )
    print(family.id, flush=True)
    return rows, panels


def rounded(seconds: float) -> float:
    return float(f"{seconds:.3g}")


def main() -> None:
    path, chosen = Path(sys.argv[1]), set(sys.argv[2:])
    known: dict[str, Any] = json.loads(path.read_text()) if chosen else {"rows": [], "panels": []}
    rows: list[Row] = known["rows"]
    panels: list[Row] = known.get("panels", [])
    for family in families().values():
        if chosen and family.id not in chosen:
            continue
        new_rows, new_panels = measure_family(family)
        rows = [row for row in rows if row["family"] != family.id] + new_rows
        panels = [row for row in panels if row["family"] != family.id] + new_panels
        path.write_text(document(rows, panels))


def document(rows: list[Row], panels: list[Row]) -> str:
    head = {
        "command": "python -m minori_engine.forecast.measure_costs FILE",
        "unit": "CPU seconds per series and fit, h = 12, levels 80 and 90",
        "machine": {"processor": platform.machine(), "cores": os.cpu_count(), "system": platform.system()},
    }
    tables = [f'"{name}": [\n{lines(table)}\n]' for name, table in (("rows", rows), ("panels", panels))]
    return json.dumps(head)[:-1] + ", " + ", ".join(tables) + "}\n"


def lines(table: list[Row]) -> str:
    return ",\n".join(json.dumps(row) for row in table)


if __name__ == "__main__":
    main()
