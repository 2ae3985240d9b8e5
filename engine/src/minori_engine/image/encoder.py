"""Task `image.encoder`: whether a folder holds an encoder that gives numbers."""

from typing import Any

import msgspec
import numpy as np

from minori_engine.errors import TaskFailure
from minori_engine.image.encoder_folder import open_folder
from minori_engine.image.messages import EncoderInput, EncoderResult, read_input
from minori_engine.task.context import TaskContext


def try_encoder(context: TaskContext) -> dict[str, Any]:
    """Encodes two pictures. Raises what `open_folder` and `transformers_encoder` do."""
    folder = open_folder(read_input(context.input, EncoderInput).encoder)
    from minori_engine.compat.transformers_encoder import transformers_encoder

    pictures = np.random.default_rng(1).integers(0, 256, (2, folder.height, folder.width, 3), np.uint8)
    rows = transformers_encoder(folder, context.threads)(pictures)
    if rows.ndim != 2 or not np.isfinite(rows).all():
        message = f"numbers of shape {rows.shape}, not all of them finite"
        raise TaskFailure(
            "bad_data", "encoder_broken", {"encoder": folder.name, "kind": folder.kind, "message": message}
        )
    return msgspec.to_builtins(
        EncoderResult(folder.identity, folder.kind, folder.height, folder.width, rows.shape[1])
    )
