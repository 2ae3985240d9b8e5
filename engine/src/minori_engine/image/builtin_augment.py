"""Our own augmentation operations. Each takes RGB pixels, its random numbers and its parameters."""

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from PIL import Image, ImageFilter

from minori_engine.errors import TaskFailure
from minori_engine.image.ops import resize
from minori_engine.image.pictures import Pixels

Params = dict[str, Any]
Operation = Callable[[Pixels, np.random.Generator, Params], Pixels]
Random = np.random.Generator


def horizontal_flip(pixels: Pixels, _random: Random, _params: Params) -> Pixels:
    return pixels[:, ::-1]


def vertical_flip(pixels: Pixels, _random: Random, _params: Params) -> Pixels:
    return pixels[::-1]


def random_rotate_90(pixels: Pixels, random: Random, _params: Params) -> Pixels:
    return np.rot90(pixels, int(random.integers(4)))


def rotate(pixels: Pixels, random: Random, params: Params) -> Pixels:
    return _affine(pixels, angle=_draw(random, params["limit"]))


def shift_scale_rotate(pixels: Pixels, random: Random, params: Params) -> Pixels:
    height, width = pixels.shape[:2]
    return _affine(
        pixels,
        angle=_draw(random, params["rotate_limit"]),
        scale=1 + _draw(random, params["scale_limit"]),
        shift=(
            _draw(random, params["shift_limit"]) * width,
            _draw(random, params["shift_limit"]) * height,
        ),
    )


def _affine(
    pixels: Pixels, angle: float, scale: float = 1.0, shift: tuple[float, float] = (0.0, 0.0)
) -> Pixels:
    """About the middle, degrees counter-clockwise; what lies outside repeats the edge."""
    height, width = pixels.shape[:2]
    pad_y, pad_x = height // 2 + 1, width // 2 + 1
    padded = np.pad(pixels, ((pad_y, pad_y), (pad_x, pad_x), (0, 0)), mode="edge")
    turn = math.radians(angle)
    cos, sin = math.cos(turn) / scale, math.sin(turn) / scale
    x, y = width / 2, height / 2
    moved_x, moved_y = x + shift[0], y + shift[1]
    # From a pixel of the result to its place in the padded picture.
    matrix = (
        cos,
        -sin,
        x - cos * moved_x + sin * moved_y + pad_x,
        sin,
        cos,
        y - sin * moved_x - cos * moved_y + pad_y,
    )
    picture = Image.fromarray(padded).transform(
        (width, height), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR
    )
    return np.asarray(picture)


def random_crop(pixels: Pixels, random: Random, params: Params) -> Pixels:
    height, width = int(params["height"]), int(params["width"])
    _must_fit(pixels, height, width)
    top = _below(random, pixels.shape[0] - height + 1)
    left = _below(random, pixels.shape[1] - width + 1)
    return pixels[top : top + height, left : left + width]


def random_resized_crop(pixels: Pixels, random: Random, params: Params) -> Pixels:
    """A part of the area, of a random shape, brought to the size (Szegedy et al. 2015)."""
    height, width = pixels.shape[:2]
    area = height * width * _draw(random, params["scale"])
    low, high = (math.log(float(bound)) for bound in params["ratio"])
    ratio = math.exp(random.uniform(low, high))
    wide = min(width, max(1, round(math.sqrt(area * ratio))))
    tall = min(height, max(1, round(math.sqrt(area / ratio))))
    top, left = _below(random, height - tall + 1), _below(random, width - wide + 1)
    part = np.ascontiguousarray(pixels[top : top + tall, left : left + wide])
    return resize(part, int(params["width"]), int(params["height"]))


def center_crop(pixels: Pixels, _random: Random, params: Params) -> Pixels:
    height, width = int(params["height"]), int(params["width"])
    _must_fit(pixels, height, width)
    top, left = (pixels.shape[0] - height) // 2, (pixels.shape[1] - width) // 2
    return pixels[top : top + height, left : left + width]


def fixed_resize(pixels: Pixels, _random: Random, params: Params) -> Pixels:
    return resize(np.ascontiguousarray(pixels), int(params["width"]), int(params["height"]))


def to_gray(pixels: Pixels, _random: Random, _params: Params) -> Pixels:
    grey = np.asarray(Image.fromarray(np.ascontiguousarray(pixels)).convert("L"))
    return np.repeat(grey[:, :, None], 3, axis=2)


