"""Task `image.queues`: in which order pictures are worth a look, and what label they might get."""

from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from minori_engine.errors import TaskFailure
from minori_engine.image.diversity import farthest_first
from minori_engine.image.embeddings import Floats, read_embeddings, whiten
from minori_engine.image.messages import (
    Probe,
    QueuesFiles,
    QueuesInput,
    QueuesResult,
    ScoreColumn,
    read_input,
)
from minori_engine.image.probe import UNLABELED, calibrated, probe, suspicion, uncertainty
from minori_engine.task.context import TaskContext

SCORES_FILE: Final = "scores.f32"
COLUMNS: Final[tuple[ScoreColumn, ...]] = ("diverse", "uncertain", "suspicious", "predicted", "confidence")
PROBE_DIMENSIONS: Final = 256
DISTANCE_DIMENSIONS: Final = 64


def queues(context: TaskContext) -> dict[str, Any]:
    """Writes scores.f32 (count, 5): a higher score comes first, NaN where a picture has none.

    diverse, uncertain: of pictures without label; suspicious: of labels that were learnt; predicted and
    confidence: class and its probability, out of fold where there is a label.
    """
    asked = read_input(context.input, QueuesInput)
    count = len(asked.labels)
    labels = np.array([UNLABELED if label is None else label for label in asked.labels], np.int64)
    if (labels >= asked.classes).any():
        raise TaskFailure("bug", "bad_input", {"message": "a label is not below `classes`"})
    context.progress(None, "comparing")
    scores, summary = rank(read_embeddings(asked.embeddings, count), labels, asked.folds, context.seed)
    with context.new_file(SCORES_FILE) as file:
        file.write(scores.tobytes())
    context.artifact("scores", SCORES_FILE, "application/octet-stream")
    return msgspec.to_builtins(QueuesResult(count, list(COLUMNS), QueuesFiles(SCORES_FILE), summary))


def rank(embeddings: Floats, labels: NDArray[np.int64], folds: int, seed: int) -> tuple[Floats, Probe | None]:
    """(n, 5) scores in the order of COLUMNS, and what the probe was like. Raises `no_readable_image`."""
    count = len(labels)
    readable = np.flatnonzero(np.isfinite(embeddings[:, 0]))
    if len(readable) == 0:
        raise TaskFailure("bad_data", "no_readable_image", {"count": count})
    rows = whiten(embeddings[readable], PROBE_DIMENSIONS)
    here = labels[readable]
    unlabeled = here == UNLABELED
    scores = np.full((count, len(COLUMNS)), np.nan, np.float32)
    scores[readable, 0] = farthest_first(rows[:, :DISTANCE_DIMENSIONS], ~unlabeled)
    answer = probe(rows, here, folds, seed)
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
