# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false
"""Real photographs and handwriting that scikit-learn carries, cut and changed as people's copies are."""

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_digits, load_sample_images

Pixels = NDArray[np.uint8]
TILE = 128
LEAST_CONTRAST = 10.0


def photographs() -> list[Pixels]:
    """Parts of two photographs that share no pixel and are not plain sky."""
    found: list[Pixels] = []
    samples: Any = load_sample_images()
    for photograph in samples.images:
        height, width = photograph.shape[:2]
        for top in range(0, height - TILE + 1, TILE):
            for left in range(0, width - TILE + 1, TILE):
                tile = np.ascontiguousarray(photograph[top : top + TILE, left : left + TILE])
                if tile.std() >= LEAST_CONTRAST:
                    found.append(tile)
    return found


def resized(pixels: Pixels, share: float) -> Pixels:
    side = round(len(pixels) * share)
    return np.asarray(Image.fromarray(pixels).resize((side, side), Image.Resampling.BICUBIC))


def recompressed(pixels: Pixels, quality: int) -> Pixels:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer).convert("RGB"))


def trimmed(pixels: Pixels, share: float) -> Pixels:
    edge = round(len(pixels) * share)
    return pixels[edge:-edge, edge:-edge]


def digits() -> tuple[list[Pixels], NDArray[np.int64]]:
    """1,797 handwritten digits of 8 x 8 pixels."""
    data: Any = load_digits()
    grey = np.rint(data.images * (255 / 16)).astype(np.uint8)
    labels: NDArray[np.int64] = data.target.astype(np.int64)
    return [np.repeat(picture[:, :, None], 3, axis=2) for picture in grey], labels


def save_all(pictures: list[Pixels], folder: Path) -> list[str]:
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{number}.png" for number in range(len(pictures))]
    for pixels, path in zip(pictures, paths, strict=True):
        Image.fromarray(pixels).save(path)
    return [str(path) for path in paths]
