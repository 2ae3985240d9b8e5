# pyright: reportUnknownMemberType=false
"""The pretrained network: planted signals, coverage, what it refuses, and numpy against torch."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from air_passengers import PASSENGERS
from minori_engine.forecast.families.prior_network import FAMILIES, forecast
from minori_engine.forecast.family import Question
from minori_engine.forecast.prior.inputs import REACHES, Reach, inputs
from minori_engine.forecast.prior.network import QUANTILES, layers, packed, quantiles
from minori_engine.forecast.prior.simulation import simulate
from minori_engine.forecast.prior.train import Network, cut

Floats = NDArray[np.float64]
LEVELS = (80.0, 90.0)
GOLDEN = [417.930, 538.059, 453.235]
"""Of the next year's January, June and December after 132 months of AirPassengers."""
EVERY_REACH = pytest.mark.parametrize("reach", REACHES.values(), ids=str)


def ask(y: Floats, h: int, season: int, levels: tuple[float, ...] = LEVELS) -> Floats:
    return forecast(np.atleast_2d(y), Question(h, season, levels, FAMILIES[0].check_params({})))


def test_air_passengers_are_as_recorded_and_better_than_last_year() -> None:
    np.testing.assert_allclose(ask(PASSENGERS[:132], 12, 12)[0, [0, 5, 11], 0], GOLDEN, rtol=1e-3)
    ends = (108, 120, 132)
    errors = [np.abs(PASSENGERS[n : n + 12] - ask(PASSENGERS[:n], 12, 12)[0, :, 0]).mean() for n in ends]
    last_year = [np.abs(PASSENGERS[n : n + 12] - PASSENGERS[n - 12 : n]).mean() for n in ends]
    assert np.mean(errors) < 0.9 * np.mean(last_year)


@EVERY_REACH
def test_a_planted_season_and_trend_go_on(reach: Reach) -> None:
    random = np.random.default_rng(3)
    t = np.arange(6 * reach.season + 40 + reach.horizon)
    truth = (
        50 + t / max(reach.season, 4) + (10 * np.sin(2 * np.pi * t / reach.season) if reach.season > 1 else 0)
    )
    y = truth[: -reach.horizon] + random.normal(0, 0.5, len(t) - reach.horizon)
    found = ask(y, reach.horizon, reach.season)[0]
    assert np.abs(found[:, 0] - truth[-reach.horizon :]).mean() < 1.5


@EVERY_REACH
def test_intervals_hold_on_series_it_has_not_seen(reach: Reach) -> None:
    n = reach.context + reach.horizon
    y = simulate(np.random.default_rng(77), 400, n, reach.season).astype(np.float64)
    found = ask(y[:, : reach.context], reach.horizon, reach.season)
    ahead = y[:, reach.context :]
    inside = ((ahead >= found[..., 1]) & (ahead <= found[..., 2])).mean()
    assert 0.75 < inside < 0.85
    assert (np.diff(found[..., [3, 1, 0, 2, 4]], axis=-1) >= 0).all()


def test_scale_and_level_change_nothing() -> None:
    """Where no logarithm is taken: these are below zero."""
    y = simulate(np.random.default_rng(5), 20, 100, 12).astype(np.float64)
    y -= y.max() + 1
    np.testing.assert_allclose(ask(1e3 * y - 7, 12, 12), 1e3 * ask(y, 12, 12) - 7, rtol=1e-3)


def test_any_level_is_between_or_beyond_the_known_ones() -> None:
    found = ask(PASSENGERS, 12, 12, (50.0, 60.0, 98.0, 99.8))[0]
    assert (np.diff(found[:, [7, 5, 3, 1, 0, 2, 4, 6, 8]], axis=1) > 0).all()


def test_what_it_has_not_learned_is_left_to_others() -> None:
    y = np.arange(400.0)
    assert np.isnan(ask(y, 4, 365)).all()
    assert np.isnan(ask(y, 25, 12)).all()
    rows = np.full((3, 60), np.nan)
    rows[0, -18:] = 1.0
    rows[1, -19:] = 1.0
    found = ask(rows, 12, 12)
    assert np.isnan(found[[0, 2]]).all()
    np.testing.assert_allclose(found[1, :, 0], 1.0, atol=1e-3)


def test_hours_of_a_week_are_those_of_a_day() -> None:
    t = np.arange(700.0)
    y = (50 + 10 * np.sin(2 * np.pi * t / 24) + 5 * (t // 24 % 7 < 5)).astype(np.float64)
    truth, known = y[-24:], y[:-24]
    np.testing.assert_array_equal(ask(known, 24, 168), ask(known, 24, 24))
    assert np.abs(ask(known, 24, 168)[0, :, 0] - truth).mean() < 1.5


def test_gaps_and_odd_histories_have_finite_answers() -> None:
    y = np.tile(PASSENGERS, (4, 1))
    y[0, 50:60] = np.nan
    y[1] = 0.0
    y[2] *= 1e200
    y[3, :-1] = 0.0
    assert np.isfinite(ask(y, 24, 12)).all()


@EVERY_REACH
def test_numpy_answers_as_torch_does(reach: Reach) -> None:
    random = np.random.default_rng(1)
    y = simulate(random, 8, reach.context + reach.horizon, reach.season)
    net, candidates, future = cut(random, y, reach)
    torch.manual_seed(2)
    network = Network(net.shape[1], candidates.shape[1], reach.horizon).eval()
    with torch.no_grad():
        expected = network(net, candidates).numpy()
    found = quantiles(network.layers(), net.numpy(), candidates.numpy())
    assert found.shape == (*future.shape, len(QUANTILES))
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


@EVERY_REACH
def test_shipped_weights_fit_the_inputs_and_survive_packing(reach: Reach) -> None:
    told = inputs(np.ones((1, reach.context)), np.ones((1, reach.context), bool), reach)
    known = layers(reach.season)
    assert known["inp.weight"].shape[1] == told.net.shape[1]
    again = packed(known)
    for name, values in known.items():
        if values.ndim == 2:
            np.testing.assert_allclose(again[name] * again[f"{name}.scale"], values, rtol=1e-5)
