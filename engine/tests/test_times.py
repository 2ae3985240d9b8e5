# pyright: reportUnknownMemberType=false
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from minori_engine.compat.calendar import future_times, to_offset
from minori_engine.compat.frames import LongTable
from minori_engine.errors import TaskFailure
from minori_engine.forecast.panel import Panel, matrix_chunks, slice_panel
from minori_engine.forecast.times import describe_times
from minori_engine.forecast.trial import origin_ends


def future(last: str, freq: str, h: int = 4) -> list[str]:
    times = future_times(np.datetime64(last, "us"), to_offset(freq), h)
    return [str(time) for time in np.datetime_as_string(times, unit="m")]


@pytest.mark.parametrize(
    ("freq", "last", "expected"),
    [
        ("MS", "2024-11-01", ["2024-12-01", "2025-01-01", "2025-02-01", "2025-03-01"]),
        ("ME", "2023-12-31", ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"]),
        ("M", "2023-12-31", ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"]),
        ("MS", "2024-11-15", ["2024-12-15", "2025-01-15", "2025-02-15", "2025-03-15"]),
        ("ME", "2023-12-30", ["2024-01-30", "2024-02-29", "2024-03-30", "2024-04-30"]),
        ("QS", "2024-10-01", ["2025-01-01", "2025-04-01", "2025-07-01", "2025-10-01"]),
        ("QE", "2024-09-30", ["2024-12-31", "2025-03-31", "2025-06-30", "2025-09-30"]),
        ("QE-JAN", "2024-10-31", ["2025-01-31", "2025-04-30", "2025-07-31", "2025-10-31"]),
        ("YS-APR", "2023-04-01", ["2024-04-01", "2025-04-01", "2026-04-01", "2027-04-01"]),
        ("YE", "2023-12-31", ["2024-12-31", "2025-12-31", "2026-12-31", "2027-12-31"]),
        ("W-SUN", "2024-12-22", ["2024-12-29", "2025-01-05", "2025-01-12", "2025-01-19"]),
        ("W-SUN", "2024-12-25", ["2025-01-01", "2025-01-08", "2025-01-15", "2025-01-22"]),
        ("W-MON", "2024-12-23", ["2024-12-30", "2025-01-06", "2025-01-13", "2025-01-20"]),
        ("2W", "2024-12-22", ["2025-01-05", "2025-01-19", "2025-02-02", "2025-02-16"]),
        ("D", "2024-02-27", ["2024-02-28", "2024-02-29", "2024-03-01", "2024-03-02"]),
        ("B", "2024-05-30", ["2024-05-31", "2024-06-03", "2024-06-04", "2024-06-05"]),
        ("B", "2024-06-01", ["2024-06-03", "2024-06-04", "2024-06-05", "2024-06-06"]),
        ("3MS", "2024-11-01", ["2025-02-01", "2025-05-01", "2025-08-01", "2025-11-01"]),
    ],
)
def test_future_days(freq: str, last: str, expected: list[str]) -> None:
    assert future(last, freq) == [f"{day}T00:00" for day in expected]


@pytest.mark.parametrize(
    ("freq", "last", "expected"),
    [
        # The night Europe's clocks change: naive time has every hour.
        ("h", "2025-03-30T00:00", ["2025-03-30T01:00", "2025-03-30T02:00", "2025-03-30T03:00"]),
        ("H", "2024-12-31T22:30", ["2024-12-31T23:30", "2025-01-01T00:30", "2025-01-01T01:30"]),
        ("15min", "2024-12-31T23:30", ["2024-12-31T23:45", "2025-01-01T00:00", "2025-01-01T00:15"]),
        ("6h", "2024-02-28T18:00", ["2024-02-29T00:00", "2024-02-29T06:00", "2024-02-29T12:00"]),
    ],
)
def test_future_hours(freq: str, last: str, expected: list[str]) -> None:
    assert future(last, freq, 3) == expected


@pytest.mark.parametrize(
    "freq", ["MS", "ME", "QS", "QE", "YS", "YE", "W-SUN", "W-THU", "D", "B", "h", "30min"]
)
def test_the_future_continues_pandas_own_range(freq: str) -> None:
    whole: NDArray[np.datetime64] = pd.date_range("2021-02-03", periods=60, freq=freq).to_numpy()
    times = future_times(whole[39], to_offset(freq), 20)
    np.testing.assert_array_equal(times, whole[40:].astype("datetime64[us]"))


def panel_of(*lengths: int, step: str = "h", integer: bool = False) -> Panel:
    ids = [f"s{number}" for number in range(len(lengths))]
    codes = np.repeat(np.arange(len(lengths)), lengths)
    if integer:
        ds = np.concatenate([np.arange(1, length + 1) for length in lengths])
    else:
        begin = np.datetime64("2025-01-01", step)
        times = [begin + np.arange(length) for length in lengths]
        ds = np.concatenate(times).astype("datetime64[us]").astype(np.int64)
    y = np.arange(len(ds), dtype=np.float64)
    return slice_panel(LongTable(ids, codes, ds.astype(np.int64), y, integer), 0, None)


def test_times_of_series_that_end_together_are_written_once() -> None:
    panel = panel_of(30, 30, 28)
    ends = origin_ends(panel.lengths, 3, 2, 24)
    document = describe_times(panel, "h", 3, ends)
    assert document["series"] == [1, 1, 0]
    assert document["groups"][1] == {
        "future": ["2025-01-02T06:00:00", "2025-01-02T07:00:00", "2025-01-02T08:00:00"],
        "cutoffs": ["2025-01-01T23:00:00", "2025-01-02T02:00:00"],
    }
    assert document["groups"][0]["cutoffs"] == [None, "2025-01-02T00:00:00"]


def test_days_are_written_without_time_and_integers_as_text() -> None:
    days = panel_of(5, step="D")
    document = describe_times(days, "D", 2, origin_ends(days.lengths, 2, 1, 1))
    assert document["groups"] == [{"future": ["2025-01-06", "2025-01-07"], "cutoffs": ["2025-01-03"]}]
    numbers = panel_of(5, integer=True)
    document = describe_times(numbers, "int", 2, origin_ends(numbers.lengths, 2, 1, 1))
    assert document["groups"] == [{"future": ["6", "7"], "cutoffs": ["3"]}]


@pytest.mark.parametrize(
    ("freq", "integer", "code"),
    [("fortnight", False, "unknown_freq"), ("int", False, "freq_mismatch"), ("D", True, "freq_mismatch")],
)
def test_refused_frequencies(freq: str, integer: bool, code: str) -> None:
    panel = panel_of(5, integer=integer)
    with pytest.raises(TaskFailure) as failure:
        describe_times(panel, freq, 2, origin_ends(panel.lengths, 2, 1, 1))
    assert failure.value.code == code


def test_a_horizon_beyond_the_calendar() -> None:
    panel = panel_of(5)
    with pytest.raises(TaskFailure) as failure:
        describe_times(panel, "YS", 1000, origin_ends(panel.lengths, 1000, 0, 1))
    assert failure.value.code == "beyond_calendar"


def test_origins_are_counted_back_from_each_series_end() -> None:
    ends = origin_ends(np.array([100, 30, 5]), h=10, origins=3, min_train=8)
    np.testing.assert_array_equal(ends, [[70, -1, -1], [80, 10, -1], [90, 20, -1]])


def test_matrix_is_aligned_at_the_right_and_chunks_cover_all_once() -> None:
    panel = panel_of(3, 5, 1)
    matrix = panel.matrix(np.array([0, 1, 2]), np.array([3, 4, 1]))
    np.testing.assert_array_equal(matrix, [[np.nan, 0, 1, 2], [3, 4, 5, 6], [np.nan, np.nan, np.nan, 8]])
    ends = np.concatenate([np.full(1000, 10), [1_900_000], np.full(5, 700_000)])
    chunks = list(matrix_chunks(ends))
    covered = [int(position) for chunk in chunks for position in chunk]
    assert sorted(covered) == list(range(len(ends)))
    assert all(len(chunk) * ends[chunk].max() <= 2_000_000 for chunk in chunks)


def test_unsorted_rows_are_put_in_order_and_slices_keep_their_place() -> None:
    codes, ds = np.array([0, 1, 0, 1, 2]), np.array([2, 2, 1, 1, 1])
    table = LongTable(["b", "a", "c"], codes, ds, np.array([1.0, 3.0, 0.0, 2.0, 4.0]), True)
    panel = slice_panel(table, 1, 5)
    assert (panel.ids, panel.first) == (["a", "c"], 1)
    np.testing.assert_array_equal(panel.y, [2, 3, 4])
    np.testing.assert_array_equal(panel.starts, [0, 2, 3])
    with pytest.raises(TaskFailure):
        slice_panel(table, 3, 1)
