"""Lays one grey picture over another and says how well their fine detail agrees.

Gauss-Newton on shift and scale in both directions (Lucas & Kanade 1981; Evangelidis & Psarakis
2008), coarse to fine, for many pairs at once.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from minori_engine.image.fingerprints import SIDE

Floats = NDArray[np.float32]

LEVELS: Final = ((16, 8), (32, 4), (64, 4))
"""(side, rounds) from coarse to fine."""
STARTS: Final = (0.0, -0.1, 0.11)
"""Scales less 1 to begin with: the same picture, one trimmed from the other, and the other way round."""
MOST_MOVE: Final = 0.16
"""Farther apart they are two views, not two copies: neighbouring parts of a blurred scene look alike."""
PRIOR: Final = 4.0
"""Slope energy per pixel (levels per picture width, squared) below which a picture says nothing about where
it lies, and is left in place."""
LEAST_OVERLAP: Final = 0.6
DETAIL: Final = 7
"""Side of the window whose mean is taken off: what is left is detail, not a common gradient."""
HOPELESS: Final = 0.85
"""Agreement at the coarsest level below which a pair is given up."""
LEAST_DETAIL: Final = 1.5
"""Grey levels of standard deviation; below, detail is mostly noise of the compression."""
NOISE: Final = 2.5
"""Grey levels (root mean square) that compression and resizing may leave between smooth copies."""
LEAST_CONTRAST: Final = 3.0
"""Grey levels of standard deviation; flatter pictures have nothing by which to be known."""


def agreement(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> Floats:
    """(n,) agreement of (n, 64, 64) pairs, 0 where they cannot be laid over each other: the correlation of
    their fine detail, or of the whole where smooth pictures differ by no more than noise."""
    count = len(first)
    result = np.zeros(count, np.float32)
    params = np.zeros((count, 4), np.float32)
    coarse, rounds = LEVELS[0]
    reached = np.full(count, -1.0, np.float32)
    a, b = _reduce(first, coarse), _reduce(second, coarse)
    for start in STARTS:
        tried = _refine(a, b, np.tile(np.array([start, start, 0, 0], np.float32), (count, 1)), rounds)
        score = _correlation(a, *_warp(b, tried))
        better = score > reached
        params[better], reached[better] = tried[better], score[better]
    alive = np.flatnonzero(reached >= HOPELESS)
    if len(alive) == 0:
        return result
    for side, rounds in LEVELS[1:]:
        a, b = _reduce(first[alive], side), _reduce(second[alive], side)
        params[alive] = _refine(a, b, params[alive], rounds)
    a, b = _reduce(first[alive], SIDE), _reduce(second[alive], SIDE)
    warped, inside = _warp(b, params[alive])
    whole = _correlation(a, warped, inside, LEAST_CONTRAST)
    fine = _correlation(_detail(a), _detail(warped), _shrunk(inside), LEAST_DETAIL)
    best = np.where(_difference(a, warped, inside) <= NOISE, whole, fine)
    ran_away = np.abs(params[alive]).max(axis=1) >= 0.99 * MOST_MOVE
    result[alive] = np.where(ran_away, 0, np.maximum(0, best))
    return result


def _difference(a: Floats, b: Floats, inside: NDArray[np.bool_]) -> Floats:
    """Root mean square over the overlap."""
    weight = inside.astype(np.float32)
    share = np.maximum(weight.sum(axis=(1, 2)), 1)
    return np.sqrt((((a - b) * weight) ** 2).sum(axis=(1, 2)) / share)


def _reduce(pictures: NDArray[np.uint8], side: int) -> Floats:
    step = pictures.shape[1] // side
    shape = (len(pictures), side, step, side, step)
    return pictures.reshape(shape).mean(axis=(2, 4), dtype=np.float32)


def _grid(side: int) -> tuple[Floats, Floats]:
    """x and y of each pixel, -0.5..0.5."""
    line = ((np.arange(side) + 0.5) / side - 0.5).astype(np.float32)
    return np.meshgrid(line, line)  # pyright: ignore[reportReturnType]


def _warp(pictures: Floats, params: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Bilinear samples at x (1 + px) + tx, y (1 + py) + ty; and which lie inside."""
    count, side = len(pictures), pictures.shape[1]
    x, y = _grid(side)
    scale_x, scale_y, shift_x, shift_y = (params[:, i, None, None] for i in range(4))
    u = (x * (1 + scale_x) + shift_x + 0.5) * side - 0.5
    v = (y * (1 + scale_y) + shift_y + 0.5) * side - 0.5
    inside = (u >= 0) & (u <= side - 1) & (v >= 0) & (v <= side - 1)
    u, v = np.clip(u, 0, side - 1.001), np.clip(v, 0, side - 1.001)
    left, top = u.astype(np.int32), v.astype(np.int32)
    du, dv = (u - left).astype(np.float32), (v - top).astype(np.float32)
    flat = pictures.reshape(count, -1)
    base = (top * side + left).reshape(count, -1)

    def at(offset: int) -> Floats:
        return np.take_along_axis(flat, base + offset, axis=1).reshape(count, side, side)

    above = at(0) * (1 - du) + at(1) * du
    below = at(side) * (1 - du) + at(side + 1) * du
    return above * (1 - dv) + below * dv, inside


