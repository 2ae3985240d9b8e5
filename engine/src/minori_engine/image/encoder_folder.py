"""An encoder that somebody has put beside the product: a folder as the Hugging Face hub lays it out.

Only its three files are read; what the network is comes from `config.json` by way of transformers, how a
picture is brought to it from `preprocessor_config.json`. Weights are safetensors, since a pickle could run
anything.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from minori_engine.errors import TaskFailure
from minori_engine.image.messages import FolderEncoder

CONFIG: Final = "config.json"
PREPROCESSOR: Final = "preprocessor_config.json"
WEIGHTS: Final = "model.safetensors"
FILES: Final = (CONFIG, PREPROCESSOR, WEIGHTS)
HASH_DIGITS: Final = 16

Pixels = Annotated[int, Meta(ge=16, le=1024)]
Channels = Annotated[list[float], Meta(min_length=3, max_length=3)]
Kind = TypeVar("Kind")


class _Size(msgspec.Struct):
    height: Pixels | None = None
    width: Pixels | None = None
    shortest_edge: Pixels | None = None


class _Preprocessor(msgspec.Struct):
    """What matters here of a preprocessor_config.json; older ones have a plain number as size."""

    image_mean: Channels
    image_std: Channels
    size: _Size | Pixels | None = None
    crop_size: _Size | Pixels | None = None
    do_center_crop: bool = False
    do_rescale: bool = True
    do_normalize: bool = True
    rescale_factor: float = 1 / 255


@dataclass(frozen=True)
class EncoderFolder:
    """`identity` has the name and a hash of all three files: numbers of two encoders are never compared."""

    name: str
    path: Path
    kind: str
    identity: str
    height: int
    width: int
    scale: float
    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]


def open_folder(encoder: FolderEncoder) -> EncoderFolder:
    """Raises `encoder_not_found`, `encoder_file_missing` or `encoder_file_invalid`."""
    path = Path(encoder.folder)
    if not path.is_dir():
        raise _failure(encoder, "encoder_not_found")
    missing = [name for name in FILES if not (path / name).is_file()]
    if missing:
        raise _failure(encoder, "encoder_file_missing", file=", ".join(missing))
    config = _read(encoder, path / CONFIG, dict[str, Any])
    asked = _read(encoder, path / PREPROCESSOR, _Preprocessor)
    height, width = _side(encoder, asked)
    digest = hashlib.sha256()
    for name in FILES:
        with (path / name).open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    mean, deviation = (asked.image_mean, asked.image_std) if asked.do_normalize else ([0.0] * 3, [1.0] * 3)
    return EncoderFolder(
        name=encoder.name,
        path=path,
        kind=str(config.get("model_type", "")),
        identity=f"{encoder.name}@{digest.hexdigest()[:HASH_DIGITS]}/{height}x{width}",
        height=height,
        width=width,
        scale=asked.rescale_factor if asked.do_rescale else 1.0,
        mean=np.array(mean, np.float32),
        deviation=np.array(deviation, np.float32),
    )


def _read(encoder: FolderEncoder, path: Path, kind: type[Kind]) -> Kind:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, OSError) as error:
        raise _failure(encoder, "encoder_file_invalid", file=path.name, message=str(error)) from error


def _side(encoder: FolderEncoder, asked: _Preprocessor) -> tuple[int, int]:
    """(height, width) that the network sees: what is left after the crop, where it crops."""
    size = asked.crop_size if asked.do_center_crop and asked.crop_size is not None else asked.size
    if isinstance(size, int):
        return size, size
    if size is not None:
        if size.height is not None and size.width is not None:
            return size.height, size.width
        if size.shortest_edge is not None:
            return size.shortest_edge, size.shortest_edge
    raise _failure(encoder, "encoder_file_invalid", file=PREPROCESSOR, message="there is no size in pixels")


def _failure(encoder: FolderEncoder, code: str, **more: str) -> TaskFailure:
    return TaskFailure("bad_data", code, {"encoder": encoder.name, **more})
