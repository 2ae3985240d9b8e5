"""Several small networks that learn side by side, in numpy: at this size a step costs a library more in
bookkeeping than in arithmetic, and no second host has to be started for them."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

Singles = NDArray[np.float32]

HIDDEN: Final = 48
FREEDOM: Final = 5.0
"""Degrees of freedom of the Student t that is expected: one odd month must not bend the rest."""
LEAST_SCALE: Final = 1e-4
LEARNING_RATE: Final = 2e-3
WEIGHT_DECAY: Final = 1e-3
MOMENTS: Final = (0.9, 0.999)
LONGEST_GRADIENT: Final = 5.0


class Networks:
    """`count` networks of two hidden layers beside a direct linear path, each with its own weights; they
    end in the location and the scale of a Student t. Learns by Adam with decoupled decay (Loshchilov &
    Hutter 2019) on a cosine of `steps` steps. All weights are views of one flat array."""

    def __init__(self, count: int, inputs: int, steps: int, rng: np.random.Generator) -> None:
        sizes = [
            (inputs, HIDDEN),
            (1, HIDDEN),
            (HIDDEN, HIDDEN),
            (1, HIDDEN),
            (HIDDEN, 2),
            (1, 2),
            (inputs, 1),
        ]
        width = sum(rows * columns for rows, columns in sizes)
        self._flat = np.zeros((count, width), np.float32)
        self._slope = np.zeros_like(self._flat)
        self._weights = _views(self._flat, sizes)
        self._slopes = _views(self._slope, sizes)
        for layer in (0, 2, 4):
            rows, _ = sizes[layer]
            self._weights[layer][...] = rng.uniform(-1, 1, self._weights[layer].shape) / np.sqrt(rows)
        self._first = np.zeros_like(self._flat)
        self._second = np.zeros_like(self._flat)
        self._step = 0
        self._steps = steps
        self._best = np.full(count, np.inf)
        self._best_flat = self._flat.copy()

    def expect(self, shown: Singles) -> tuple[Singles, Singles]:
        """(count, rows, inputs) -> location and scale, (count, rows) each."""
        return self._forward(shown)[2:4]

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Singles:
        """Deviations in units of the scale."""
        return rng.standard_t(FREEDOM, size=shape).astype(np.float32)

    def learn(self, shown: Singles, came: Singles) -> None:
        """One step; shown (count, rows, inputs), came (count, rows)."""
        self._backward(shown, came)
        lengths = np.sqrt((self._slope**2).sum(axis=1, keepdims=True))
        slope = self._slope * np.minimum(1.0, LONGEST_GRADIENT / (lengths + 1e-12))
        self._step += 1
        fast, slow = MOMENTS
        rate = LEARNING_RATE * 0.5 * (1 + math.cos(math.pi * (self._step - 1) / self._steps))
        self._first += (1 - fast) * (slope - self._first)
        self._second += (1 - slow) * (slope**2 - self._second)
        size = np.sqrt(self._second / (1 - slow**self._step)) + 1e-8
        self._flat *= 1 - rate * WEIGHT_DECAY
        self._flat -= (rate / (1 - fast**self._step)) * self._first / size

    def keep_best(self, shown: Singles, came: Singles) -> float:
        """Each network's weights that did best on these points so far. Returns the best mean loss."""
        _, _, location, scale, _ = self._forward(np.broadcast_to(shown, (len(self._flat), *shown.shape)))
        squared = ((came - location) / scale) ** 2
        losses = (np.log(scale) + (FREEDOM + 1) / 2 * np.log1p(squared / FREEDOM)).mean(axis=1)
        better = losses < self._best
        self._best = np.where(better, losses, self._best)
        self._best_flat[better] = self._flat[better]
        return float(self._best.mean())

    def restore_best(self) -> None:
        judged = np.isfinite(self._best)
        self._flat[judged] = self._best_flat[judged]

    def _forward(self, shown: Singles) -> tuple[Singles, Singles, Singles, Singles, Singles]:
        w1, b1, w2, b2, w3, b3, direct = self._weights
        first = np.maximum(shown @ w1 + b1, 0)
        second = np.maximum(first @ w2 + b2, 0)
        end = second @ w3 + b3
        location = (end[..., 0] + (shown @ direct)[..., 0]).astype(np.float32, copy=False)
        raw = end[..., 1] - 1
        scale = np.logaddexp(raw, np.float32(0)) + np.float32(LEAST_SCALE)
        return first, second, location, scale, raw

    def _backward(self, shown: Singles, came: Singles) -> None:
        """Gradient of the mean negative log likelihood of each network."""
        _, _, w2, _, w3, _, _ = self._weights
        g1, c1, g2, c2, g3, c3, direct = self._slopes
        first, second, location, scale, raw = self._forward(shown)
        rows = shown.shape[1]
        surprise = (came - location) / scale
        pull = (FREEDOM + 1) * surprise / (FREEDOM + surprise**2)
        end = np.empty((*came.shape, 2), np.float32)
        end[..., 0] = -pull / scale / rows
        end[..., 1] = (1 - pull * surprise) / scale / (1 + np.exp(-raw)) / rows
        direct[...] = shown.transpose(0, 2, 1) @ end[..., :1]
        g3[...] = second.transpose(0, 2, 1) @ end
        c3[...] = end.sum(axis=1, keepdims=True)
        back = (end @ w3.transpose(0, 2, 1)) * (second > 0)
        g2[...] = first.transpose(0, 2, 1) @ back
        c2[...] = back.sum(axis=1, keepdims=True)
        back = (back @ w2.transpose(0, 2, 1)) * (first > 0)
        g1[...] = shown.transpose(0, 2, 1) @ back
        c1[...] = back.sum(axis=1, keepdims=True)


def _views(flat: Singles, sizes: list[tuple[int, int]]) -> list[Singles]:
    views: list[Singles] = []
    begin = 0
    for rows, columns in sizes:
        views.append(flat[:, begin : begin + rows * columns].reshape(len(flat), rows, columns))
        begin += rows * columns
    return views
