"""What is kept of each picture to find others that show the same, and where to look for them.

A candidate is a near neighbour by a small blurred picture (a perceptual hash with real numbers instead of
bits), whole or without its border, so that a picture that was cropped meets the middle of its original.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from minori_engine.errors import TaskFailure
from minori_engine.image.pictures import Pixels

Floats = NDArray[np.float32]
Pairs = NDArray[np.int64]
"""(k, 2), first < second, without repeats."""

SIDE: Final = 64
"""Of the grey picture that is laid over others."""
SMALL: Final = 8
COLOUR: Final = 4
BORDER: Final = 0.05
NEIGHBOURS: Final = 6
FLAT: Final = 2.0
"""Grey levels of standard deviation below which a picture has nothing to compare but its colour."""
LEAST_LIKENESS: Final = 0.9
"""Correlation of two small pictures."""
LEAST_ALIKE: Final = 0.6
"""Cosine of two whitened embeddings."""
ROWS_AT_ONCE: Final = 1024


VERSION: Final = 1
"""Of what a record says of a picture; records of another version are taken anew."""
RECORD: Final = np.dtype(
    [
        ("version", "u1"),
        ("grey", "u1", (SIDE, SIDE)),
        ("colour", "u1", (COLOUR, COLOUR, 3)),
        ("inner", "u1", (COLOUR, COLOUR, 3)),
        ("whole", "<f4", (SMALL * SMALL,)),
        ("middle", "<f4", (SMALL * SMALL,)),
    ]
)
"""One picture in a file of fingerprints; version 0: not known. `FINGERPRINT_BYTES` of the contract."""
FIELDS: Final = ("grey", "colour", "inner", "whole", "middle")


@dataclass(frozen=True)
class Fingerprints:
    """`grey` (n, 64, 64) uint8, `colour` (n, 4, 4, 3) uint8 and `inner` the same without the border, `whole`
    and `middle` (n, 64) of length 1."""

    grey: NDArray[np.uint8]
    colour: NDArray[np.uint8]
    inner: NDArray[np.uint8]
    whole: Floats
    middle: Floats


def empty_fingerprints(count: int) -> Fingerprints:
    small = np.zeros((count, SMALL * SMALL), np.float32)
    return Fingerprints(
        grey=np.zeros((count, SIDE, SIDE), np.uint8),
        colour=np.zeros((count, COLOUR, COLOUR, 3), np.uint8),
        inner=np.zeros((count, COLOUR, COLOUR, 3), np.uint8),
        whole=small,
        middle=small.copy(),
    )


def read_fingerprints(path: Path, count: int) -> tuple[Fingerprints, NDArray[np.bool_]]:
    """What is known of `count` pictures, and of which of them. Raises `bad_input`."""
    if not path.is_file() or path.stat().st_size != count * RECORD.itemsize:
        message = f"the file of fingerprints must have {count * RECORD.itemsize} bytes"
        raise TaskFailure("bug", "bad_input", {"message": message})
    records = np.memmap(path, RECORD, "r", shape=(count,))
    return Fingerprints(**{name: np.array(records[name]) for name in FIELDS}), records["version"] == VERSION


def write_fingerprints(kept: Fingerprints, rows: NDArray[np.int64]) -> bytes:
    records = np.zeros(len(rows), RECORD)
    records["version"] = VERSION
    for name in FIELDS:
        records[name] = getattr(kept, name)[rows]
    return records.tobytes()


def take_fingerprint(pixels: Pixels, kept: Fingerprints, row: int) -> None:
    picture = Image.fromarray(pixels)
    grey = picture.convert("L").resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    kept.grey[row] = np.asarray(grey)
    kept.colour[row] = np.asarray(picture.resize((COLOUR, COLOUR), Image.Resampling.BOX))
    x, y = picture.width * BORDER, picture.height * BORDER
    within = (x, y, picture.width - x, picture.height - y)
    kept.inner[row] = np.asarray(picture.resize((COLOUR, COLOUR), Image.Resampling.BOX, box=within))
    edge = SIDE * BORDER
    kept.whole[row] = _small(grey, (0, 0, SIDE, SIDE))
    kept.middle[row] = _small(grey, (edge, edge, SIDE - edge, SIDE - edge))


def _small(grey: Image.Image, box: tuple[float, float, float, float]) -> Floats:
    values = np.asarray(grey.resize((SMALL, SMALL), Image.Resampling.BOX, box=box), np.float32).ravel()
    values = values - values.mean()
    length = float(np.linalg.norm(values))
    return values / length if length > FLAT * SMALL else np.zeros_like(values)


def candidate_pairs(kept: Fingerprints, embeddings: Floats | None) -> Pairs:
    """Each picture with its nearest neighbours; by the embeddings' directions too where there are some."""
    found = [
        _neighbours(kept.whole, kept.whole, LEAST_LIKENESS),
        _neighbours(kept.whole, kept.middle, LEAST_LIKENESS),
    ]
    if embeddings is not None:
        lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
        near = np.nan_to_num(embeddings / np.maximum(lengths, np.finfo(np.float32).tiny))
        found.append(_neighbours(near, near, LEAST_ALIKE))
    pairs = np.sort(np.concatenate(found), axis=1)
    return np.unique(pairs, axis=0)


def _neighbours(asking: Floats, answering: Floats, least: float) -> Pairs:
    """(k, 2) of each row's nearest rows by cosine, at least `least`; itself left out."""
    count = len(asking)
    kept = min(NEIGHBOURS, count - 1)
    pairs: list[Pairs] = [np.empty((0, 2), np.int64)]
    for start in range(0, count, ROWS_AT_ONCE):
        likeness = asking[start : start + ROWS_AT_ONCE] @ answering.T
        rows = np.arange(len(likeness))
        likeness[rows, rows + start] = -2
        nearest = (
            np.argpartition(-likeness, kept - 1, axis=1)[:, :kept] if kept > 0 else np.empty((0, 0), int)
        )
        good = np.take_along_axis(likeness, nearest, axis=1) >= least
        asked, place = np.nonzero(good)
        pairs.append(np.stack([asked + start, nearest[asked, place]], axis=1))
    return np.concatenate(pairs)
