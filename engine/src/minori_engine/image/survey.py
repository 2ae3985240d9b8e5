"""Task `image.survey`: all that the queues of a theme need; what is known already is not done again."""

from typing import Any, Final

import msgspec
import numpy as np

from minori_engine.errors import TaskFailure
from minori_engine.image.duplicates import find_duplicates, look_at
from minori_engine.image.embed import DIMENSIONS, embed_pictures, encoder_name
from minori_engine.image.embeddings import read_embeddings
from minori_engine.image.messages import FailedPicture, SurveyFiles, SurveyInput, SurveyResult, read_input
from minori_engine.image.probe import UNLABELED
from minori_engine.image.queues import COLUMNS, rank
from minori_engine.task.context import TaskContext

EMBEDDINGS_FILE: Final = "embeddings.f32"
SCORES_FILE: Final = "scores.f32"
BINARY: Final = "application/octet-stream"
LOOKING_SHARE: Final = 0.1
EMBEDDING_SHARE: Final = 0.7
"""What the work has reached when every picture has been looked at, and when it has numbers."""
RANKING_SHARE: Final = 0.1


def survey(context: TaskContext) -> dict[str, Any]:
    """Writes embeddings.f32 (new, 1280) of the pictures named in `new`, and scores.f32 (count, 5)."""
    asked = read_input(context.input, SurveyInput)
    count, name = len(asked.images), encoder_name(asked.encoder)
    labels = np.array([UNLABELED if label is None else label for label in asked.labels], np.int64)
    if len(labels) != count or (labels >= asked.classes).any():
        raise TaskFailure(
            "bug", "bad_input", {"message": "labels must be one per picture and below `classes`"}
        )
    looked = look_at(asked.images, lambda done: context.progress(LOOKING_SHARE * done, "embedding"))
    rows = np.full((count, DIMENSIONS), np.nan, np.float32)
    if asked.known is not None and asked.known.encoder == name:
        rows[:] = read_embeddings(asked.known, count)
    missing = np.flatnonzero(np.isnan(rows[:, 0]))
    failed: list[FailedPicture] = []
    if len(missing):
        found, faults = embed_pictures(
            [asked.images[index] for index in missing],
            asked.encoder,
            asked.batch,
            context.threads,
            lambda done: context.progress(
                LOOKING_SHARE + (EMBEDDING_SHARE - LOOKING_SHARE) * done, "embedding"
            ),
        )
        rows[missing] = found
        failed = [FailedPicture(int(missing[fault.index]), fault.fault) for fault in faults]
    new = missing[np.isfinite(rows[missing, 0])]
    with context.new_file(EMBEDDINGS_FILE) as file:
        file.write(rows[new].tobytes())
    context.artifact("embeddings", EMBEDDINGS_FILE, BINARY)

    context.progress(EMBEDDING_SHARE, "ranking")
    scores, probe = rank(rows, looked.kept.grey, labels, asked.folds, context.seed)
    with context.new_file(SCORES_FILE) as file:
        file.write(scores.tobytes())
    context.artifact("scores", SCORES_FILE, BINARY)

    start = EMBEDDING_SHARE + RANKING_SHARE
    pairs, groups = find_duplicates(
        looked, rows, lambda done: context.progress(start + (1 - start) * done, "comparing")
    )
    return msgspec.to_builtins(
        SurveyResult(
            encoder=name,
            count=count,
            dimensions=DIMENSIONS,
            new=[int(index) for index in new],
            columns=list(COLUMNS),
            files=SurveyFiles(embeddings=EMBEDDINGS_FILE, scores=SCORES_FILE),
            probe=probe,
            pairs=pairs,
            groups=groups,
            failed=failed,
        )
    )