def _refine(a: Floats, b: Floats, params: Floats, rounds: int) -> Floats:
    """Least squares of a - warped b, from `params`. Brightness is not fitted: copies keep theirs, and a
    gradient could be laid over any other."""
    count, side = len(a), a.shape[1]
    x, y = _grid(side)
    prior = PRIOR * side * side * np.eye(4, dtype=np.float32)
    for _ in range(rounds):
        warped, inside = _warp(b, params)
        slope_y = np.asarray(np.gradient(warped, 1 / side, axis=1), np.float32)
        slope_x = np.asarray(np.gradient(warped, 1 / side, axis=2), np.float32)
        slope_x = slope_x / (1 + params[:, 0, None, None])
        slope_y = slope_y / (1 + params[:, 1, None, None])
        slopes = np.stack([slope_x * x, slope_y * y, slope_x, slope_y], axis=1).reshape(count, 4, -1)
        weighted = slopes * inside.reshape(count, 1, -1)
        normal = weighted @ slopes.transpose(0, 2, 1) + prior
        right = weighted @ (a - warped).reshape(count, -1, 1) - prior @ params[:, :, None]
        move = np.asarray(np.linalg.solve(normal, right)[..., 0], np.float32)
        params = np.clip(params + np.clip(move, -0.1, 0.1), -MOST_MOVE, MOST_MOVE).astype(np.float32)
    return params


def _detail(pictures: Floats) -> Floats:
    """Less the mean of the window around each pixel, and less the finest grain: it tells of the way a
    picture was resized."""
    padded = np.pad(pictures, ((0, 0), (1, 1), (1, 1)), mode="edge")
    rows = (padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]) / 4
    smooth = (rows[:, :, :-2] + 2 * rows[:, :, 1:-1] + rows[:, :, 2:]) / 4
    half = DETAIL // 2
    padded = np.pad(smooth, ((0, 0), (half, half), (half, half)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (DETAIL, DETAIL), axis=(1, 2))
    return smooth.astype(np.float32) - windows.mean(axis=(3, 4), dtype=np.float32)


def _shrunk(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Without the pixels whose window leaves the overlap."""
    half = DETAIL // 2
    padded = np.pad(inside, ((0, 0), (half, half), (half, half)), constant_values=False)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (DETAIL, DETAIL), axis=(1, 2))
    return np.asarray(windows.all(axis=(3, 4)), np.bool_)


def _correlation(a: Floats, b: Floats, inside: NDArray[np.bool_], least: float = 0.0) -> Floats:
    weight = inside.astype(np.float32)
    total = weight.sum(axis=(1, 2))
    share = np.maximum(total, 1)
    a = (a - ((a * weight).sum(axis=(1, 2)) / share)[:, None, None]) * weight
    b = (b - ((b * weight).sum(axis=(1, 2)) / share)[:, None, None]) * weight
    energy_a, energy_b = (a * a).sum(axis=(1, 2)), (b * b).sum(axis=(1, 2))
    product = (a * b).sum(axis=(1, 2)) / np.sqrt(np.maximum(energy_a * energy_b, 1e-12))
    enough = (total >= LEAST_OVERLAP * inside[0].size) & (np.minimum(energy_a, energy_b) / share >= least**2)
    return np.where(enough, product, 0).astype(np.float32)
