# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""`forecast.trial` and `forecast.catalog` through a real host."""

import hashlib
import json
import os
import signal
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from statsforecast import StatsForecast
from statsforecast.models import AutoETS, DynamicOptimizedTheta, SeasonalNaive
from utilsforecast.losses import mase

from air_passengers import MONTHS, PASSENGERS
from host_process import HostProcess, Task
from long_table import write_long_table
from minori_engine.errors import memory_ran_out
from minori_engine.forecast.catalog import families
from minori_engine.forecast.messages import TrialResult
from minori_engine.protocol import Artifact, Failed, Partial, Progress, Result, Started

Floats = NDArray[np.float32]
H = 12
WIDTH = 5


def write(path: Path, series: dict[str, NDArray[np.float64]], ds: NDArray[Any] = MONTHS) -> Path:
    ids = [name for name, y in series.items() for _ in y]
    times = np.concatenate([ds[-len(y) :] for y in series.values()])
    write_long_table(path, ids, times, np.concatenate(list(series.values())))
    return path


def trial_input(parquet: Path, family: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    asked: dict[str, Any] = {
        "parquet": str(parquet),
        "freq": "MS",
        "season": 12,
        "h": H,
        "origins": 4,
        "min_train": 24,
        "levels": [80, 90],
        "family": family,
        "params": {},
        "series": None,
        "predict": True,
        "deadline_seconds": None,
    }
    return asked | changes


def result_of(task: Task) -> TrialResult:
    return msgspec.convert(task.wait_until(Result).value, TrialResult)


def forecast_of(task: Task, series: int, h: int = H) -> Floats:
    return np.fromfile(task.folder / "forecast.f32", "<f4").reshape(series, h, WIDTH)


def backtest_of(task: Task, series: int, origins: int = 4, h: int = H) -> Floats:
    return np.fromfile(task.folder / "backtest.f32", "<f4").reshape(series, origins, h, WIDTH)


def assert_usable(forecast: Floats) -> None:
    assert np.isfinite(forecast).all()
    mean, low80, high80, low90, high90 = np.moveaxis(forecast, -1, 0)
    assert ((low90 <= low80) & (low80 <= mean) & (mean <= high80) & (high80 <= high90)).all()


def awkward_series() -> dict[str, NDArray[np.float64]]:
    random = np.random.default_rng(11)
    gappy = PASSENGERS.copy()
    gappy[[10, 11, 50, 143]] = np.nan
    return {
        "air": PASSENGERS,
        "alone": np.array([5.0]),
        "constant": np.full(100, 3.0),
        "gappy": gappy,
        "huge": PASSENGERS * 1e36,
        "nothing": np.full(40, np.nan),
        "pair": np.array([1.0, 2.0]),
        "rare": np.where(random.random(120) < 0.1, 5.0, 0.0),
        "short": PASSENGERS[:9],
        "tiny": PASSENGERS * 1e-30,
        "zeros": np.zeros(60),
    }


def test_the_forecast_comes_first_then_the_origins(shared_host: HostProcess, tmp_path: Path) -> None:
    data = write(tmp_path / "d.parquet", {"air": PASSENGERS})
    task = shared_host.run("forecast.trial", trial_input(data, "auto_ets"))
    kinds = [type(event) for event in task.events()]
    partial = task.wait_until(Partial)
    assert partial.value == {"family": "auto_ets", "series": 1, "forecast": "forecast.f32", "ds": "ds.json"}
    names = [event.name for event in task.events() if isinstance(event, Artifact)]
    assert names == ["ds", "forecast", "backtest"]
    assert kinds.index(Partial) < len(kinds) - 1 - kinds[::-1].index(Artifact)
    for event in task.events():
        if isinstance(event, Artifact):
            assert hashlib.sha256((task.folder / event.path).read_bytes()).hexdigest() == event.sha256
    result = result_of(task)
    assert (result.series, result.origins, result.origins_done, result.fits) == (1, 4, 4, 5)
    assert result.fallbacks == []
    assert not result.stopped
    fractions = [e.fraction for e in task.events() if isinstance(e, Progress) and e.fraction is not None]
    assert fractions == sorted(fractions)

    times = json.loads((task.folder / "ds.json").read_bytes())
    assert times["series"] == [0]
    assert times["groups"][0]["future"][:2] == ["1961-01-01", "1961-02-01"]
    assert times["groups"][0]["cutoffs"] == ["1956-12-01", "1957-12-01", "1958-12-01", "1959-12-01"]


OF_THIS_HOST = [family.id for family in families().values() if family.library_set == "forecast"]
QUICK: dict[str, dict[str, Any]] = {"lightgbm_direct": {"rounds": 20}}
"""Settings that make a family cheap where its accuracy is not the question."""

MODELS = {
    "auto_ets": AutoETS,
    "dynamic_optimized_theta": DynamicOptimizedTheta,
    "seasonal_naive": SeasonalNaive,
}


@pytest.mark.parametrize("family", list(MODELS))
def test_equal_to_statsforecasts_own_cross_validation(
    shared_host: HostProcess, tmp_path: Path, family: str
) -> None:
    data = write(tmp_path / "d.parquet", {"air": PASSENGERS, "half": PASSENGERS[40:]})
    task = shared_host.run("forecast.trial", trial_input(data, family))
    frame = pd.read_parquet(data)
    library: Any = StatsForecast(models=[MODELS[family](season_length=12, alias="m")], freq="MS")
    columns = ["m", "m-lo-80", "m-hi-80", "m-lo-90", "m-hi-90"]
    expected = library.cross_validation(h=H, df=frame, n_windows=4, step_size=H, level=[80, 90])
    np.testing.assert_allclose(
        backtest_of(task, 2).reshape(-1, WIDTH), expected[columns].to_numpy(), rtol=1e-6
    )
    expected = library.forecast(df=frame, h=H, level=[80, 90])
    np.testing.assert_allclose(
        forecast_of(task, 2).reshape(-1, WIDTH), expected[columns].to_numpy(), rtol=1e-6
    )
    times = json.loads((task.folder / "ds.json").read_bytes())["groups"][0]["future"]
    assert times == [str(day.date()) for day in expected["ds"][:H]]


def test_the_mase_of_seasonal_naive_on_air_passengers(shared_host: HostProcess, tmp_path: Path) -> None:
    data = write(tmp_path / "d.parquet", {"air": PASSENGERS})
    task = shared_host.run("forecast.trial", trial_input(data, "seasonal_naive", origins=1))
    predicted = backtest_of(task, 1, origins=1)[0, 0, :, 0]
    frame = pd.DataFrame({"unique_id": "air", "ds": MONTHS, "y": PASSENGERS})
    scored = frame.tail(H).assign(m=predicted)
    expected = mase(scored, ["m"], seasonality=12, train_df=frame.head(132))["m"].iloc[0]
    scale = np.abs(PASSENGERS[12:132] - PASSENGERS[:120]).mean()
    assert np.abs(PASSENGERS[132:] - predicted).mean() / scale == pytest.approx(expected, rel=1e-6)
    assert expected == pytest.approx(1.6, abs=0.1)


@pytest.mark.parametrize("family", OF_THIS_HOST)
def test_awkward_series_never_break_a_trial(shared_host: HostProcess, tmp_path: Path, family: str) -> None:
    series = awkward_series()
    data = write(tmp_path / "d.parquet", series)
    params = QUICK.get(family, {})
    task = shared_host.run("forecast.trial", trial_input(data, family, params=params))
    result = result_of(task)
    assert_usable(forecast_of(task, len(series)))
    backtest = backtest_of(task, len(series))
    for number, (name, y) in enumerate(series.items()):
        for origin in range(4):
            known = len(y) - H * (4 - origin)
            has_origin = known >= 24 and name != "nothing"
            if has_origin:
                assert_usable(backtest[number, origin])
            else:
                assert np.isnan(backtest[number, origin]).all(), (name, origin)
    used = {(found.series, found.origin): found.used for found in result.fallbacks}
    assert used[(list(series).index("nothing"), None)] == "zero"
    assert (forecast_of(task, len(series))[list(series).index("nothing")] == 0).all()
    assert result.fallback_count == len(result.fallbacks)
    if family in ("auto_ets", "dynamic_optimized_theta"):
        assert used[(list(series).index("pair"), None)] == "naive"
        assert {"code": "gaps_filled", "params": {"series": 1}} in task.wait_until(Result).value["notes"]
    if family == "seasonal_naive":
        assert used[(list(series).index("short"), None)] == "naive"


@pytest.mark.parametrize("family", OF_THIS_HOST)
def test_the_same_task_gives_the_same_bytes(shared_host: HostProcess, tmp_path: Path, family: str) -> None:
    data = write(tmp_path / "d.parquet", {"air": PASSENGERS, "rare": awkward_series()["rare"]})
    contents: set[bytes] = set()
    for threads in (1, 2):
        asked = trial_input(data, family, origins=2, params=QUICK.get(family, {}))
        task = shared_host.run("forecast.trial", asked, threads=threads)
        contents.add(
            (task.folder / "backtest.f32").read_bytes() + (task.folder / "forecast.f32").read_bytes()
        )
    assert len(contents) == 1


def test_slices_put_together_are_the_whole(shared_host: HostProcess, tmp_path: Path) -> None:
    data = write(tmp_path / "d.parquet", awkward_series())
    whole = shared_host.run("forecast.trial", trial_input(data, "window_average"))
    parts = [
        shared_host.run(
            "forecast.trial", trial_input(data, "window_average", series={"offset": offset, "count": count})
        )
        for offset, count in ((0, 4), (4, 100))
    ]
    for name in ("forecast.f32", "backtest.f32"):
        together = b"".join((part.folder / name).read_bytes() for part in parts)
        np.testing.assert_allclose(
            np.frombuffer(together, "<f4"), np.fromfile(whole.folder / name, "<f4"), rtol=1e-6
        )
    assert {found.series for found in result_of(parts[1]).fallbacks} <= set(range(4, 11))


def test_integer_index_and_no_forecast(shared_host: HostProcess, tmp_path: Path) -> None:
    data = write(tmp_path / "d.parquet", {"draws": PASSENGERS}, np.arange(1, 145))
    asked = trial_input(data, "naive", freq="int", season=1, h=3, origins=2, predict=False)
    task = shared_host.run("forecast.trial", asked)
    assert not (task.folder / "forecast.f32").exists()
    assert result_of(task).files.forecast is None
    assert backtest_of(task, 1, origins=2, h=3)[0, :, 0, 0].tolist() == [PASSENGERS[137], PASSENGERS[140]]
    document = json.loads((task.folder / "ds.json").read_bytes())
    assert document["groups"] == [{"future": ["145", "146", "147"], "cutoffs": ["138", "141"]}]


def test_no_origins_means_the_forecast_alone(shared_host: HostProcess, tmp_path: Path) -> None:
    data = write(tmp_path / "d.parquet", {"short": PASSENGERS[:3]})
    task = shared_host.run("forecast.trial", trial_input(data, "naive", origins=0))
    assert result_of(task).files.backtest is None
    assert_usable(forecast_of(task, 1))


def many_series(count: int) -> dict[str, NDArray[np.float64]]:
    random = np.random.default_rng(2)
    return {f"s{number:03d}": PASSENGERS + random.normal(0, 20, 144) for number in range(count)}


def test_a_stop_keeps_the_origins_that_are_finished(shared_host: HostProcess, tmp_path: Path) -> None:
    series = many_series(20)
    data = write(tmp_path / "d.parquet", series)
    task = shared_host.submit("forecast.trial", trial_input(data, "auto_ets", origins=8))
    task.wait_until(Progress, "backtest")
    reply = shared_host.connection.ask(command="stop", attempt_id=task.id, grace_seconds=60)
    assert reply["ok"]
    shared_host.connection.wait_for("exited", task.id)
    result = result_of(task)
    assert result.stopped
    assert task.exited().ended_by == "stop"
    assert_usable(forecast_of(task, 20))
    done = result.origins_done
    assert done < 8
    if done:
        backtest = backtest_of(task, 20, origins=8)
        assert_usable(backtest[:, 8 - done :])
        assert np.isnan(backtest[:, : 8 - done]).all()


def test_the_deadline_leaves_out_the_oldest_origins(shared_host: HostProcess, tmp_path: Path) -> None:
    series = many_series(6)
    data = write(tmp_path / "d.parquet", series)
    asked = trial_input(data, "auto_ets", origins=8, deadline_seconds=0.001)
    task = shared_host.run("forecast.trial", asked)
    result = result_of(task)
    assert (result.origins_done, result.stopped) == (1, False)
    backtest = backtest_of(task, 6, origins=8)
    assert_usable(backtest[:, 7:])
    assert np.isnan(backtest[:, :7]).all()


def test_a_killed_trial_leaves_its_first_forecast(shared_host: HostProcess, tmp_path: Path) -> None:
    data = write(tmp_path / "d.parquet", many_series(20))
    task = shared_host.submit("forecast.trial", trial_input(data, "auto_ets", origins=8))
    task.wait_until(Partial)
    os.kill(task.wait_until(Started).pid, signal.SIGKILL)
    shared_host.connection.wait_for("exited", task.id)
    assert_usable(forecast_of(task, 20))
    assert not list(task.folder.glob(".*.tmp"))


@pytest.mark.parametrize(
    ("changes", "cause", "code"),
    [
        ({"family": "crystal_ball"}, "bad_data", "unknown_family"),
        ({"params": {"depth": 3}}, "bad_data", "unknown_parameter"),
        ({"family": "window_average", "params": {"window_size": 0}}, "bad_data", "bad_parameter"),
        ({"family": "window_average", "params": {"window_size": "x"}}, "bad_data", "bad_parameter"),
        ({"h": 0}, "bug", "bad_input"),
        ({"parquet": "/nowhere/d.parquet"}, "bad_data", "unreadable_data"),
        ({"parquet": __file__}, "bad_data", "unreadable_data"),
        ({"freq": "int"}, "bug", "freq_mismatch"),
        ({"series": {"offset": 5, "count": 1}}, "bad_data", "no_series"),
    ],
)
def test_refusals(
    shared_host: HostProcess, tmp_path: Path, changes: dict[str, Any], cause: str, code: str
) -> None:
    data = write(tmp_path / "d.parquet", {"air": PASSENGERS})
    task = shared_host.run("forecast.trial", trial_input(data, "naive") | changes)
    failed = task.wait_until(Failed)
    assert (failed.cause, failed.code) == (cause, code)


def test_the_catalog(shared_host: HostProcess) -> None:
    value = shared_host.run("forecast.catalog").wait_until(Result).value
    assert [family["id"] for family in value["families"]] == list(families())
    assert {"numpy", "statsforecast"} <= set(value["versions"])
    tsb = next(family for family in value["families"] if family["id"] == "tsb")
    assert tsb["space"]["size_smoothing"] == {
        "type": "float",
        "low": 0.01,
        "high": 0.9,
        "log": True,
        "default": 0.1,
    }
    window = next(family for family in value["families"] if family["id"] == "window_average")
    assert window["parameters"]["window_size"] == {"minimum": 1, "maximum": 10_000, "default": None}


def test_a_lack_of_memory_is_no_reason_for_a_simpler_forecast(
    shared_host: HostProcess, tmp_path: Path
) -> None:
    random = np.random.default_rng(1)
    panel = {f"s{number:04d}": 100 + 10 * random.standard_normal(len(MONTHS)) for number in range(1000)}
    asked = trial_input(
        write(tmp_path / "panel.parquet", panel), "lightgbm_recursive", params={"lags": "long"}, origins=0
    )
    failed = shared_host.run("forecast.trial", asked, memory_bytes=96 << 20).wait_until(Failed)
    assert (failed.cause, failed.code) == ("out_of_memory", "memory_limit")


def test_each_librarys_way_to_say_that_memory_ran_out() -> None:
    with pytest.raises(MemoryError) as numpys:
        np.empty(1 << 55, np.uint8)
    assert memory_ran_out(numpys.value)
    # As torch and LightGBM word it.
    assert memory_ran_out(
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")
    )
    assert memory_ran_out(RuntimeError("std::bad_alloc"))
    assert not memory_ran_out(ValueError("not enough points"))
    with pytest.raises(KeyError) as wrapped:
        _fail_for_want_of_memory()
    assert memory_ran_out(wrapped.value)


def _fail_for_want_of_memory() -> None:
    try:
        raise MemoryError
    except MemoryError as error:
        raise KeyError("y") from error
