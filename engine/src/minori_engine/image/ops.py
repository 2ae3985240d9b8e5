"""The deterministic steps of `packages/contract/src/image-ops.ts`, in integers.

Node does the same (apps/server/src/images/ops): `packages/contract/golden/image-ops.jsonl` holds both to
the same bytes.
"""

import math
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import numpy as np
from msgspec import Meta, Struct
from numpy.typing import NDArray

from minori_engine.errors import TaskFailure
from minori_engine.image.pictures import Pixels
from minori_engine.image.plugins import apply_plugin

Integers = NDArray[np.int64]
LEVELS: Final = 256
WEIGHT_BITS: Final = 22
"""Of a resampling weight: sums of 8-bit values stay exact in a float64, whatever their order."""
Side = Annotated[int, Meta(ge=1, le=4096)]


class Equalize(Struct, tag_field="name", tag="histogram_equalization", forbid_unknown_fields=True):
    pass


class Clahe(Struct, tag_field="name", tag="clahe", forbid_unknown_fields=True):
    clip_limit: Annotated[float, Meta(ge=1, le=40)]
    tiles: Annotated[int, Meta(ge=1, le=16)]


class Gamma(Struct, tag_field="name", tag="gamma", forbid_unknown_fields=True):
    gamma: Annotated[float, Meta(ge=0.1, le=10)]


class Resize(Struct, tag_field="name", tag="resize", forbid_unknown_fields=True):
    width: Side
    height: Side


class Patches(Struct, tag_field="name", tag="patches", forbid_unknown_fields=True):
    rows: Annotated[int, Meta(ge=1, le=16)]
    columns: Annotated[int, Meta(ge=1, le=16)]


class Custom(Struct, tag_field="name", tag="custom", forbid_unknown_fields=True):
    plugin: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,60}$")]
    params: dict[str, Any]


Step = Equalize | Clahe | Gamma | Resize | Patches | Custom


class ImageOps(Struct, forbid_unknown_fields=True):
    version: Literal[1]
    steps: Annotated[list[Step], Meta(max_length=20)]


def step_name(step: Step) -> str:
    return str(step.__struct_config__.tag)


def apply_step(pixels: Pixels, step: Step, plugins: Path) -> list[Pixels]:
    """One picture, or the pieces of it."""
    match step:
        case Equalize():
            return [equalize(pixels)]
        case Clahe():
            return [clahe(pixels, step.clip_limit, step.tiles)]
        case Gamma():
            return [gamma(pixels, step.gamma)]
        case Resize():
            return [resize(pixels, step.width, step.height)]
        case Patches():
            return patches(pixels, step.rows, step.columns)
        case Custom():
            return [apply_plugin(pixels, step.plugin, step.params, plugins)]


def preprocess(pixels: Pixels, ops: ImageOps, plugins: Path) -> list[Pixels]:
    """All steps; several pictures where they end in patches."""
    pictures = [pixels]
    for step in ops.steps:
        pictures = [result for picture in pictures for result in apply_step(picture, step, plugins)]
    return pictures


def luminance(pixels: Pixels) -> Integers:
    """0..255 (ITU-R BT.601)."""
    wide = pixels.astype(np.int64)
    return (299 * wide[..., 0] + 587 * wide[..., 1] + 114 * wide[..., 2] + 500) // 1000


def equalize(pixels: Pixels) -> Pixels:
    light = luminance(pixels)
    counts = np.bincount(light.ravel(), minlength=LEVELS)
    return _with_luminance(pixels, light, _equalizing(counts)[light])


