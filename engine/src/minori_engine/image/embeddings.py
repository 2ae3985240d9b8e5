"""Reading embedding files, and making their numbers fit for distances and classifiers."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from minori_engine.errors import TaskFailure
from minori_engine.image.messages import EmbeddingFile

Floats = NDArray[np.float32]
Encode = Callable[[NDArray[np.uint8]], Floats]
"""(n, height, width, 3) RGB -> (n, dimensions)."""
SHRINKAGE: Final = 0.1
"""Share of the mean variance added to each direction before it is whitened: directions without
information stay small."""
ROWS_AT_ONCE: Final = 8192
FEWEST_DIMENSIONS: Final = 8
ROWS_PER_DIMENSION: Final = 8
"""With fewer pictures per direction, whitening would make all of them equally far apart."""


def read_embeddings(file: EmbeddingFile, count: int) -> Floats:
    """(count, dimensions), mapped, not read at once."""
    path = Path(file.path)
    expected = count * file.dimensions * 4
    if not path.is_file() or path.stat().st_size != expected:
        raise TaskFailure("bug", "bad_input", {"message": f"the embedding file must have {expected} bytes"})
    return np.memmap(path, np.float32, "r", shape=(count, file.dimensions))


def whiten(rows: Floats, dimensions: int) -> Floats:
    """The leading directions of variance, each of about the same size (PCA whitening with shrinkage)."""
    count = len(rows)
    mean = rows.mean(axis=0, dtype=np.float64)
    covariance = np.zeros((rows.shape[1], rows.shape[1]))
    for start in range(0, count, ROWS_AT_ONCE):
        part = rows[start : start + ROWS_AT_ONCE].astype(np.float64) - mean
        covariance += part.T @ part
    variances, directions = np.linalg.eigh(covariance / max(1, count))
    kept = min(dimensions, max(FEWEST_DIMENSIONS, count // ROWS_PER_DIMENSION), count, rows.shape[1])
    variances = np.maximum(variances[::-1][:kept], 0)
    scale = 1 / np.sqrt(variances + SHRINKAGE * max(float(variances.mean()), np.finfo(np.float64).tiny))
    projection = directions[:, ::-1][:, :kept] * scale
    parts = [
        (rows[start : start + ROWS_AT_ONCE] - mean) @ projection for start in range(0, count, ROWS_AT_ONCE)
    ]
    return np.concatenate(parts).astype(np.float32)
