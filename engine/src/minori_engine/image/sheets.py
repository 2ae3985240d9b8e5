"""Task `image.sheets`: the documents' pictures of preprocessing, augmentation and data, as contact sheets."""

from pathlib import Path
from typing import Any, Final

import msgspec

from minori_engine.errors import TaskFailure
from minori_engine.image.augment import build, draws, to_size
from minori_engine.image.contact_sheet import Cell, histogram, with_grid, write_sheet
from minori_engine.image.messages import (
    AugmentationStep,
    Sheet,
    SheetPicture,
    SheetsInput,
    SheetsResult,
    read_input,
)
from minori_engine.image.ops import Patches, apply_step, equalize, gamma, patches, preprocess, step_name
from minori_engine.image.pictures import PictureFault, Pixels, read_picture
from minori_engine.task.context import TaskContext

GAMMAS: Final = (0.5, 0.7, 1.4, 2.0)
MOST_ROWS: Final = 6
"""Of a sheet that has one row per picture."""
COMPARED: Final[dict[str, list[tuple[str, dict[str, Any]]]]] = {
    "builtin": [
        ("HorizontalFlip", {}),
        ("Rotate", {"limit": [20, 20]}),
        ("ColorJitter", {"brightness": 0.4, "contrast": 0.4, "saturation": 0.4, "hue": 0.05}),
        ("RandomResizedCrop", {"height": 96, "width": 96, "scale": [0.4, 0.6], "ratio": [0.9, 1.1]}),
        ("GaussianBlur", {"sigma_limit": [1.5, 1.5]}),
        ("ToGray", {}),
    ],
    "albumentations": [
        ("HorizontalFlip", {}),
        ("Rotate", {"limit": [20, 20]}),
        ("ColorJitter", {"brightness": [0.6, 1.4], "contrast": [0.6, 1.4], "saturation": [0.6, 1.4]}),
        ("RandomResizedCrop", {"size": [96, 96], "scale": [0.4, 0.6], "ratio": [0.9, 1.1]}),
        ("GaussianBlur", {"sigma_limit": [1.5, 1.5], "blur_limit": 0}),
        ("ToGray", {}),
    ],
    "torchvision": [
        ("RandomHorizontalFlip", {}),
        ("RandomRotation", {"degrees": [20, 20]}),
        ("ColorJitter", {"brightness": 0.4, "contrast": 0.4, "saturation": 0.4, "hue": 0.05}),
        ("RandomResizedCrop", {"size": [96, 96], "scale": [0.4, 0.6], "ratio": [0.9, 1.1]}),
        ("GaussianBlur", {"kernel_size": 9, "sigma": [1.5, 1.5]}),
        ("Grayscale", {"num_output_channels": 3}),
    ],
}
"""The same six changes in each library's words; a column each."""
ALWAYS: Final = {"HorizontalFlip", "Rotate", "ColorJitter", "GaussianBlur", "RandomHorizontalFlip", "ToGray"}


def sheets(context: TaskContext) -> dict[str, Any]:
    asked = read_input(context.input, SheetsInput)
    studio = Studio(context.folder, asked, context.seed)
    match asked.what:
        case "preprocessing":
            studio.preprocessing()
        case "augmentation":
            studio.augmentation()
        case "dataset":
            studio.dataset()
    return msgspec.to_builtins(SheetsResult(studio.sheets, studio.missing))


