"""Task `image.embed`: a list of picture files becomes one file of numbers."""

from typing import Any, Final

import msgspec
import numpy as np

from minori_engine.errors import TaskFailure
from minori_engine.image.messages import EmbedFiles, EmbedInput, EmbedResult, FailedPicture, read_input
from minori_engine.image.pictures import PictureFault, Pixels, read_picture, shrink
from minori_engine.task.context import TaskContext

EMBEDDINGS_FILE: Final = "embeddings.f32"
BINARY: Final = "application/octet-stream"
DIMENSIONS: Final = 1280


def embed(context: TaskContext) -> dict[str, Any]:
    """Writes embeddings.f32 (count, 1280): rows of length 1, NaN where a picture could not be read."""
    asked = read_input(context.input, EmbedInput)
    context.progress(0, "loading")
    # Torch takes seconds: only this task pays for it.
    from minori_engine.compat.encoders import efficientnet_lite0, efficientnet_lite0_version

    encode = efficientnet_lite0(context.threads)
    size, count = asked.encoder.size, len(asked.images)
    failed: list[FailedPicture] = []
    with context.new_file(EMBEDDINGS_FILE) as file:
        for start in range(0, count, asked.batch):
            rows = np.full((min(asked.batch, count - start), DIMENSIONS), np.nan, np.float32)
            read = _read(asked.images[start : start + asked.batch], size, start, failed)
            if read:
                found = encode(np.stack(list(read.values())))
                lengths = np.linalg.norm(found, axis=1, keepdims=True)
                rows[list(read)] = found / np.maximum(lengths, np.finfo(np.float32).tiny)
            file.write(rows.tobytes())
            done = start + len(rows)
            context.progress(done / count, "embedding", done, count)
    if len(failed) == count:
        raise TaskFailure("bad_data", "no_readable_image", {"count": count})
    context.artifact("embeddings", EMBEDDINGS_FILE, BINARY)
    encoder = f"{asked.encoder.name}@{efficientnet_lite0_version()}/{size}"
    return msgspec.to_builtins(
        EmbedResult(encoder, count, DIMENSIONS, failed, EmbedFiles(embeddings=EMBEDDINGS_FILE))
    )


def _read(paths: list[str], size: int, start: int, failed: list[FailedPicture]) -> dict[int, Pixels]:
    """Row in the batch -> square picture. The whole picture is kept: a centre crop would lose edges
    that the label may stand on."""
    read: dict[int, Pixels] = {}
    for row, path in enumerate(paths):
        try:
            read[row] = shrink(read_picture(path, at_least=size), size, size)
        except PictureFault as fault:
            failed.append(FailedPicture(start + row, fault.fault))
    return read
