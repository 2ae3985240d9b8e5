"""Most different first: each next picture is the one farthest from all before it."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from minori_engine.image.embeddings import Floats

MOST_PICKS: Final = 1000
"""So many are picked one by one; the others follow by their distance."""
ROWS_AT_ONCE: Final = 2048
FAR: Final = 1e30
"""Farther than any picture: before the first pick nothing is near."""


def farthest_first(rows: Floats, known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(n,) score of each picture that is not `known`, higher first; NaN of those that are.

    Greedy k-centre (Gonzalez 1985; Sener & Savarese 2018) by Euclidean distance, from the known
    pictures on, or from the one nearest to the middle where there is none.
    """
    scores = np.full(len(rows), np.nan)
    asked = np.flatnonzero(~known)
    if len(asked) == 0:
        return scores
    candidates = rows[asked].astype(np.float32)
    squares = np.einsum("ij,ij->i", candidates, candidates)
    if known.any():
        nearest = _to_nearest(candidates, squares, rows[known].astype(np.float32))
    else:
        middle = candidates.mean(axis=0)
        first = int(((candidates - middle) ** 2).sum(axis=1).argmin())
        nearest = np.where(np.arange(len(asked)) == first, np.inf, FAR)
    picks = min(MOST_PICKS, len(asked))
    open_ = np.ones(len(asked), bool)
    for number in range(picks):
        pick = int(np.where(open_, nearest, -1).argmax())
        open_[pick] = False
        # The first pick of all gets 2, later ones less, never below 1.
        scores[asked[pick]] = 2 - number / picks
        distance = squares + squares[pick] - 2 * (candidates @ candidates[pick])
        nearest = np.minimum(nearest, np.maximum(distance, 0))
    rest = np.flatnonzero(open_)
    if len(rest):
        farthest = float(nearest[rest].max())
        scores[asked[rest]] = nearest[rest] / farthest if farthest > 0 else 0.0
    return scores


def _to_nearest(candidates: Floats, squares: NDArray[np.float32], known: Floats) -> NDArray[np.float64]:
    """(n,) squared distance to the nearest known row."""
    known_squares = np.einsum("ij,ij->i", known, known)
    nearest = np.full(len(candidates), np.inf)
    for start in range(0, len(known), ROWS_AT_ONCE):
        part = known[start : start + ROWS_AT_ONCE]
        for row in range(0, len(candidates), ROWS_AT_ONCE):
            here = slice(row, row + ROWS_AT_ONCE)
            distance = squares[here, None] + known_squares[None, start : start + ROWS_AT_ONCE]
            distance = distance - 2 * candidates[here] @ part.T
            nearest[here] = np.minimum(nearest[here], np.maximum(distance.min(axis=1), 0))
    return nearest
