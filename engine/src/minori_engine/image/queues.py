"""In which order pictures are worth a look, and what label they might get.

Columns of the scores, a higher one first, NaN where a picture has none: `diverse` and `uncertain` of pictures
without label; `suspicious` of labels that were learnt; `predicted` and `confidence` are a class and its
probability, out of fold where there is a label.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from minori_engine.errors import TaskFailure
from minori_engine.image.diversity import farthest_first
from minori_engine.image.embeddings import Floats, whiten
from minori_engine.image.messages import Probe, ScoreColumn
from minori_engine.image.probe import UNLABELED, calibrated, probe, suspicion, uncertainty

COLUMNS: Final[tuple[ScoreColumn, ...]] = ("diverse", "uncertain", "suspicious", "predicted", "confidence")
PROBE_DIMENSIONS: Final = 256
DISTANCE_DIMENSIONS: Final = 64
SMALL: Final = 16
"""Side of the grey picture that the probe sees beside the embedding: it tells shapes that an encoder of
photographs overlooks."""
SMALL_DIMENSIONS: Final = 64


def rank(
    embeddings: Floats, grey: NDArray[np.uint8], labels: NDArray[np.int64], folds: int, seed: int
) -> tuple[Floats, Probe | None]:
    """(n, 5) scores in the order of COLUMNS, and what the probe was like. `grey` (n, side, side) are the
    pictures themselves. Raises `no_readable_image`."""
    count = len(labels)
    readable = np.flatnonzero(np.isfinite(embeddings[:, 0]))
    if len(readable) == 0:
        raise TaskFailure("bad_data", "no_readable_image", {"count": count})
    rows = whiten(embeddings[readable], PROBE_DIMENSIONS)
    here = labels[readable]
    unlabeled = here == UNLABELED
    scores = np.full((count, len(COLUMNS)), np.nan, np.float32)
    scores[readable, 0] = farthest_first(rows[:, :DISTANCE_DIMENSIONS], ~unlabeled)
    answer = probe([rows, whiten(small(grey[readable]), SMALL_DIMENSIONS)], here, folds, seed)
    if answer is None:
        return scores, None
    known = np.flatnonzero(answer.learnt)
    coded = np.searchsorted(answer.classes, here[known])
    margin, flagged = suspicion(answer.probabilities[known], coded)
    likely = calibrated(answer, coded)
    best = likely.argmax(axis=1)
    scores[readable[unlabeled], 1] = uncertainty(likely[unlabeled])
    scores[readable[known], 2] = margin
    scores[readable, 3] = answer.classes[best]
    scores[readable, 4] = likely[np.arange(len(readable)), best]
    summary = Probe(
        labeled=len(known),
        classes=[int(label) for label in answer.classes],
        accuracy=float((best[known] == coded).mean()),
        suspicious=int(flagged.sum()),
    )
    return scores, summary


def small(grey: NDArray[np.uint8]) -> Floats:
    """(n, 256) of (n, side, side), averaged."""
    count, step = len(grey), grey.shape[1] // SMALL
    return (
        grey.reshape(count, SMALL, step, SMALL, step).mean(axis=(2, 4), dtype=np.float32).reshape(count, -1)
    )
