"""Trials that are compared with a better one: window by window, and never after the fact."""

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from host_process import HostProcess
from minori_engine.forecast.catalog import families
from minori_engine.forecast.yardstick import is_better, is_hopeless
from test_trial import backtest_of, many_series, result_of, trial_input, write

LOCAL = [
    family.id
    for family in families().values()
    if family.library_set == "forecast" and family.kind != "baseline"
]
CHOSEN = (
    LOCAL if os.environ.get("MINORI_TEST_FULL") == "1" else ["auto_ces", "mstl", "tsb", "lightgbm_recursive"]
)
SPARSE = ("croston_optimized", "adida", "imapa", "tsb")


def test_hopeless_needs_four_windows_that_agree() -> None:
    assert not is_hopeless([None, 2.0, 2.0, 2.0], [1.0] * 4)
    assert is_hopeless([2.0, 2.1, 2.2, 2.3], [1.0] * 4)
    assert not is_hopeless([2.0, 2.1, 0.5, 2.3], [1.0] * 4)
    assert not is_hopeless([1.0] * 8, [1.0] * 8)
    assert is_better([0.9, 2.0], [1.0, None])
    assert not is_better([None, 1.0], [1.0, 1.0])


def test_what_is_worse_is_given_up_and_what_is_better_forecasts(
    shared_host: HostProcess, tmp_path: Path
) -> None:
    data = write(tmp_path / "d.parquet", many_series(4))
    asked = trial_input(data, "naive", origins=6)
    usual = result_of(shared_host.run("forecast.trial", asked))
    assert all(error is not None for error in usual.errors)
    assert (usual.pruned, usual.origins_done) == (False, 6)
    errors = [error or 0.0 for error in usual.errors]

    worse = result_of(shared_host.run("forecast.trial", asked | {"rival": [error / 2 for error in errors]}))
    assert worse.pruned
    assert (worse.origins_done, worse.files.forecast) == (4, None)
    assert worse.errors == [None, None, *usual.errors[2:]], "the newest windows come first"

    equal = result_of(shared_host.run("forecast.trial", asked | {"rival": errors}))
    assert (equal.pruned, equal.origins_done, equal.files.forecast) == (False, 6, None)

    better = result_of(shared_host.run("forecast.trial", asked | {"rival": [error * 2 for error in errors]}))
    assert better.files.forecast is not None
    assert better.errors == usual.errors


@pytest.mark.parametrize("family", CHOSEN)
def test_a_planted_signal_is_found(shared_host: HostProcess, tmp_path: Path, family: str) -> None:
    """Every family beats the simple forecast that it has to beat, on data that are made for it."""
    random = np.random.default_rng(5)
    t = np.arange(132)
    series: dict[str, NDArray[np.float64]]
    if family in SPARSE:
        # Demand every third month or so: repeating the last value is wrong most of the time.
        series = {
            f"s{number}": random.binomial(1, 0.3, 132) * random.poisson(6, 132).astype(np.float64)
            for number in range(6)
        }
    else:
        waves = [20 * np.sin(2 * np.pi * t / 12 + phase) for phase in range(6)]
        series = {
            f"s{number}": 100 + 0.3 * t + wave + random.normal(0, 2, 132) for number, wave in enumerate(waves)
        }
    data = write(
        tmp_path / "d.parquet",
        series,
        ds=np.arange("2010-01", "2021-01", dtype="datetime64[M]").astype("datetime64[us]"),
    )
    found = backtest_of(shared_host.run("forecast.trial", trial_input(data, family)), len(series), origins=4)
    actual = np.stack([y[-48:].reshape(4, 12) for y in series.values()])
    rival = "naive" if family in SPARSE else "seasonal_naive"
    simple = backtest_of(shared_host.run("forecast.trial", trial_input(data, rival)), len(series), origins=4)
    error, bound = (np.square(one[..., 0] - actual).mean() for one in (found, simple))
    assert error < bound
