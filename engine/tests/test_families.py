# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportArgumentType=false
"""Our numbers against the libraries', called directly."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from statsforecast.models import (
    MSTL,
    AutoETS,
    DynamicOptimizedTheta,
    HistoricAverage,
    Naive,
    SeasonalNaive,
    WindowAverage,
)

from air_passengers import PASSENGERS
from minori_engine.forecast.catalog import families
from minori_engine.forecast.family import Family, PanelModel, Question, SeriesModel
from minori_engine.forecast.filling import carried_forward, without_gaps
from minori_engine.forecast.intervals import tidy, with_error_intervals

Floats = NDArray[np.float64]
LEVELS = (80.0, 90.0)


def ask(family: str, y: Floats, h: int = 12, season: int = 12, **params: int) -> Floats:
    """One series, padded at its left as a shorter one among longer ones would be."""
    found: Family = families()[family]
    question = Question(h=h, season=season, levels=LEVELS, params=found.check_params(params))
    if isinstance(found.model, PanelModel):
        padded = np.concatenate([np.full(17, np.nan), y])
        return found.model.forecast(padded[None], question)[0]
    assert isinstance(found.model, SeriesModel)
    return found.model.forecast(y, question)


def library(model: Any, y: Floats, h: int = 12) -> Floats:  # noqa: ANN401
    answer = model.forecast(y, h=h, level=[80, 90])
    return np.column_stack(
        [answer["mean"], answer["lo-80"], answer["hi-80"], answer["lo-90"], answer["hi-90"]]
    )


def some_series() -> list[Floats]:
    random = np.random.default_rng(3)
    t = np.arange(90)
    return [
        PASSENGERS,
        100 + np.cumsum(random.normal(0, 1, 75)),
        random.poisson(0.5, 60).astype(np.float64),
        -50 + t + 10 * np.sin(2 * np.pi * t / 12) + random.normal(0, 1, 90),
        np.full(40, 7.0),
    ]


@pytest.mark.parametrize("y", some_series(), ids=["air", "walk", "counts", "negative", "constant"])
@pytest.mark.parametrize(
    ("family", "model"),
    [
        ("naive", Naive()),
        ("seasonal_naive", SeasonalNaive(season_length=12)),
        ("historic_mean", HistoricAverage()),
        ("auto_ets", AutoETS(season_length=12)),
        ("dynamic_optimized_theta", DynamicOptimizedTheta(season_length=12)),
    ],
)
def test_equal_to_the_library(family: str, model: Any, y: Floats) -> None:  # noqa: ANN401
    np.testing.assert_allclose(ask(family, y, h=30), library(model, y, h=30), rtol=1e-9, atol=1e-9)


def test_window_average_equals_the_librarys_point() -> None:
    for window in (1, 5, 12):
        model = WindowAverage(window_size=window)
        mean = model.forecast(PASSENGERS, h=6)["mean"]
        np.testing.assert_allclose(ask("window_average", PASSENGERS, h=6, window_size=window)[:, 0], mean)
    assert ask("window_average", PASSENGERS, season=12)[0, 0] == PASSENGERS[-12:].mean()
    assert ask("window_average", PASSENGERS, season=1)[0, 0] == PASSENGERS[-6:].mean()
    assert ask("window_average", PASSENGERS[:3])[0, 0] == PASSENGERS[:3].mean(), "fewer than the window"


def test_historic_median() -> None:
    assert ask("historic_median", PASSENGERS)[:, 0] == pytest.approx(np.median(PASSENGERS))
    assert ask("historic_median", PASSENGERS[:33])[0, 0] == np.median(PASSENGERS[:33])


def test_long_seasons_are_taken_out_by_stl() -> None:
    t = np.arange(200)
    y = 100 + 20 * np.sin(2 * np.pi * t / 52) + np.random.default_rng(1).normal(0, 2, 200)
    model = MSTL(season_length=52, trend_forecaster=AutoETS(season_length=1, model="ZZN"))
    np.testing.assert_allclose(ask("auto_ets", y, season=52), library(model, y), rtol=1e-9)
    np.testing.assert_allclose(ask("auto_ets", y[:80], season=52), library(AutoETS(), y[:80]), rtol=1e-9)


def test_intervals_without_a_formula_cover_what_they_promise() -> None:
    random = np.random.default_rng(5)
    y = random.normal(0, 1, (2000, 120))
    for name in ("historic_median", "window_average"):
        family = families()[name]
        question = Question(h=6, season=1, levels=LEVELS, params=family.check_params({}))
        assert isinstance(family.model, PanelModel)
        found = family.model.forecast(y[:, :-6], question)
        actual = y[:, -6:]
        for column, level in ((1, 80), (3, 90)):
            inside = (actual >= found[..., column]) & (actual <= found[..., column + 1])
            assert abs(100 * inside.mean() - level) < 4, name


def test_conformal_rank_and_its_fallback() -> None:
    errors = np.arange(1.0, 10.0)[:, None, None] * np.ones((9, 1, 2))
    errors[3:, :, 1] = np.nan
    errors[2:, :, 1] = np.nan
    found = with_error_intervals(np.zeros((1, 2)), errors, (80,), np.array([1.0]))
    assert found[0, 0, 2] == 8.0, "ceil((9 + 1) * 0.8)-th smallest of 1..9"
    assert found[0, 1, 2] == pytest.approx(1.2816, abs=1e-4), "two errors are too few"


def test_gaps_in_simple_forecasts() -> None:
    y = PASSENGERS.copy()
    y[[-1, -2, -14]] = np.nan
    assert ask("naive", y)[0, 0] == PASSENGERS[-3]
    seasonal = ask("seasonal_naive", y)[:, 0]
    assert seasonal[-1] == PASSENGERS[-13]
    assert seasonal[-2] == PASSENGERS[-26], "the same month was missing a year before, too"
    assert ask("historic_mean", y)[0, 0] == pytest.approx(np.nanmean(y))
    assert ask("historic_median", y)[0, 0] == np.nanmedian(y)
    assert ask("window_average", y, window_size=3)[0, 0] == PASSENGERS[-3]
    assert ask("window_average", y, window_size=2)[0, 0] == PASSENGERS[-3], "a gap as long as the window"
    for family in ("naive", "seasonal_naive", "historic_mean", "historic_median", "window_average"):
        assert np.isfinite(ask(family, y)).all(), family


def test_filling() -> None:
    nan = np.nan
    np.testing.assert_array_equal(carried_forward(np.array([[nan, 1, nan, 2]])), [[nan, 1, 1, 2]])
    np.testing.assert_array_equal(without_gaps(np.array([nan, 1, nan, 3, nan])), [1, 2, 3, 3])
    assert len(without_gaps(np.array([nan, nan]))) == 0


def test_tidy_orders_and_bounds() -> None:
    forecast = np.array([[[5.0, 6.0, 4.0, 5.5, 5.6], [1.0, np.nan, np.inf, -1e300, 1e300]]])
    spare = np.array([[[0.0, -1.0, 1.0, -2.0, 2.0], [0.0, -1.0, 1.0, -2.0, 2.0]]])
    found = tidy(forecast, spare, LEVELS)
    np.testing.assert_array_equal(found[0, 0], [5, 5, 5, 5, 5.6])
    mean, low, high, lowest, highest = found[0, 1]
    assert (mean, low, high) == (1, 0, 2)
    assert lowest == -highest == -np.finfo(np.float32).max
    assert np.isfinite(found.astype(np.float32)).all()
    # Levels may be asked in any order.
    swapped = tidy(forecast[..., [0, 3, 4, 1, 2]], spare[..., [0, 3, 4, 1, 2]], (90, 80))
    np.testing.assert_array_equal(swapped[..., [0, 3, 4, 1, 2]], found)


def test_every_family_is_listed_once_with_what_a_picker_needs() -> None:
    ids = list(families())
    assert {"naive", "seasonal_naive", "historic_mean", "historic_median", "window_average"} <= set(ids)
    for family in families().values():
        assert family.needs
        known = family.parameters.keys() | family.options.keys() | family.space.keys()
        assert family.check_params({}).keys() == known
