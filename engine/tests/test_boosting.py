"""Boosted trees: real series, planted signals, coverage, no look ahead."""

import numpy as np
import pytest
from numpy.typing import NDArray

from air_passengers import MONTHS, PASSENGERS
from minori_engine.forecast.calendar_features import Calendar
from minori_engine.forecast.catalog import families
from minori_engine.forecast.family import Forecaster, GlobalModel, Histories, Lesson, Question

Floats = NDArray[np.float64]
BOTH = ("lightgbm_recursive", "lightgbm_direct")
TIMES = MONTHS.astype(np.int64)


def histories(series: list[Floats], times: NDArray[np.int64] | None = None) -> Histories:
    stamps = [np.arange(len(y), dtype=np.int64) if times is None else times[: len(y)] for y in series]
    return Histories(series, stamps, list(range(len(series))))


def learn(
    family: str, known: Histories, h: int = 12, season: int = 12, freq: str = "int", **params: object
) -> Forecaster:
    found = families()[family]
    assert isinstance(found.model, GlobalModel)
    question = Question(h, season, (80.0, 90.0), found.check_params(params))
    lesson = Lesson(freq, 7, lambda _share: None, lambda _name, _step, _value: None, None)
    return found.model.fit(known, question, lesson)


@pytest.mark.parametrize("family", BOTH)
def test_better_than_last_year_on_air_passengers(family: str) -> None:
    ours: list[float] = []
    last_year: list[float] = []
    for n in (96, 108, 120, 132):
        known = histories([PASSENGERS[:n]], TIMES)
        actual = PASSENGERS[n : n + 12]
        ours.append(np.abs(learn(family, known, freq="MS")(known)[0, :, 0] - actual).mean())
        last_year.append(np.abs(PASSENGERS[n - 12 : n] - actual).mean())
    assert np.mean(ours) < 0.7 * np.mean(last_year)


@pytest.mark.parametrize("family", BOTH)
def test_what_one_series_cannot_teach_all_together_do(family: str) -> None:
    """Each series jumps after a rare sign that others have shown before."""
    random = np.random.default_rng(3)
    panel: list[Floats] = []
    for _ in range(30):
        y = random.normal(0, 0.1, 80)
        for at in random.choice(np.arange(5, 79), 6, replace=False):
            y[at] = 3.0
            y[at + 1] = -3.0
        panel.append(y)
    for y in panel:
        y[-1] = 3.0
    known = histories(panel)
    found = learn(family, known, h=1, season=1, differences="none")(known)
    assert np.mean(found[:, 0, 0] < -1.5) > 0.8


@pytest.mark.parametrize("family", BOTH)
def test_intervals_cover_what_they_promise(family: str) -> None:
    random = np.random.default_rng(5)
    t = np.arange(96)
    panel = [10 * np.sin(2 * np.pi * (t + shift) / 12) + random.normal(0, 1, 96) for shift in range(60)]
    known = histories([y[:84] for y in panel])
    found = learn(family, known)(known)
    actual = np.stack([y[84:] for y in panel])
    for column, level in ((1, 80), (3, 90)):
        inside = (actual >= found[..., column]) & (actual <= found[..., column + 1])
        assert abs(100 * inside.mean() - level) < 6


@pytest.mark.parametrize("family", BOTH)
def test_one_model_forecasts_from_later_origins(family: str) -> None:
    early, late = histories([PASSENGERS[:108]], TIMES), histories([PASSENGERS[:132]], TIMES)
    forecast = learn(family, early, freq="MS")
    found = forecast(late)[0, :, 0]
    assert np.abs(found - PASSENGERS[132:]).mean() < np.abs(PASSENGERS[120:132] - PASSENGERS[132:]).mean()
    changed = late.y[0].copy()
    changed[-1] *= 2
    moved = forecast(Histories([changed], late.times, [0]))[0, :, 0]
    assert not np.allclose(found, moved), "the newest value counts"


def test_the_lengths_and_presets_it_must_bear() -> None:
    for lags in ("short", "season", "long"):
        for h, season, n in ((1, 1, 8), (9, 7, 40), (3, 52, 70)):
            known = histories([PASSENGERS[:n], PASSENGERS[40 : 40 + n + 3]])
            for family in BOTH:
                found = learn(family, known, h, season, lags=lags, rounds=20)(known)
                assert found.shape == (2, h, 5)
                assert np.isfinite(found).all()


def test_the_calendar() -> None:
    assert Calendar("MS", 12).names == ["month"]
    assert Calendar("h", 24).names == ["hour", "weekday"]
    assert Calendar("int", 1).names == []
    monday = np.datetime64("2024-02-26T23:00", "us").astype(np.int64)
    assert Calendar("h", 24).ahead(int(monday), 2).tolist() == [[0, 1], [1, 1]]
    assert Calendar("D", 7).past(np.array([monday]))[0].tolist() == [0, 25, 1]
    assert Calendar("MS", 12).ahead(int(TIMES[-1]), 3)[:, 0].tolist() == [0, 1, 2]
    assert Calendar("QS-JAN", 4).names == ["month"]
    assert Calendar("YS", 1).names == []
    assert Calendar("15min", 96).names == ["minute", "hour", "weekday"]
