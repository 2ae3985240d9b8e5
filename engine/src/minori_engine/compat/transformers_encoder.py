# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportCallIssue=false
"""Encoders of a local folder through transformers (Apache-2.0). Importing this brings torch and transformers.

Nothing is asked of a hub, no code of the folder runs, and no weight is made up: a network some of whose
weights are not in the file is refused, but for a head that is left aside.
"""

import importlib
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from minori_engine.errors import TaskFailure
from minori_engine.image.embeddings import Encode, Floats
from minori_engine.image.encoder_folder import EncoderFolder

transformers: Any = importlib.import_module("transformers")
"""By name: the checker of types would read all of its thousands of modules."""

SHOWN_WEIGHTS: Final = 5
POOLER: Final = "pooler."
LONGEST_DETAIL: Final = 500


def transformers_encoder(folder: EncoderFolder, threads: int) -> Encode:
    """Raises `encoder_kind_unknown`, `encoder_not_for_pictures`, `encoder_weights_missing` or
    `encoder_broken`."""
    torch.set_num_threads(threads)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    network, pooled = _load(folder)

    def encode(pictures: NDArray[np.uint8]) -> Floats:
        scaled = (pictures.astype(np.float32) * folder.scale - folder.mean) / folder.deviation
        pixels = torch.from_numpy(scaled.transpose(0, 3, 1, 2).astype(np.float32, copy=True))
        try:
            with torch.inference_mode():
                return _numbers(network, pixels, pooled).float().numpy()
        except (RuntimeError, ValueError, TypeError, AttributeError, KeyError, IndexError) as error:
            # A network that does not take pictures of the size that its own folder names.
            raise _failure(folder, "encoder_broken", error) from error

    return encode


def _load(folder: EncoderFolder) -> tuple[torch.nn.Module, bool]:
    """The network, and whether its pooler was trained."""
    local = {"local_files_only": True, "trust_remote_code": False}
    try:
        config = transformers.AutoConfig.from_pretrained(folder.path, **local)
    except (ValueError, KeyError, OSError) as error:
        raise _failure(folder, "encoder_kind_unknown", error) from error
    try:
        network, report = transformers.AutoModel.from_pretrained(
            folder.path,
            config=config,
            use_safetensors=True,
            dtype=torch.float32,
            output_loading_info=True,
            **local,
        )
    except Exception as error:  # safetensors and transformers raise bare exceptions of many kinds
        raise _failure(folder, "encoder_broken", error) from error
    if "image" not in getattr(network, "input_modalities", ()):
        raise _failure(folder, "encoder_not_for_pictures")
    absent = sorted(report["missing_keys"])
    needed = [name for name in absent if not name.startswith(POOLER)]
    if needed:
        shown = ", ".join(needed[:SHOWN_WEIGHTS])
        raise _failure(folder, "encoder_weights_missing", weights=shown, count=len(needed))
    # The tanh of a pooler as BERT has one was trained for another task, where it was trained at all.
    trained = not absent and not hasattr(getattr(network, "pooler", None), "dense")
    return network.eval(), trained


def _numbers(network: torch.nn.Module, pixels: torch.Tensor, pooled: bool) -> torch.Tensor:
    """(n, dimensions): the picture's side of two towers, a trained pooler, the class token, or the mean."""
    if hasattr(network, "get_image_features"):
        found = network.get_image_features(pixel_values=pixels)
        return found if torch.is_tensor(found) else found.pooler_output
    answer = network(pixel_values=pixels)
    pooler = getattr(answer, "pooler_output", None)
    if pooled and pooler is not None:
        return pooler.flatten(1)
    hidden = answer.last_hidden_state
    if hidden.dim() == 4:
        return hidden.mean((2, 3))
    return hidden[:, 0] if hasattr(getattr(network, "embeddings", None), "cls_token") else hidden.mean(1)


def _failure(
    folder: EncoderFolder, code: str, error: BaseException | None = None, **more: str | int
) -> TaskFailure:
    message = {} if error is None else {"message": str(error).strip()[:LONGEST_DETAIL]}
    params = {"encoder": folder.name, "kind": folder.kind, **message, **more}
    return TaskFailure("bad_data", code, params, "" if error is None else repr(error))
