"""What the nearest pictures are called: a second opinion that a classifier's straight borders do not give."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from minori_engine.image.embeddings import Floats

NEIGHBOURS: Final = 10
MOST_ASKED: Final = 20_000
"""So many labeled pictures answer at most, drawn at random: more of them change little and take hours."""
ROWS_AT_ONCE: Final = 1024
SMOOTHING: Final = 0.02
"""Added to each class's share, so that no class is impossible."""


def vote(
    rows: Floats, known: NDArray[np.int64], coded: NDArray[np.int64], kinds: int, seed: int
) -> NDArray[np.float64]:
    """(n, kinds) shares of the classes among each row's nearest `known` rows by cosine, itself left out."""
    if len(known) > MOST_ASKED:
        drawn = np.random.default_rng(seed).choice(len(known), MOST_ASKED, replace=False)
        known, coded = known[drawn], coded[drawn]
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    rows = rows / np.maximum(lengths, np.finfo(np.float32).tiny)
    bank = rows[known]
    kept = min(NEIGHBOURS, len(known) - 1)
    place = np.full(len(rows), -1, np.int64)
    place[known] = np.arange(len(known))
    shares = np.zeros((len(rows), kinds))
    for start in range(0, len(rows), ROWS_AT_ONCE):
        likeness = rows[start : start + ROWS_AT_ONCE] @ bank.T
        own = place[start : start + ROWS_AT_ONCE]
        likeness[own >= 0, own[own >= 0]] = -2
        nearest = np.argpartition(-likeness, kept - 1, axis=1)[:, :kept]
        for kind in range(kinds):
            shares[start : start + ROWS_AT_ONCE, kind] = (coded[nearest] == kind).mean(axis=1)
    return (shares + SMOOTHING) / (1 + kinds * SMOOTHING)
