"""Lag networks: their gradient, real series, planted signals, coverage, the data they must bear."""

import numpy as np
import pytest
from numpy.typing import NDArray

from air_passengers import PASSENGERS
from minori_engine.forecast.catalog import families
from minori_engine.forecast.family import Forecaster, GlobalModel, Histories, Lesson, Question
from minori_engine.forecast.lag_networks import Networks

Floats = NDArray[np.float64]


def histories(series: list[Floats]) -> Histories:
    return Histories(series, [np.arange(len(y)) for y in series], list(range(len(series))))


def learn(known: Histories, h: int = 12, season: int = 12, seed: int = 7, **params: object) -> Forecaster:
    found = families()["nnar"]
    assert isinstance(found.model, GlobalModel)
    question = Question(h, season, (80.0, 90.0), found.check_params(params))
    lesson = Lesson("int", seed, lambda _share: None, lambda _name, _step, _value: None, None)
    return found.model.fit(known, question, lesson)


def test_learns_a_rule_that_bends_and_how_sure_it_is() -> None:
    rng = np.random.default_rng(1)
    networks = Networks(4, 2, 600, rng)
    for _ in range(600):
        shown = rng.uniform(-2, 2, (4, 64, 2)).astype(np.float32)
        wide = np.where(shown[..., 1] > 0, 0.5, 0.1)
        networks.learn(shown, (np.abs(shown[..., 0]) + wide * rng.normal(size=(4, 64))).astype(np.float32))
    asked = np.array([[-1.5, 1], [0, 1], [1.5, 1], [1.5, -1]], np.float32)
    location, scale = networks.expect(np.broadcast_to(asked, (4, 4, 2)))
    assert location.mean(axis=0) == pytest.approx([1.5, 0, 1.5, 1.5], abs=0.25)
    assert scale[:, 2].mean() > 2 * scale[:, 3].mean()


def test_better_than_last_year_on_air_passengers() -> None:
    ours: list[float] = []
    last_year: list[float] = []
    for n in (96, 108, 120, 132):
        known = histories([PASSENGERS[:n]])
        actual = PASSENGERS[n : n + 12]
        ours.append(np.abs(learn(known)(known)[0, :, 0] - actual).mean())
        last_year.append(np.abs(PASSENGERS[n - 12 : n] - actual).mean())
    assert np.mean(ours) < 0.8 * np.mean(last_year)


def test_what_one_series_cannot_teach_all_together_do() -> None:
    """Each series falls after a rare sign that others have shown before."""
    random = np.random.default_rng(3)
    panel: list[Floats] = []
    for _ in range(30):
        y = random.normal(0, 0.1, 80)
        for at in random.choice(np.arange(5, 76), 6, replace=False):
            y[at : at + 2] = 3.0, -3.0
        panel.append(y)
    known = histories([np.append(y, 3.0) for y in panel])
    found = learn(histories(panel), h=1, season=1)(known)
    assert np.mean(found[:, 0, 0] < -0.7) > 0.8


def test_intervals_cover_what_they_promise() -> None:
    random = np.random.default_rng(5)
    t = np.arange(96)
    panel = [10 * np.sin(2 * np.pi * (t + shift) / 12) + random.normal(0, 1, 96) for shift in range(60)]
    known = histories([y[:84] for y in panel])
    found = learn(known)(known)
    actual = np.stack([y[84:] for y in panel])
    for column, level in ((1, 80), (3, 90)):
        inside = (actual >= found[..., column]) & (actual <= found[..., column + 1])
        assert abs(100 * inside.mean() - level) < 6


def test_the_same_seed_gives_the_same_forecast_in_any_unit() -> None:
    known = histories([PASSENGERS])
    found = learn(known)(known)
    assert np.array_equal(learn(known)(known), found)
    assert not np.array_equal(learn(known, seed=8)(known), found)
    other = histories([1e6 * PASSENGERS + 1e9])
    assert learn(other)(other) == pytest.approx(1e6 * found + 1e9, rel=1e-4)


def test_one_model_forecasts_from_later_origins() -> None:
    forecast = learn(histories([PASSENGERS[:108]]))
    late = PASSENGERS[:132]
    found = forecast(histories([late]))[0, :, 0]
    assert np.abs(found - PASSENGERS[132:]).mean() < np.abs(late[120:] - PASSENGERS[132:]).mean()
    changed = late.copy()
    changed[-1] *= 2
    assert not np.allclose(found, forecast(histories([changed]))[0, :, 0]), "the newest value counts"


def test_the_data_it_must_bear() -> None:
    random = np.random.default_rng(2)
    rare = np.where(random.random(60) < 0.1, 50.0, 0.0)
    for h, season, series in (
        (1, 1, [PASSENGERS[:12]]),
        (9, 7, [PASSENGERS[:13], PASSENGERS]),
        (3, 52, [PASSENGERS[:70], np.full(70, 4.0)]),
        (24, 12, [PASSENGERS[:16]]),
        (6, 12, [rare, np.zeros(60)]),
    ):
        known = histories(series)
        found = learn(known, h, season)(known)
        assert found.shape == (len(series), h, 5)
        assert np.isfinite(found).all()
        assert (found[..., 3] <= found[..., 1]).all()
        assert (found[..., 1] <= found[..., 0]).all()
    week = learn(histories([np.tile(PASSENGERS, 4)]), 12, 24, second_season=168)
    assert np.isfinite(week(histories([PASSENGERS]))).all()