def color_jitter(pixels: Pixels, random: Random, params: Params) -> Pixels:
    values = pixels.astype(np.float32) * _draw(random, params["brightness"], around=1)
    mean = float(_grey(values).mean())
    values = mean + (values - mean) * _draw(random, params["contrast"], around=1)
    grey = _grey(values)[..., None]
    values = grey + (values - grey) * _draw(random, params["saturation"], around=1)
    result = _to_bytes(values)
    turn = _draw(random, params["hue"])
    if turn == 0:
        return result
    hsv = np.array(Image.fromarray(result).convert("HSV"))
    hsv[..., 0] = (hsv[..., 0].astype(np.int32) + round(turn * 256)) % 256
    return np.asarray(Image.fromarray(hsv, "HSV").convert("RGB"))


def brightness_contrast(pixels: Pixels, random: Random, params: Params) -> Pixels:
    contrast = 1 + _draw(random, params["contrast_limit"])
    shift = 255 * _draw(random, params["brightness_limit"])
    return _to_bytes(127.5 + (pixels.astype(np.float32) - 127.5) * contrast + shift)


def random_gamma(pixels: Pixels, random: Random, params: Params) -> Pixels:
    power = _draw(random, params["gamma_limit"]) / 100
    curve = _to_bytes(255 * (np.arange(256, dtype=np.float32) / 255) ** power)
    return curve[pixels]


def gaussian_blur(pixels: Pixels, random: Random, params: Params) -> Pixels:
    sigma = _draw(random, params["sigma_limit"])
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(sigma)))


def gauss_noise(pixels: Pixels, random: Random, params: Params) -> Pixels:
    deviation = 255 * _draw(random, params["std_range"])
    return _to_bytes(pixels + random.normal(0, deviation, pixels.shape))


def coarse_dropout(pixels: Pixels, random: Random, params: Params) -> Pixels:
    """DeVries & Taylor 2017."""
    height, width = pixels.shape[:2]
    result = pixels.copy()
    low, high = (int(bound) for bound in params["num_holes_range"])
    for _ in range(int(random.integers(low, high + 1))):
        tall = max(1, round(height * _draw(random, params["hole_height_range"])))
        wide = max(1, round(width * _draw(random, params["hole_width_range"])))
        top, left = _below(random, height - tall + 1), _below(random, width - wide + 1)
        result[top : top + tall, left : left + wide] = 0
    return result


def _draw(random: Random, span: Any, around: float = 0) -> float:  # noqa: ANN401
    """From [low, high] as it is; from one number n between around - n and around + n."""
    if isinstance(span, float | int):
        return float(random.uniform(around - span, around + span))
    low, high = span
    return float(random.uniform(float(low), float(high)))


def _below(random: Random, room: Any) -> int:  # noqa: ANN401
    return int(random.integers(int(room)))


def _grey(values: np.ndarray[Any, np.dtype[np.float32]]) -> np.ndarray[Any, np.dtype[np.float32]]:
    return values @ np.array([0.299, 0.587, 0.114], np.float32)


def _to_bytes(values: np.ndarray[Any, np.dtype[Any]]) -> Pixels:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _must_fit(pixels: Pixels, height: int, width: int) -> None:
    if height > pixels.shape[0] or width > pixels.shape[1]:
        raise TaskFailure(
            "bad_data",
            "crop_larger_than_image",
            {"width": pixels.shape[1], "height": pixels.shape[0], "crop": [width, height]},
        )


OPERATIONS: Final[dict[str, Operation]] = {
    "HorizontalFlip": horizontal_flip,
    "VerticalFlip": vertical_flip,
    "RandomRotate90": random_rotate_90,
    "Rotate": rotate,
    "ShiftScaleRotate": shift_scale_rotate,
    "RandomCrop": random_crop,
    "RandomResizedCrop": random_resized_crop,
    "ColorJitter": color_jitter,
    "RandomBrightnessContrast": brightness_contrast,
    "RandomGamma": random_gamma,
    "GaussianBlur": gaussian_blur,
    "GaussNoise": gauss_noise,
    "CoarseDropout": coarse_dropout,
    "Resize": fixed_resize,
    "CenterCrop": center_crop,
    "ToGray": to_gray,
}
