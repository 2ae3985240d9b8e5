"""A picture file as pixels, the same for embeddings, previews, training and serving.

EXIF orientation is applied, transparency lies on white, CMYK and palettes become RGB, 16 bits become 8.
"""

import warnings
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

Pixels = NDArray[np.uint8]
"""(height, width, 3), RGB."""
Fault = Literal["missing", "unreadable", "too_large"]

MOST_PIXELS: Final = 100_000_000
FORMATS: Final = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF")


class PictureFault(Exception):
    """This file gives no picture."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault: Fault = fault


def read_picture(path: str | Path, at_least: int | None = None) -> Pixels:
    """Raises PictureFault. `at_least`: a JPEG may be decoded smaller while its shorter side keeps so
    many pixels; it is faster, and not for pixels that must be exact."""
    # Our own bound says the same as Pillow's warning, and for every format.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            with Image.open(path, formats=FORMATS) as file:
                return _pixels(file, at_least)
        except FileNotFoundError:
            raise PictureFault("missing") from None
        except Image.DecompressionBombError:
            raise PictureFault("too_large") from None
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError):
            raise PictureFault("unreadable") from None


def _pixels(file: Image.Image, at_least: int | None) -> Pixels:
    width, height = file.size
    if width * height > MOST_PIXELS:
        raise PictureFault("too_large")
    if at_least is not None and min(width, height) > 2 * at_least:
        share = min(width, height) / (2 * at_least)
        file.draft("RGB", (int(width / share), int(height / share)))
    return to_rgb(ImageOps.exif_transpose(file))


def to_rgb(picture: Image.Image) -> Pixels:
    if picture.mode.startswith(("I", "F")):
        values = np.asarray(picture, np.float64)
        # 16-bit pictures use the whole range of their type, floats go from 0 to 1.
        scale = 255.0 if picture.mode == "F" else 255.0 / 65_535.0
        grey = np.clip(np.rint(values * scale), 0, 255).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        paper = Image.new("RGBA", layered.size, (255, 255, 255, 255))
        picture = Image.alpha_composite(paper, layered)
    return np.array(picture.convert("RGB"))


def save_png(pixels: Pixels, path: Path) -> None:
    Image.fromarray(pixels).save(path, "PNG", compress_level=1)


def shrink(pixels: Pixels, width: int, height: int) -> Pixels:
    """Antialiased, for networks and fingerprints; what training sees is resized by `ops`."""
    picture = Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC, reducing_gap=3.0)
    return np.asarray(picture)


def colored(pixels: NDArray[np.uint8]) -> Pixels:
    """Of what a library answers: one gray channel becomes three."""
    if pixels.ndim == 2:
        pixels = pixels[:, :, None]
    return np.ascontiguousarray(np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels)
