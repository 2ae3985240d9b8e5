"""The network in plain numpy: a residual perceptron whose median starts from a mix of simple forecasts."""

import functools
from collections.abc import Sequence
from importlib.resources import files
from typing import Final

import numpy as np

from minori_engine.compat.statistics import normal_quantile
from minori_engine.forecast.prior.inputs import LEARNED_WITHIN, REACHES, Array, Reach, inputs

QUANTILES: Final = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
MIDDLE: Final = 4
KNOTS: Final = 4
"""Steps of the horizon at which the mix is given; between them it is interpolated."""
NARROW: Final = 0.3
"""Where the widths of an untrained network begin (before softplus)."""
NORM_EPSILON: Final = 1e-5
LARGEST_LOG: Final = 300.0

Layers = dict[str, Array]


@functools.cache
def layers(season: int) -> Layers:
    """Weights by name. They are stored as whole numbers of -127..127 and one scale per row."""
    with (
        (files("minori_engine.forecast.prior") / "weights" / f"{season}.npz").open("rb") as file,
        np.load(file, allow_pickle=False) as stored,
    ):
        return {
            name: stored[name].astype(np.float32) * stored[f"{name}.scale"]
            if f"{name}.scale" in stored.files
            else stored[name]
            for name in stored.files
            if not name.endswith(".scale")
        }


def packed(found: Layers) -> Layers:
    """What `layers` reads."""
    stored: Layers = {}
    for name, values in found.items():
        if values.ndim == 2:
            scale: Array = np.maximum(np.abs(values).max(axis=1, keepdims=True), 1e-12) / 127
            stored[name] = np.round(values / scale).astype(np.int8)
            stored[f"{name}.scale"] = scale.astype(np.float32)
        else:
            stored[name] = values
    return stored


def quantiles(weights: Layers, net: Array, candidates: Array) -> Array:
    """(rows, horizon, quantiles) at unit scale, in rising order."""
    rows, count, h = candidates.shape
    hidden = _linear(weights, "inp", net)
    for block in range(sum(name.startswith("up.") for name in weights) // 2):
        inner = _linear(weights, f"up.{block}", _normed(weights, f"norms.{block}", hidden))
        hidden = hidden + _linear(weights, f"down.{block}", inner / (1 + np.exp(-inner)))
    out = _linear(weights, "head", _normed(weights, "out_norm", hidden))
    own = out[:, : h * len(QUANTILES)].reshape(rows, h, -1)
    gates = out[:, h * len(QUANTILES) :].reshape(rows, -1, count)
    gates = np.exp(gates - gates.max(axis=2, keepdims=True))
    mix = np.einsum("bgk,gh->bkh", gates / gates.sum(axis=2, keepdims=True), between_knots(h))
    median = (mix * candidates).sum(axis=1) + own[:, :, MIDDLE]
    widths = np.logaddexp(0, own + NARROW)
    above = np.cumsum(widths[:, :, MIDDLE + 1 :], axis=2)
    below = np.cumsum(widths[:, :, :MIDDLE][:, :, ::-1], axis=2)[:, :, ::-1]
    return np.concatenate([median[:, :, None] - below, median[:, :, None], median[:, :, None] + above], 2)


def between_knots(h: int) -> Array:
    """(knots, h) how much of each knot a step has."""
    knots = min(h, KNOTS)
    at = np.linspace(0, knots - 1, h, dtype=np.float32)
    return np.maximum(1 - np.abs(at[None] - np.arange(knots, dtype=np.float32)[:, None]), 0)


def _linear(weights: Layers, name: str, x: Array) -> Array:
    return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def _normed(weights: Layers, name: str, x: Array) -> Array:
    centered = x - x.mean(axis=1, keepdims=True)
    deviation = np.sqrt((centered**2).mean(axis=1, keepdims=True) + NORM_EPSILON)
    return centered / deviation * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def forecast(histories: Sequence[Array], reach: Reach, levels: Sequence[float]) -> Array:
    """(series, horizon, 1 + 2 * levels): the median, then lo and hi per level.

    `histories`: (n,) each, without NaN, `fewest` values or more. Positive series are seen as they are and in
    logarithms, and both answers are averaged.
    """
    plain = _answer(histories, reach)
    positive = [row for row, y in enumerate(histories) if y.min() > 0]
    if positive:
        logarithmic = _answer([np.log(histories[row]) for row in positive], reach)
        plain[positive] = (plain[positive] + np.exp(np.clip(logarithmic, -LARGEST_LOG, LARGEST_LOG))) / 2
    columns = [plain[:, :, MIDDLE]]
    for level in levels:
        columns += [_at(plain, (1 - level / 100) / 2), _at(plain, (1 + level / 100) / 2)]
    return np.stack(columns, axis=-1)


def _answer(histories: Sequence[Array], reach: Reach) -> Array:
    x = np.zeros((len(histories), reach.context))
    mask = np.zeros(x.shape, bool)
    for row, y in enumerate(histories):
        newest = y[-reach.context :]
        x[row, reach.context - len(newest) :] = newest
        mask[row, reach.context - len(newest) :] = True
    told = inputs(x, mask, reach)
    found = quantiles(layers(reach.season), told.net, told.candidates)
    return found * told.scale[:, None, None] + told.center[:, None, None]


def _at(known: Array, quantile: float) -> Array:
    """Between and beyond the known quantiles along a straight line over the normal distribution's."""
    places = np.array([_score(one) for one in QUANTILES])
    place = _score(quantile)
    right = int(np.clip(np.searchsorted(places, place), 1, len(places) - 1))
    share = (place - places[right - 1]) / (places[right] - places[right - 1])
    return known[:, :, right - 1] + share * (known[:, :, right] - known[:, :, right - 1])


def _score(quantile: float) -> float:
    """The normal distribution's quantile."""
    return float(np.sign(quantile - 0.5)) * normal_quantile(200 * abs(quantile - 0.5))


def reach_of(season: int, h: int) -> Reach | None:
    """The network for it; None where there is none that sees so far."""
    reach = REACHES.get(LEARNED_WITHIN.get(season, season))
    return reach if reach is not None and h <= reach.horizon else None
