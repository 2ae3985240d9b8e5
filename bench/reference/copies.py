"""Copies planted among real photographs, and what the survey groups of them.

`python copies.py <half> <folder> [root...]`: `half` is `choose` or `judge`, the photographs under the roots being dealt
out by the hash of their names, so that nothing is judged on what it was chosen by. Prints one JSON line.
"""

import hashlib
import io
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_sample_images

from minori_engine.image.duplicates import (
    LEAST_AGREEMENT,
    find_duplicates,
    look_at,
    verify,
)
from minori_engine.image.embed import embed_pictures, find_encoder
from minori_engine.image.fingerprints import candidate_pairs
from minori_engine.image.messages import BuiltinEncoder
from minori_engine.image.pictures import read_picture

Pixels = NDArray[np.uint8]
ENCODER = find_encoder(BuiltinEncoder("efficientnet_lite0", 96))
LONGEST = 640
TOLERANCES = (0.9, 0.93, 0.95, 0.96, 0.97, 0.98, 0.99)
DRAWN = (
    "cartoon",
    "symbols",
    "seasonal",
    "flags",
    "roadsigns",
    "money",
    "town",
    "abstract",
    "desktop",
)
"""Folders of drawings, signs and letters."""


def photographs(roots: list[Path], half: str) -> list[tuple[str, Pixels]]:
    found: list[tuple[str, Pixels]] = []
    samples: Any = load_sample_images()
    for number, pixels in enumerate(samples.images):
        found.append((f"scikit-learn {number}", pixels))
    for root in roots:
        for path in sorted(root.rglob("*")):
            if path.suffix.lower() in (".jpg", ".jpeg", ".png") and not set(
                DRAWN
            ) & set(path.parts):
                found.append(
                    (str(path.relative_to(root)), read_picture(path, at_least=LONGEST))
                )
    chosen = half == "choose"
    return [
        one
        for one in found
        if (hashlib.sha256(one[0].encode()).digest()[0] % 2 == 0) == chosen
    ]


def smaller(picture: Image.Image) -> Image.Image:
    return picture.resize(
        (max(1, picture.width // 2), max(1, picture.height // 2)),
        Image.Resampling.BICUBIC,
    )


def recompressed(picture: Image.Image) -> Image.Image:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=40)
    return Image.open(buffer).convert("RGB")


def trimmed(picture: Image.Image) -> Image.Image:
    x, y = round(picture.width * 0.05), round(picture.height * 0.05)
    return picture.crop((x, y, picture.width - x, picture.height - y))


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "resized": smaller,
    "recompressed": recompressed,
    "cropped": trimmed,
}


def main() -> None:
    half, folder, roots = (
        sys.argv[1],
        Path(sys.argv[2]),
        [Path(root) for root in sys.argv[3:]],
    )
    originals = photographs(roots, half)
    paths: list[str] = []
    for number, (_name, pixels) in enumerate(originals):
        picture = Image.fromarray(pixels)
        picture.thumbnail((LONGEST, LONGEST))
        for kind, change in {"original": lambda same: same, **CHANGES}.items():
            path = folder / f"{number}-{kind}.png"
            change(picture).save(path, compress_level=1)
            paths.append(str(path))
    of = np.repeat(np.arange(len(originals)), 1 + len(CHANGES))
    began = time.process_time()
    rows, _ = embed_pictures(paths, ENCODER, 32, 1, lambda _share: None)
    looked = look_at(paths, lambda _share: None)
    _, groups = find_duplicates(looked, rows, lambda _share: None)
    seconds = time.process_time() - began
    group_of = np.arange(len(paths)) + len(paths)
    for number, members in enumerate(groups):
        group_of[members] = number
    step = 1 + len(CHANGES)
    grouped = {
        kind: float(
            np.mean(
                [
                    group_of[at] == group_of[at + place]
                    for at in range(0, len(paths), step)
                ]
            )
        )
        for place, kind in enumerate(CHANGES, 1)
    }
    mixed = [sorted({int(of[member]) for member in members}) for members in groups]
    tied = sorted({original for found in mixed if len(found) > 1 for original in found})
    answer: dict[str, Any] = {
        "photographs": len(originals),
        "grouped": grouped,
        "unrelated": len(tied) / len(originals),
        "tied": [
            [originals[one][0] for one in found] for found in mixed if len(found) > 1
        ],
        "least_agreement": LEAST_AGREEMENT,
        "seconds": seconds,
    }
    if half == "choose":
        pairs = candidate_pairs(looked.kept, None)
        scores = verify(looked.kept, pairs)
        same = of[pairs[:, 0]] == of[pairs[:, 1]]
        first = pairs[:, 0] % step == 0
        answer["tolerances"] = {
            str(least): [
                float(
                    (scores[same & first] >= least).sum()
                    / (len(originals) * len(CHANGES))
                ),
                len(np.unique(of[pairs[~same & (scores >= least)]])) / len(originals),
            ]
            for least in TOLERANCES
        }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