def _equalizing(counts: Integers) -> Integers:
    """Level -> level; the darkest one that is there becomes 0, as in every textbook."""
    below = np.cumsum(counts)
    total, darkest = int(below[-1]), int(counts[counts > 0][0])
    if total == darkest:
        return np.arange(LEVELS, dtype=np.int64)
    spread = total - darkest
    return np.clip((2 * 255 * (below - darkest) + spread) // (2 * spread), 0, 255)


def _with_luminance(pixels: Pixels, old: Integers, new: Integers) -> Pixels:
    """All three channels move alike, so that the colour difference stays."""
    moved = pixels.astype(np.int64) + (new - old)[..., None]
    return np.clip(moved, 0, 255).astype(np.uint8)


def clahe(pixels: Pixels, clip_limit: float, tiles: int) -> Pixels:
    """Zuiderveld 1994: what a level has above the limit is dealt out to all levels; between the middles of
    four tiles their curves are mixed."""
    light = luminance(pixels)
    height, width = light.shape
    rows, columns = min(tiles, height), min(tiles, width)
    tops = [height * row // rows for row in range(rows + 1)]
    lefts = [width * column // columns for column in range(columns + 1)]
    curves = np.empty((rows, columns, LEVELS), np.int64)
    for row in range(rows):
        for column in range(columns):
            tile = light[tops[row] : tops[row + 1], lefts[column] : lefts[column + 1]]
            curves[row, column] = _clipped_curve(tile, clip_limit)
    upper, lower, down = _between(tops, height)
    left, right, across = _between(lefts, width)
    # Weights are 16-bit shares of the distance between two middles.
    whole = 1 << 16
    y, x = down[:, None], across[None, :]
    mixed = (
        curves[upper[:, None], left[None, :], light] * (whole - y) * (whole - x)
        + curves[upper[:, None], right[None, :], light] * (whole - y) * x
        + curves[lower[:, None], left[None, :], light] * y * (whole - x)
        + curves[lower[:, None], right[None, :], light] * y * x
    )
    half = 1 << 31
    return _with_luminance(pixels, light, (mixed + half) >> 32)


def _clipped_curve(tile: Integers, clip_limit: float) -> Integers:
    counts = np.bincount(tile.ravel(), minlength=LEVELS)
    limit = max(1, math.floor(clip_limit * tile.size / LEVELS))
    excess = int(np.maximum(counts - limit, 0).sum())
    counts = np.minimum(counts, limit) + excess // LEVELS
    counts[: excess % LEVELS] += 1
    return (2 * 255 * np.cumsum(counts) + tile.size) // (2 * tile.size)


def _between(edges: list[int], length: int) -> tuple[Integers, Integers, Integers]:
    """(length,) the tile before and after each pixel, and the 16-bit share of the one after."""
    middles = [edges[at] + edges[at + 1] for at in range(len(edges) - 1)]
    before = np.zeros(length, np.int64)
    after = np.zeros(length, np.int64)
    share = np.zeros(length, np.int64)
    for pixel in range(length):
        place = 2 * pixel + 1
        tile = sum(middle <= place for middle in middles) - 1
        before[pixel] = max(tile, 0)
        after[pixel] = min(tile + 1, len(middles) - 1)
        if 0 <= tile < len(middles) - 1:
            gap = middles[tile + 1] - middles[tile]
            share[pixel] = ((place - middles[tile]) * (1 << 16)) // gap
    return before, after, share


def gamma(pixels: Pixels, value: float) -> Pixels:
    curve = [math.floor(255 * math.pow(level / 255, value) + 0.5) for level in range(LEVELS)]
    return np.array(curve, np.uint8)[pixels]


def resize(pixels: Pixels, width: int, height: int) -> Pixels:
    """Triangle filter, widened when the picture gets smaller; across first, then down, rounded in between."""
    across = _resample(pixels.transpose(1, 0, 2), width).transpose(1, 0, 2)
    return np.ascontiguousarray(_resample(across, height))


def _resample(pixels: Pixels, size: int) -> Pixels:
    """Along the first axis."""
    length = pixels.shape[0]
    if length == size:
        return pixels
    scale = length / size
    reach = max(scale, 1.0)
    weights = np.zeros((size, length))
    for place in range(size):
        middle = (place + 0.5) * scale
        first = max(0, math.floor(middle - reach + 0.5))
        last = min(length, math.floor(middle + reach + 0.5))
        parts = [max(0.0, 1 - abs((at + 0.5 - middle) / reach)) for at in range(first, last)]
        total = sum(parts)
        weights[place, first:last] = [math.floor(part / total * (1 << WEIGHT_BITS) + 0.5) for part in parts]
    sums = np.tensordot(weights, pixels.astype(np.float64), axes=(1, 0))
    rounded = np.floor((sums + (1 << (WEIGHT_BITS - 1))) / (1 << WEIGHT_BITS))
    return np.clip(rounded, 0, 255).astype(np.uint8)


def patches(pixels: Pixels, rows: int, columns: int) -> list[Pixels]:
    """Row by row; sizes differ by a pixel where the sides do not divide."""
    height, width = pixels.shape[:2]
    if rows > height or columns > width:
        raise TaskFailure("bad_data", "image_smaller_than_patches", {"width": width, "height": height})
    tops = [height * row // rows for row in range(rows + 1)]
    lefts = [width * column // columns for column in range(columns + 1)]
    return [
        np.ascontiguousarray(pixels[tops[row] : tops[row + 1], lefts[column] : lefts[column + 1]])
        for row in range(rows)
        for column in range(columns)
    ]
