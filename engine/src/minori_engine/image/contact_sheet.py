"""A contact sheet: rows of pictures with a caption each, on paper, as one PNG."""

from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from minori_engine.image.ops import LEVELS, luminance
from minori_engine.image.pictures import Pixels

CELL: Final = 144
GAP: Final = 12
LINE: Final = 18
PAPER: Final = (252, 251, 247)
INK: Final = (35, 39, 31)
FAINT: Final = (100, 105, 89)
RULE: Final = (213, 94, 0)


class Cell(NamedTuple):
    caption: str
    pixels: Pixels | None
    """None: the place stays empty, and the caption says why."""


def write_sheet(path: Path, title: str, rows: list[list[Cell]]) -> tuple[int, int]:
    """Answers (width, height)."""
    columns = max(len(row) for row in rows)
    width = GAP + columns * (CELL + GAP)
    height = GAP + LINE + GAP + len(rows) * (CELL + LINE + GAP)
    sheet = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(14)
    draw.text((GAP, GAP), _drawable(title), INK, ImageFont.load_default(16))
    for row, cells in enumerate(rows):
        top = GAP + LINE + GAP + row * (CELL + LINE + GAP)
        for column, cell in enumerate(cells):
            left = GAP + column * (CELL + GAP)
            if cell.pixels is not None:
                picture = _fitted(cell.pixels)
                sheet.paste(picture, (left + (CELL - picture.width) // 2, top + (CELL - picture.height) // 2))
            text = _short(_drawable(cell.caption), font)
            draw.text((left, top + CELL + 1), text, FAINT, font)
    sheet.save(path, "PNG")
    return width, height


def _fitted(pixels: Pixels) -> Image.Image:
    """Small pictures are shown as their pixels, large ones are made smaller."""
    picture = Image.fromarray(pixels)
    share = CELL / max(picture.size)
    size = (max(1, round(picture.width * share)), max(1, round(picture.height * share)))
    return picture.resize(size, Image.Resampling.NEAREST if share > 1 else Image.Resampling.BICUBIC)


def _drawable(text: str) -> str:
    """The font that Pillow brings has Latin letters only."""
    return "".join(letter if letter.isprintable() and ord(letter) < 0x250 else "?" for letter in text)


def _short(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> str:
    while text and font.getlength(text) > CELL:
        text = text[:-2] + "~" if len(text) > 2 else ""
    return text


def histogram(pixels: Pixels) -> Pixels:
    """How often each brightness is there, dark to light."""
    counts = np.bincount(luminance(pixels).ravel(), minlength=LEVELS).reshape(-1, 2).sum(axis=1)
    tall = np.rint(counts / counts.max() * 96).astype(int)
    drawn = np.full((98, LEVELS // 2, 3), PAPER, np.uint8)
    for place, height in enumerate(tall):
        drawn[97 - height : 97, place] = INK
    drawn[97] = FAINT
    return drawn


def with_grid(pixels: Pixels, rows: int, columns: int) -> Pixels:
    """Where the picture is cut."""
    height, width = pixels.shape[:2]
    scale = max(1, CELL // max(height, width))
    drawn = pixels.repeat(scale, axis=0).repeat(scale, axis=1)
    thick = max(1, 2 * max(drawn.shape) // CELL)
    for row in range(1, rows):
        place = height * row // rows * scale
        drawn[place : place + thick] = RULE
    for column in range(1, columns):
        place = width * column // columns * scale
        drawn[:, place : place + thick] = RULE
    return drawn
