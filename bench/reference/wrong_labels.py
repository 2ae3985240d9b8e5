"""Wrong labels among Fashion-MNIST, found by our survey's ranking and by raw pixels with logistic regression.

`python wrong_labels.py <part> <pictures> <seeds> <folder>`: `part` is `train` or `t10k`. Prints one JSON line; writes for
each seed `<seed>.npz` with the labels that were given and our probabilities, for others to rank by.
"""

import gzip
import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from minori_engine.image.duplicates import look_at
from minori_engine.image.embed import embed_pictures, find_encoder
from minori_engine.image.embeddings import whiten
from minori_engine.image.messages import BuiltinEncoder
from minori_engine.image.probe import probe
from minori_engine.image.queues import (
    COLUMNS,
    PROBE_DIMENSIONS,
    SMALL_DIMENSIONS,
    rank,
    small,
)

DATA = Path("/usr/share/datasets/fashion-mnist")
ENCODER = find_encoder(BuiltinEncoder("efficientnet_lite0", 96))
"""As a survey of the product asks for it."""
FOLDS = 5
KINDS = 10
WRONG = 0.05
LOOKED_AT = 0.1


def read(part: str, count: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    with gzip.open(DATA / f"{part}-images-idx3-ubyte.gz") as file:
        pictures = np.frombuffer(file.read()[16:], np.uint8).reshape(-1, 28, 28)[:count]
    with gzip.open(DATA / f"{part}-labels-idx1-ubyte.gz") as file:
        return pictures, np.frombuffer(file.read()[8:], np.uint8)[:count].astype(
            np.int64
        )


def flip(
    labels: NDArray[np.int64], seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each wrong label is any other one, with equal chances."""
    generator = np.random.default_rng(seed)
    wrong = generator.choice(len(labels), round(WRONG * len(labels)), replace=False)
    given = labels.copy()
    given[wrong] = (given[wrong] + generator.integers(1, KINDS, len(wrong))) % KINDS
    return given, wrong


def found(scores: NDArray[np.float64], wrong: NDArray[np.int64]) -> float:
    """Share of the wrong labels among the first tenth, highest score first."""
    first = np.argsort(-scores, kind="stable")[: round(LOOKED_AT * len(scores))]
    return float(np.isin(wrong, first).mean())


def main() -> None:
    part, count, seeds, folder = (
        sys.argv[1],
        int(sys.argv[2]),
        sys.argv[3].split(","),
        Path(sys.argv[4]),
    )
    pictures, labels = read(part, count)
    paths = [str(folder / f"{number}.png") for number in range(len(pictures))]
    for picture, path in zip(pictures, paths, strict=True):
        Image.fromarray(picture).save(path, compress_level=1)
    began = time.process_time()
    rows, failed = embed_pictures(paths, ENCODER, 32, 1, lambda _share: None)
    if failed:
        raise ValueError(f"{len(failed)} pictures could not be read")
    grey = look_at(paths, lambda _share: None).kept.grey
    embedding_seconds = time.process_time() - began
    views = [whiten(rows, PROBE_DIMENSIONS), whiten(small(grey), SMALL_DIMENSIONS)]
    raw = pictures.reshape(len(pictures), -1) / 255
    ours: list[float] = []
    pixels: list[float] = []
    ranking_seconds = 0.0
    for seed in seeds:
        given, wrong = flip(labels, int(seed))
        began = time.process_time()
        scores, _ = rank(rows, grey, given, FOLDS, int(seed))
        ranking_seconds += time.process_time() - began
        ours.append(
            found(scores[:, COLUMNS.index("suspicious")].astype(np.float64), wrong)
        )
        answer = probe(views, given, FOLDS, int(seed))
        if answer is None:
            raise ValueError("the probe has nothing to say")
        np.savez(
            folder / f"{seed}.npz",
            given=given,
            wrong=wrong,
            probabilities=answer.probabilities,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model = LogisticRegression(max_iter=100)
            guessed = cross_val_predict(
                model, raw, given, cv=FOLDS, method="predict_proba"
            )
        pixels.append(found(1 - guessed[np.arange(len(given)), given], wrong))
    answer = {
        "ours": ours,
        "pixels": pixels,
        "embedding_seconds": embedding_seconds,
        "ranking_seconds": ranking_seconds / len(seeds),
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
