"""Task `image.preview`: what training and serving will see of one picture, as PNG files."""

from pathlib import Path
from typing import Any

import msgspec

from minori_engine.errors import TaskFailure
from minori_engine.image.augment import build, draws, to_size
from minori_engine.image.messages import PreviewInput, PreviewPicture, PreviewResult, View, read_input
from minori_engine.image.ops import apply_step, preprocess, step_name
from minori_engine.image.pictures import PictureFault, Pixels, read_picture, save_png
from minori_engine.task.context import TaskContext


def preview(context: TaskContext) -> dict[str, Any]:
    """Writes one PNG per picture asked for, named `<view>-<number>.png`, pixels as they are."""
    asked = read_input(context.input, PreviewInput)
    try:
        original = read_picture(asked.image)
    except PictureFault as fault:
        raise TaskFailure("bad_data", f"image_{fault.fault}") from None
    gallery = Gallery(context.folder)
    plugins = Path(asked.plugins)
    pieces = preprocess(original, asked.preprocessing, plugins)
    for view in dict.fromkeys(asked.views):
        match view:
            case "original":
                gallery.add(view, None, original)
            case "steps":
                _steps(gallery, original, asked, plugins)
            case "patches":
                for piece in pieces:
                    gallery.add(view, None, to_size(piece, asked.augmentation))
            case "train":
                for picture in training_samples(pieces, asked, context.seed):
                    gallery.add(view, None, picture)
            case "evaluation":
                transform = build(asked.augmentation.library, asked.augmentation.evaluation)
                for piece in pieces:
                    fixed = transform(to_size(piece, asked.augmentation), draws(0, 0, 0))
                    gallery.add(view, None, fixed)
    return msgspec.to_builtins(PreviewResult(gallery.pictures))


def training_samples(pieces: list[Pixels], asked: PreviewInput, seed: int) -> list[Pixels]:
    """What the picture looks like in `samples` epochs; of several patches one after the other."""
    transform = build(asked.augmentation.library, asked.augmentation.train)
    return [
        transform(
            to_size(pieces[number % len(pieces)], asked.augmentation),
            draws(seed, asked.epoch + number // len(pieces), asked.index),
        )
        for number in range(asked.samples)
    ]


def _steps(gallery: "Gallery", original: Pixels, asked: PreviewInput, plugins: Path) -> None:
    """The whole picture after each step; patches and sizes come in views of their own."""
    picture = original
    for step in asked.preprocessing.steps:
        name = step_name(step)
        if name == "patches":
            break
        picture = apply_step(picture, step, plugins)[0]
        gallery.add("steps", name, picture)


class Gallery:
    """Numbers the pictures of each view and writes them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.pictures: list[PreviewPicture] = []

    def add(self, view: View, step: str | None, pixels: Pixels) -> None:
        number = sum(picture.view == view for picture in self.pictures)
        name = f"{view}-{number}.png"
        save_png(pixels, self._folder / name)
        height, width = pixels.shape[:2]
        self.pictures.append(PreviewPicture(view, step, number, name, width, height))