class Studio:
    """Draws one sheet after the other of the same pictures."""

    def __init__(self, folder: Path, asked: SheetsInput, seed: int) -> None:
        self._folder = folder
        self._asked = asked
        self._seed = seed
        self._plugins = Path(asked.plugins)
        self._pictures = [(picture, _read(picture)) for picture in asked.pictures]
        self.sheets: list[Sheet] = []
        self.missing: list[str] = []

    def preprocessing(self) -> None:
        some = self._pictures[:MOST_ROWS]
        self._write(
            "histogram_equalization",
            "Histogram equalization",
            [
                [
                    Cell(of.caption, pixels),
                    Cell("brightness", histogram(pixels)),
                    Cell("equalized", equalize(pixels)),
                    Cell("brightness", histogram(equalize(pixels))),
                ]
                for of, pixels in some
            ],
        )
        curves = [[Cell(f"gamma {value:g}", gamma(pixels, value)) for value in GAMMAS] for _, pixels in some]
        self._write(
            "gamma",
            "Gamma: below 1 brightens, above 1 darkens",
            [[Cell(of.caption, pixels), *row] for (of, pixels), row in zip(some, curves, strict=True)],
        )
        steps = self._asked.preprocessing.steps
        cut = next((step for step in steps if isinstance(step, Patches)), Patches(2, 2))
        self._write(
            "patches",
            f"Patches: {cut.rows} x {cut.columns}",
            [
                [Cell(of.caption, with_grid(pixels, cut.rows, cut.columns)), *_pieces(pixels, cut)]
                for of, pixels in some
            ],
        )
        self._write(
            "pipeline", "Preprocessing of params.yaml, step by step", [self._pipeline(*one) for one in some]
        )

    def _pipeline(self, of: SheetPicture, pixels: Pixels) -> list[Cell]:
        cells = [Cell(of.caption, pixels)]
        pictures = [pixels]
        for number, step in enumerate(self._asked.preprocessing.steps, 1):
            pictures = [result for one in pictures for result in apply_step(one, step, self._plugins)]
            cells += [Cell(f"{number} {step_name(step)}", result) for result in pictures]
        sized = [to_size(one, self._asked.augmentation) for one in pictures]
        return [*cells, *(Cell(f"image.size {_size(one)}", one) for one in sized)]

    def augmentation(self) -> None:
        plan = self._asked.augmentation
        some = self._pictures[:MOST_ROWS]
        transform = build(plan.library, plan.train)
        rows: list[list[Cell]] = []
        for of, pixels in some:
            pieces = self._ready(pixels)
            looks = [
                Cell(
                    f"epoch {number // len(pieces) + 1}",
                    transform(
                        pieces[number % len(pieces)],
                        draws(self._seed, number // len(pieces), of.index),
                    ),
                )
                for number in range(self._asked.samples)
            ]
            rows.append([Cell(of.caption, pixels), *looks])
        self._write("samples", f"Training, {plan.library}, seed {self._seed}", rows)
        fixed: list[list[Cell]] = []
        for of, pixels in some:
            row = [Cell(of.caption, pixels)]
            for part, steps in (("validation", plan.evaluation), ("test", self._asked.test)):
                row += [Cell(f"{part} {_size(one)}", one) for one in self._evaluated(pixels, steps)]
            fixed.append(row)
        self._write("evaluation", "Validation and test: the same each time", fixed)
        self._libraries(self._pictures[0][1])

    def _libraries(self, pixels: Pixels) -> None:
        rows: list[list[Cell]] = []
        for library, operations in COMPARED.items():
            row = [Cell(library, pixels)]
            for name, params in operations:
                step = AugmentationStep(name, 1.0 if name in ALWAYS else None, params)
                try:
                    row.append(Cell(name, build(library, [step])(pixels, draws(self._seed, 0, 0))))
                except TaskFailure as failure:
                    if failure.code != "library_missing":
                        raise
                    row = [Cell(library, None), Cell("not installed", None)]
                    self.missing.append(library)
                    break
            rows.append(row)
        self._write("libraries", "The same changes in each library", rows)

    def dataset(self) -> None:
        plan = self._asked.augmentation
        of_row = 8
        self._write(
            "pictures",
            "Pictures as they are",
            _rows([Cell(of.caption, pixels) for of, pixels in self._pictures], of_row),
        )
        transform = build(plan.library, plan.train)
        size = self._asked.batch
        batches = [self._pictures[at : at + size] for at in range(0, len(self._pictures), size)]
        for number, batch in enumerate(batches, 1):
            cells = [
                Cell(of.caption, transform(piece, draws(self._seed, 0, of.index)))
                for of, pixels in batch
                for piece in self._ready(pixels)
            ]
            self._write(f"batch-{number}", f"Training batch {number}", _rows(cells, of_row))
        fixed = [
            Cell(of.caption, one)
            for of, pixels in batches[0]
            for one in self._evaluated(pixels, plan.evaluation)
        ]
        self._write("validation", "The same pictures in validation", _rows(fixed, of_row))

    def _ready(self, pixels: Pixels) -> list[Pixels]:
        """Preprocessed and brought to `image.size`; several where patches are cut."""
        pieces = preprocess(pixels, self._asked.preprocessing, self._plugins)
        return [to_size(piece, self._asked.augmentation) for piece in pieces]

    def _evaluated(self, pixels: Pixels, steps: list[AugmentationStep]) -> list[Pixels]:
        transform = build(self._asked.augmentation.library, steps)
        return [transform(piece, draws(0, 0, 0)) for piece in self._ready(pixels)]

    def _write(self, name: str, title: str, rows: list[list[Cell]]) -> None:
        file = f"{name}.png"
        width, height = write_sheet(self._folder / file, title, rows)
        self.sheets.append(Sheet(name, file, width, height))


def _read(picture: SheetPicture) -> Pixels:
    try:
        return read_picture(picture.image)
    except PictureFault as fault:
        raise TaskFailure("bad_data", f"image_{fault.fault}", {"name": picture.caption}) from None


def _pieces(pixels: Pixels, cut: Patches) -> list[Cell]:
    return [
        Cell(f"{at + 1} {_size(one)}", one) for at, one in enumerate(patches(pixels, cut.rows, cut.columns))
    ]


def _rows(cells: list[Cell], of_row: int) -> list[list[Cell]]:
    return [cells[at : at + of_row] for at in range(0, len(cells), of_row)]


def _size(pixels: Pixels) -> str:
    return f"{pixels.shape[1]} x {pixels.shape[0]}"
