# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Wilcoxon's signed-rank test from scipy."""

import warnings
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from scipy.stats import wilcoxon


def signed_rank_p(differences: NDArray[np.float64]) -> float:
    """p of `differences` being above 0 (one-sided, zeros split); 1 when all are 0."""
    if not differences.any():
        return 1.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = cast("Any", wilcoxon(differences, alternative="greater", zero_method="zsplit"))
    return float(found.pvalue)
