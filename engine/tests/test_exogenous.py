# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Columns beside the values: used where they carry the signal, and never known too early."""

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from minori_engine.forecast.calendar_features import times_after
from minori_engine.forecast.catalog import families
from minori_engine.forecast.exogenous import Beside, Columns, read_columns
from minori_engine.forecast.family import GlobalModel, Histories, Lesson, Question
from minori_engine.forecast.messages import Exogenous
from minori_engine.forecast.panel import read_panel

Floats = NDArray[np.float64]
H = 8
LENGTH = 160
SERIES = 8


def planted() -> tuple[list[Floats], list[Floats]]:
    """Values that follow a promotion known ahead, and otherwise only noise."""
    random = np.random.default_rng(11)
    promotions = [random.integers(0, 2, LENGTH + H).astype(np.float64) for _ in range(SERIES)]
    return [20 + 10 * one + random.normal(0, 1, LENGTH + H) for one in promotions], promotions


def error_of(family: str, *, told: bool, params: dict[str, object]) -> float:
    """Mean absolute error of the last H steps, which the model has not seen."""
    y, promotions = planted()
    blank = Beside(np.zeros((LENGTH + H, 0)), np.zeros((LENGTH, 0)), np.zeros(0))
    beside = [Beside(one[:, None], blank.hist, blank.stat) for one in promotions] if told else []
    times = [np.arange(LENGTH, dtype=np.int64)] * SERIES
    known = Histories([one[:LENGTH] for one in y], times, list(range(SERIES)), beside)
    found = families()[family]
    assert isinstance(found.model, GlobalModel)
    question = Question(H, 1, (80.0,), found.check_params(params))
    lesson = Lesson("int", 5, lambda _share: None, lambda _name, _step, _value: None, None)
    forecast = found.model.fit(known, question, lesson)(known)[..., 0]
    return float(np.abs(forecast - np.stack([one[LENGTH:] for one in y])).mean())


@pytest.mark.parametrize("family", ["lightgbm_recursive", "lightgbm_direct"])
def test_trees_are_clearly_better_with_a_column_that_carries_the_signal(family: str) -> None:
    assert error_of(family, told=True, params={}) < 0.4 * error_of(family, told=False, params={})


NETWORKS = ["nhits", "deepar", "nbeatsx", "tide", "tft", "lstm", "gru", "tcn", "mlp"]
FULL = os.environ.get("MINORI_TEST_FULL") == "1"


@pytest.mark.parametrize("family", NETWORKS if FULL else NETWORKS[:2])
def test_networks_are_clearly_better_with_it(family: str) -> None:
    params: dict[str, object] = {"steps": 150, "windows_batch": 64}
    with_it, without = (error_of(family, told=told, params=params) for told in (True, False))
    assert with_it < 0.6 * without


def test_which_families_can_use_columns() -> None:
    able = {name for name, family in families().items() if "futr" in family.exogenous}
    assert able == {
        *("lightgbm_recursive", "lightgbm_direct"),
        *("nhits", "nbeatsx", "tide", "tft", "lstm", "gru", "tcn", "mlp", "deepar"),
    }
    assert "hist" not in families()["deepar"].exogenous


def read(folder: Path, shift: float = 0.0, *, future: bool = True) -> Columns:
    """Two series of 6 and 4 points; the hist column of `a` is `shift` higher from its fifth point on."""
    ids, ds = ["a"] * 6 + ["b"] * 4, [*range(6), *range(4)]
    late = [shift if name == "a" and time >= 4 else 0.0 for name, time in zip(ids, ds, strict=True)]
    table = {
        "unique_id": ids,
        "ds": pa.array(ds, pa.int64()),
        "y": [1.0] * 10,
        "futr_price": [float(time) for time in ds],
        "hist_visits": [10.0 + time + more for time, more in zip(ds, late, strict=True)],
        "stat_region": ["north"] * 6 + ["east"] * 4,
    }
    pq.write_table(pa.table(table), folder / "data.parquet")
    coming = {
        "unique_id": ["a", "a", "b"],
        "ds": pa.array([6, 7, 4], pa.int64()),
        "futr_price": [60.0, 70.0, 40.0],
    }
    pq.write_table(pa.table(coming), folder / "future.parquet")
    asked = Exogenous(
        ["futr_price"], ["hist_visits"], ["stat_region"], str(folder / "future.parquet") if future else None
    )
    panel = read_panel(folder / "data.parquet", 0, None)
    return read_columns(folder / "data.parquet", asked, panel, 2, lambda last: times_after(last, "int", 2))


def test_what_is_known_at_an_origin(tmp_path: Path) -> None:
    columns = read(tmp_path)
    first = columns.of(0, 0, 4, 2)
    assert first.futr[:, 0].tolist() == [0, 1, 2, 3, 4, 5]
    assert first.hist[:, 0].tolist() == [10, 11, 12, 13]
    assert columns.of(0, 0, 6, 2).futr[:, 0].tolist() == [0, 1, 2, 3, 4, 5, 60, 70]
    # One step of the second series' future is not known: the last known value stands for it.
    assert columns.of(1, 1, 4, 2).futr[:, 0].tolist() == [1, 2, 3, 40, 40]
    assert columns.incomplete == 1
    assert (columns.of(0, 0, 6, 2).stat.tolist(), columns.of(1, 0, 4, 2).stat.tolist()) == ([1], [0])
    assert read(tmp_path, future=False).incomplete == 2


def test_nothing_is_known_too_early(tmp_path: Path) -> None:
    before, after = read(tmp_path).of(0, 0, 4, 2), read(tmp_path, shift=99.0).of(0, 0, 4, 2)
    assert before.hist.tolist() == after.hist.tolist()
    assert before.futr.tolist() == after.futr.tolist()


def test_shuffling_mixes_one_column_within_each_series_and_leaves_the_others(tmp_path: Path) -> None:
    true = read(tmp_path)
    for role in ("futr", "hist"):
        mixed = true.shuffled(role, 0, 3)
        whole, again = ((one.of(0, 0, 6, 2), one.of(1, 0, 4, 2)) for one in (true, mixed))
        for before, after in zip(whole, again, strict=True):
            own, other = ("futr", "hist") if role == "futr" else ("hist", "futr")
            assert not np.array_equal(getattr(before, own), getattr(after, own))
            assert np.array_equal(getattr(before, other), getattr(after, other))
        if role == "hist":
            assert sorted(again[0].hist[:, 0]) == sorted(whole[0].hist[:, 0])
        else:
            assert sorted(again[0].futr[:, 0]) == sorted(whole[0].futr[:, 0])
    assert sorted(true.shuffled("stat", 0, 3).stat[:, 0]) == [0, 1]
    np.testing.assert_array_equal(true.shuffled("futr", 0, 3).ahead, true.shuffled("futr", 0, 3).ahead)
