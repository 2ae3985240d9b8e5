"""Task `image.survey`: all that the queues of a theme need; what is known already is not done again."""

from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from minori_engine.errors import TaskFailure
from minori_engine.image.duplicates import find_duplicates, look_at
from minori_engine.image.embed import embed_pictures, find_encoder
from minori_engine.image.embeddings import read_embeddings
from minori_engine.image.fingerprints import write_fingerprints
from minori_engine.image.messages import FailedPicture, SurveyFiles, SurveyInput, SurveyResult, read_input
from minori_engine.image.probe import UNLABELED
from minori_engine.image.queues import COLUMNS, rank
from minori_engine.task.context import TaskContext

EMBEDDINGS_FILE: Final = "embeddings.f32"
FINGERPRINTS_FILE: Final = "fingerprints.bin"
SCORES_FILE: Final = "scores.f32"
BINARY: Final = "application/octet-stream"
LOOKING_SHARE: Final = 0.1
EMBEDDING_SHARE: Final = 0.7
"""What the work has reached when every picture has been looked at, and when it has numbers."""
RANKING_SHARE: Final = 0.1


def survey(context: TaskContext) -> dict[str, Any]:
    """Writes what is new of the pictures, embeddings.f32 of those named in `new` and fingerprints.bin of
    those in `looked`, and scores.f32 (count, 5). Raises what the encoder does."""
    asked = read_input(context.input, SurveyInput)
    count, encoder = len(asked.images), find_encoder(asked.encoder)
    labels = np.array([UNLABELED if label is None else label for label in asked.labels], np.int64)
    if len(labels) != count or (labels >= asked.classes).any():
        raise TaskFailure(
            "bug", "bad_input", {"message": "labels must be one per picture and below `classes`"}
        )
    looked = look_at(
        asked.images,
        lambda done: context.progress(LOOKING_SHARE * done, "embedding"),
        None if asked.fingerprints is None else Path(asked.fingerprints),
    )
    with context.new_file(FINGERPRINTS_FILE) as file:
        file.write(write_fingerprints(looked.kept, looked.new))
    context.artifact("fingerprints", FINGERPRINTS_FILE, BINARY)

    known = None
    if asked.known is not None and asked.known.encoder == encoder.identity:
        known = read_embeddings(asked.known, count)
    missing = np.arange(count) if known is None else np.flatnonzero(np.isnan(known[:, 0]))
    failed: list[FailedPicture] = []
    found = np.empty((0, 0), np.float32)
    if len(missing):
        found, faults = embed_pictures(
            [asked.images[index] for index in missing],
            encoder,
            asked.batch,
            context.threads,
            lambda done: context.progress(
                LOOKING_SHARE + (EMBEDDING_SHARE - LOOKING_SHARE) * done, "embedding"
            ),
        )
        failed = [FailedPicture(int(missing[fault.index]), fault.fault) for fault in faults]
    dimensions = found.shape[1] if known is None else known.shape[1]
    if dimensions == 0:
        raise TaskFailure("bad_data", "no_readable_image", {"count": count})
    rows = np.full((count, dimensions), np.nan, np.float32)
    if known is not None:
        rows[:] = known
    if found.shape[1]:
        rows[missing] = found
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
            encoder=encoder.identity,
            count=count,
            dimensions=dimensions,
            new=[int(index) for index in new],
            looked=[int(index) for index in looked.new],
            columns=list(COLUMNS),
            files=SurveyFiles(embeddings=EMBEDDINGS_FILE, fingerprints=FINGERPRINTS_FILE, scores=SCORES_FILE),
            probe=probe,
            pairs=pairs,
            groups=groups,
            failed=failed,
        )
    )
