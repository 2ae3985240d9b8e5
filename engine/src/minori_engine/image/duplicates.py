"""Pictures that show the same, however they were resized, compressed or trimmed."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from minori_engine.errors import TaskFailure
from minori_engine.image.alignment import agreement
from minori_engine.image.embeddings import Floats, whiten
from minori_engine.image.fingerprints import (
    SIDE,
    Fingerprints,
    Pairs,
    candidate_pairs,
    empty_fingerprints,
    read_fingerprints,
    take_fingerprint,
)
from minori_engine.image.messages import DuplicatePair
from minori_engine.image.pictures import PictureFault, read_picture

LEAST_AGREEMENT: Final = 0.94
"""Chosen on the half of `bench near-duplicates` that is for choosing: no two photographs there
agree by more than 0.93, and 96 % of the planted copies do by more than this."""
MOST_COLOUR: Final = 12.0
"""Mean difference of colour, in levels: the same shape in another colour is another thing."""
CANDIDATE_DIMENSIONS: Final = 64
PAIRS_AT_ONCE: Final = 256


@dataclass(frozen=True)
class Looked:
    """`kept` of each picture; those that could not be read are not `readable`; `new` were not known."""

    kept: Fingerprints
    readable: NDArray[np.bool_]
    new: NDArray[np.int64]


def look_at(images: list[str], progress: Callable[[float], None], known: Path | None = None) -> Looked:
    """`known`: the fingerprints of an earlier look. Raises `no_readable_image`."""
    count = len(images)
    kept, readable = (
        (empty_fingerprints(count), np.zeros(count, bool))
        if known is None
        else read_fingerprints(known, count)
    )
    missing = np.flatnonzero(~readable)
    readable = readable.copy()
    for done, index in enumerate(missing):
        try:
            take_fingerprint(read_picture(images[index], at_least=SIDE), kept, int(index))
            readable[index] = True
        except PictureFault:
            continue
        finally:
            if done % PAIRS_AT_ONCE == 0:
                progress(done / len(missing))
    if not readable.any():
        raise TaskFailure("bad_data", "no_readable_image", {"count": count})
    return Looked(kept, readable, missing[readable[missing]])


def find_duplicates(
    looked: Looked, rows: Floats | None, progress: Callable[[float], None]
) -> tuple[list[DuplicatePair], list[list[int]]]:
    """Pairs, surest first, and groups. `rows` (n, dimensions) of an encoder find more candidates."""
    kept, readable = looked.kept, looked.readable
    candidates = candidate_pairs(kept, None if rows is None else _directions(rows))
    candidates = candidates[readable[candidates].all(axis=1)]
    scores = verify(kept, candidates, progress)
    same = scores >= LEAST_AGREEMENT
    order = np.argsort(-scores[same], kind="stable")
    pairs, scores = candidates[same][order], scores[same][order]
    found = [
        DuplicatePair(int(first), int(second), min(1.0, float(score)))
        for (first, second), score in zip(pairs, scores, strict=True)
    ]
    return found, group(pairs, kept)


def _directions(rows: Floats) -> Floats:
    """(n, 64) whitened, zero where there are no numbers."""
    result = np.zeros((len(rows), CANDIDATE_DIMENSIONS), np.float32)
    there = np.isfinite(rows[:, 0])
    found = whiten(rows[there], CANDIDATE_DIMENSIONS)
    result[there, : found.shape[1]] = found
    return result


def verify(
    kept: Fingerprints, pairs: Pairs, progress: Callable[[float], None] | None = None
) -> NDArray[np.float32]:
    """(k,) agreement of each pair; 0 where the colours differ."""
    scores = np.zeros(len(pairs), np.float32)
    for start in range(0, len(pairs), PAIRS_AT_ONCE):
        part = pairs[start : start + PAIRS_AT_ONCE]
        alike = np.flatnonzero(_off_colour(kept, part) <= MOST_COLOUR)
        scores[start + alike] = agreement(kept.grey[part[alike, 0]], kept.grey[part[alike, 1]])
        if progress is not None:
            progress((start + len(part)) / len(pairs))
    return scores


def _off_colour(kept: Fingerprints, pairs: Pairs) -> NDArray[np.float32]:
    """(k,) mean difference of the colours; one of the two may be the other without its border."""
    a, b = pairs.T
    ways = (
        (kept.colour[a], kept.colour[b]),
        (kept.inner[a], kept.colour[b]),
        (kept.colour[a], kept.inner[b]),
    )
    return np.min([np.abs(_chroma(x) - _chroma(y)).mean(axis=(1, 2, 3)) for x, y in ways], axis=0)


def _chroma(colour: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Differences of the channels: what is left of a colour when its brightness is taken away."""
    values = colour.astype(np.float32)
    return np.stack([values[..., 0] - values[..., 1], values[..., 2] - values[..., 1]], axis=-1)


def group(pairs: Pairs, kept: Fingerprints) -> list[list[int]]:
    """Groups of which every member agrees with the first: a chain of small changes does not tie strangers."""
    head_of: dict[int, int] = {}
    members: dict[int, list[int]] = {}
    for pair in pairs:
        heads = {head_of.setdefault(int(picture), int(picture)) for picture in pair}
        for head in heads:
            members.setdefault(head, [head])
        if len(heads) == 1:
            continue
        large, small = sorted(heads, key=lambda head: (-len(members[head]), head))
        joining = np.array([(large, other) for other in members[small]], np.int64)
        if (verify(kept, joining) < LEAST_AGREEMENT).any():
            continue
        for other in members[small]:
            head_of[other] = large
        members[large] += members.pop(small)
    return sorted(sorted(found) for found in members.values() if len(found) > 1)
