# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""scikit-learn's logistic regression: numbers and classes in, a function of probabilities out."""

import warnings
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

Floats = NDArray[np.float32]
Classify = Callable[[Floats], NDArray[np.float64]]
"""(n, dimensions) -> (n, classes), rows that add up to 1."""

LEAST_FREEDOM: Final = 0.01
"""Inverse strength of the ridge penalty; strong, because some labels are wrong."""
FREEDOM_OF_FEW: Final = 30.0
"""Over the number of labels: few of them must not drown in the penalty."""
ROUNDS: Final = 100


def fit_classifier(rows: Floats, labels: NDArray[np.int64]) -> Classify:
    """`labels` are 0..k-1, each there at least once."""
    with warnings.catch_warnings():
        # A probe that has not fully converged ranks as well.
        warnings.simplefilter("ignore", ConvergenceWarning)
        freedom = max(LEAST_FREEDOM, FREEDOM_OF_FEW / len(labels))
        model = LogisticRegression(C=freedom, max_iter=ROUNDS, tol=1e-3).fit(rows, labels)
    return lambda asked: np.asarray(model.predict_proba(asked), np.float64)
