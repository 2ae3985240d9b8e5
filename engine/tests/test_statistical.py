# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportArgumentType=false
"""ARIMA, CES, several seasons and intermittent demand: planted signals, real series, coverage."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from statsforecast.models import ADIDA, IMAPA, MFLES, TSB, AutoARIMA, AutoCES, CrostonOptimized

from air_passengers import PASSENGERS
from minori_engine.forecast.catalog import families
from minori_engine.forecast.family import Question, SeriesModel

Floats = NDArray[np.float64]
LEVELS = (80.0, 90.0)
CROSTON = ("croston_optimized", "adida", "imapa", "tsb")
CROSTON_MODELS: tuple[Any, ...] = (CrostonOptimized(), ADIDA(), IMAPA(), TSB(0.1, 0.1))


def ask(family: str, y: Floats, h: int = 12, season: int = 12, **params: object) -> Floats:
    found = families()[family]
    assert isinstance(found.model, SeriesModel)
    return found.model.forecast(y, Question(h, season, LEVELS, found.check_params(params)))


def seasonal_error(y: Floats, season: int) -> float:
    return float(np.abs(y[season:] - y[:-season]).mean())


@pytest.mark.parametrize("family", ["auto_arima", "auto_ces", "mstl", "mfles", "ridge", "kernel_ridge"])
def test_better_than_last_year_on_air_passengers(family: str) -> None:
    errors = [
        np.abs(PASSENGERS[n : n + 12] - ask(family, PASSENGERS[:n])[:, 0]).mean() for n in (108, 120, 132)
    ]
    last_year = [np.abs(PASSENGERS[n : n + 12] - PASSENGERS[n - 12 : n]).mean() for n in (108, 120, 132)]
    assert np.mean(errors) < 0.9 * np.mean(last_year)


def test_arima_finds_a_planted_autoregression() -> None:
    random = np.random.default_rng(4)
    y = np.zeros(400)
    for t in range(1, 400):
        y[t] = 0.7 * y[t - 1] + random.normal()
    found = ask("auto_arima", y, h=5, season=1)
    np.testing.assert_allclose(found[:, 0], y[-1] * 0.7 ** np.arange(1, 6), atol=0.5)
    half = found[:, 2] - found[:, 0]
    assert half[0] == pytest.approx(1.2816, rel=0.15), "one step ahead errs as the noise does"


def test_linear_windows_find_planted_structure() -> None:
    """An oscillation, and a growing season; what is too short is refused."""
    random = np.random.default_rng(3)
    y = np.zeros(212)
    for t in range(2, 212):
        y[t] = 1.6 * y[t - 1] - 0.8 * y[t - 2] + random.normal()
    found = ask("ridge", y[:200], season=1)
    rule = [y[198], y[199]]
    for _ in range(12):
        rule.append(1.6 * rule[-1] - 0.8 * rule[-2])
    assert np.abs(found[:, 0] - rule[2:]).mean() < 0.5 * y.std()
    grown = np.exp(0.02 * np.arange(120)) * (2 + np.sin(2 * np.pi * np.arange(120) / 12))
    np.testing.assert_allclose(ask("ridge", grown[:108])[:, 0], grown[108:], rtol=0.02)
    with pytest.raises(ValueError, match="too short"):
        ask("ridge", y[:14], season=1)
    assert (ask("ridge", np.zeros(60)) == 0).all()


def test_likeness_finds_what_no_line_can() -> None:
    """A logistic map: the next value is an arch over the last one."""
    y = np.full(240, 0.3)
    for t in range(1, 240):
        y[t] = 3.9 * y[t - 1] * (1 - y[t - 1])
    ends = range(200, 236, 4)
    likeness, line = (
        np.mean([abs(ask(family, y[:end], h=1, season=1)[0, 0] - y[end]) for end in ends])
        for family in ("kernel_ridge", "ridge")
    )
    assert likeness < 0.25 * line


@pytest.mark.parametrize("family", ["ridge", "kernel_ridge"])
def test_intervals_of_windows_hold(family: str) -> None:
    inside = 0
    for seed in range(40):
        random = np.random.default_rng(seed)
        t = np.arange(132)
        y = 50 + 0.1 * t + 5 * np.sin(2 * np.pi * t / 12) + random.normal(0, 2, 132)
        found = ask(family, y[:120])
        inside += int(((y[120:] >= found[:, 1]) & (y[120:] <= found[:, 2])).sum())
    assert 0.72 < inside / (40 * 12) < 0.88


@pytest.mark.parametrize("family", ["mstl", "mfles"])
def test_two_seasons(family: str) -> None:
    t = np.arange(24 * 7 * 3 + 48)
    day, week = np.sin(2 * np.pi * t / 24), np.sin(2 * np.pi * t / 168)
    y = 100 + 10 * day + 10 * week + np.random.default_rng(2).normal(0, 1, len(t))
    one = np.abs(y[-48:] - ask(family, y[:-48], h=48, season=24)[:, 0]).mean()
    two = np.abs(y[-48:] - ask(family, y[:-48], h=48, season=24, second_season=168)[:, 0]).mean()
    assert two < 0.9 * one
    assert two < 1.5


@pytest.mark.parametrize("family", ["ridge", "kernel_ridge"])
def test_windows_know_the_weekend_when_they_see_a_week(family: str) -> None:
    t = np.arange(24 * 7 * 5)
    weekend = t // 24 % 7 >= 5
    y = 100 + np.where(weekend, 3, 20) * np.sin(2 * np.pi * t / 24)
    y = y + np.random.default_rng(3).normal(0, 1, len(t))
    saturday = len(t) - 48
    truth, known = y[saturday : saturday + 24], y[:saturday]
    one = np.abs(truth - ask(family, known, h=24, season=24)[:, 0]).mean()
    two = np.abs(truth - ask(family, known, h=24, season=24, second_season=168)[:, 0]).mean()
    assert two < 0.5 * one
    early = y[: 24 * 7 + 100]
    np.testing.assert_array_equal(
        ask(family, early, h=24, season=24, second_season=168), ask(family, early, h=24, season=24)
    )


def test_long_seasons_of_arima_are_taken_out_by_stl() -> None:
    t = np.arange(200)
    y = 100 + 20 * np.sin(2 * np.pi * t / 52) + np.random.default_rng(1).normal(0, 2, 200)
    found = ask("auto_arima", y, season=52)
    truth = 100 + 20 * np.sin(2 * np.pi * np.arange(200, 212) / 52)
    assert np.abs(found[:, 0] - truth).mean() < 2


ARIMA = AutoARIMA(season_length=12, approximation=True, max_p=3, max_q=3, max_P=1, max_Q=1)
EQUALS = [
    *zip(CROSTON, CROSTON_MODELS, strict=True),
    ("auto_ces", AutoCES(season_length=12)),
    ("mfles", MFLES(season_length=[12])),
    ("auto_arima", ARIMA),
]


@pytest.mark.parametrize(("family", "model"), EQUALS)
def test_equal_to_the_library(family: str, model: Any) -> None:  # noqa: ANN401
    y = np.random.default_rng(7).poisson(0.4, 90) * 1.0 if family in CROSTON else PASSENGERS
    np.testing.assert_allclose(ask(family, y)[:, 0], model.forecast(y, h=12)["mean"])


@pytest.mark.parametrize("family", CROSTON)
def test_intermittent_demand(family: str) -> None:
    """The rate that was planted, intervals that hold, nothing below zero."""
    random = np.random.default_rng(9)
    inside = {80: 0, 90: 0}
    rates: list[float] = []
    for _ in range(60):
        y = np.where(random.random(132) < 0.3, random.poisson(4, 132) + 1.0, 0.0)
        found = ask(family, y[:120], season=1)
        rates.append(found[0, 0])
        assert (found >= 0).all()
        for column, level in ((1, 80), (3, 90)):
            inside[level] += int(((y[120:] >= found[:, column]) & (y[120:] <= found[:, column + 1])).sum())
    assert np.mean(rates) == pytest.approx(1.5, abs=0.25)
    for level, count in inside.items():
        assert count / (60 * 12) >= level / 100 - 0.03, "demand is lumpy: intervals may cover more"


def test_nothing_ever_asked_for() -> None:
    for family in CROSTON:
        assert (ask(family, np.zeros(40)) == 0).all()


def test_smoothing_is_a_choice() -> None:
    demand = np.concatenate([np.zeros(60), np.full(30, 5.0)])
    slow = ask("tsb", demand, size_smoothing=0.05, probability_smoothing=0.05)[0, 0]
    assert slow < ask("tsb", demand, size_smoothing=0.5, probability_smoothing=0.5)[0, 0]
