"""Networks through a real neural host: usable on anything, equal for equal seeds, best weights kept."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from air_passengers import PASSENGERS
from host_process import HostProcess, Task
from minori_engine.forecast.catalog import families
from minori_engine.protocol import Metric, Partial, Progress, Result
from test_trial import (
    assert_usable,
    awkward_series,
    backtest_of,
    forecast_of,
    many_series,
    result_of,
    trial_input,
    write,
)

FULL = os.environ.get("MINORI_TEST_FULL") == "1"
NEURAL = [family.id for family in families().values() if family.library_set == "neural"]
CHOSEN = NEURAL if FULL else ["nlinear", "nhits", "deepar"]
NO_TRACE = {"task.json", "events.jsonl", "output.log", "ds.json", "forecast.f32", "backtest.f32"}


def run(host: HostProcess, data: Path, family: str, steps: int = 20, **changes: Any) -> Task:  # noqa: ANN401
    asked = trial_input(data, family, **{"origins": 3, "params": {"steps": steps}} | changes)
    return host.run("forecast.trial", asked)


def test_every_network_is_there() -> None:
    assert set(NEURAL) == {
        "nlinear", "dlinear", "mlp", "nhits", "nbeats", "nbeatsx", "lstm", "gru", "tcn", "tide", "tft",
        "patchtst", "deepar",
    }  # fmt: skip
    for name in NEURAL:
        assert "random_seed" not in families()[name].space
        assert families()[name].check_params({})["refit"] is False


@pytest.mark.parametrize("family", CHOSEN)
def test_awkward_series(neural_host: HostProcess, tmp_path: Path, family: str) -> None:
    series = awkward_series()
    data = write(tmp_path / "d.parquet", series)
    task = run(neural_host, data, family)
    assert_usable(forecast_of(task, len(series)))
    result = result_of(task)
    learned = [fallback for fallback in result.fallbacks if fallback.reason == "fit_failed"]
    assert not learned, "one bad series must not spoil the network of all"
    assert_usable(backtest_of(task, len(series), origins=3)[0])
    assert {path.name for path in task.folder.iterdir()} <= NO_TRACE, "libraries leave no folders behind"


@pytest.mark.parametrize("family", CHOSEN)
def test_one_step_ahead_and_equal_bytes(neural_host: HostProcess, tmp_path: Path, family: str) -> None:
    data = write(tmp_path / "d.parquet", {"air": PASSENGERS})
    contents = {
        b"".join((task.folder / name).read_bytes() for name in ("forecast.f32", "backtest.f32"))
        for task in (run(neural_host, data, family, h=1, levels=[90.0]) for _ in range(2))
    }
    assert len(contents) == 1


def planted(family: str) -> dict[str, np.ndarray[Any, np.dtype[np.float64]]]:
    random = np.random.default_rng(len(family))
    t = np.arange(120)
    waves = [np.sin(2 * np.pi * t / 12 + phase) for phase in np.linspace(0, 3, 8)]
    return {f"s{number}": 50 + 10 * wave + random.normal(0, 2, 120) for number, wave in enumerate(waves)}


@pytest.mark.parametrize("family", NEURAL if FULL else ["nlinear"])
def test_a_planted_season_is_found(neural_host: HostProcess, tmp_path: Path, family: str) -> None:
    """At least as good as repeating the last year, and honest about it."""
    series = planted(family)
    data = write(tmp_path / "d.parquet", series)
    default = families()[family].check_params({})["steps"]
    task = run(neural_host, data, family, steps=default)
    found = backtest_of(task, len(series), origins=3)
    actual = np.stack([y[-36:].reshape(3, 12) for y in series.values()])
    last_year = np.stack([y[-48:-12].reshape(3, 12) for y in series.values()])
    assert np.abs(found[..., 0] - actual).mean() < np.abs(last_year - actual).mean()
    inside = (actual >= found[..., 1]) & (actual <= found[..., 2])
    assert 0.65 < inside.mean() < 0.95
    losses = [event for event in task.events() if isinstance(event, Metric)]
    assert losses
    assert all(event.series == "validation_loss" for event in losses)


def test_progress_and_stop(neural_host: HostProcess, tmp_path: Path) -> None:
    """Each step is told; a stop hands in the forecast that is finished."""
    data = write(tmp_path / "d.parquet", many_series(4))
    asked = trial_input(data, "mlp", origins=3, params={"steps": 800, "learning_rate": 1e-4})
    task = neural_host.submit("forecast.trial", asked)
    task.wait_until(Partial)
    task.wait_until(Progress, "backtest")
    assert neural_host.connection.ask(command="stop", attempt_id=task.id, grace_seconds=60)["ok"]
    neural_host.connection.wait_for("exited", task.id)
    result = result_of(task)
    assert result.stopped
    assert_usable(forecast_of(task, 4))
    told = [event.fraction for event in task.events() if isinstance(event, Progress) and event.fraction]
    assert told == sorted(told)
    assert len(told) > 2


def test_the_deadline_ends_learning_with_what_it_has(neural_host: HostProcess, tmp_path: Path) -> None:
    data = write(tmp_path / "d.parquet", {"air": PASSENGERS})
    task = run(neural_host, data, "nlinear", steps=2000, deadline_seconds=0.001)
    assert_usable(forecast_of(task, 1))
    assert task.wait_until(Result).value["origins_done"] >= 1


def test_a_training_that_falls_behind_is_given_up_at_its_rung(
    neural_host: HostProcess, tmp_path: Path
) -> None:
    series = many_series(4)
    data = write(tmp_path / "d.parquet", series)
    watched = run(neural_host, data, "nlinear", rungs=[{"share": 0.3, "limit": None}])
    [(share, loss)] = result_of(watched).rungs
    assert share == 0.3
    rungs = [{"share": 0.3, "limit": loss * 0.99}]
    hopeless = run(neural_host, data, "nlinear", rungs=rungs, rival=[1.0, 1.0, 1.0])
    result = result_of(hopeless)
    assert result.pruned
    assert (result.origins_done, result.files.forecast, result.files.backtest) == (0, None, None)
    rungs = [{"share": 0.3, "limit": loss}]
    fair = result_of(run(neural_host, data, "nlinear", rungs=rungs, rival=[99.0, 99.0, 99.0]))
    assert not fair.pruned
    assert fair.files.forecast is not None
