"""`python cleanlab_ranks.py <seed.npz>...`, with an interpreter that has cleanlab (AGPL-3.0: no part of the product).

Prints for each of its scores the share of wrong labels among the first tenth of every file.
"""

import json
import sys

import numpy as np
from cleanlab.rank import get_label_quality_scores

METHODS = ("self_confidence", "normalized_margin", "confidence_weighted_entropy")


def main() -> None:
    answer: dict[str, list[float]] = {method: [] for method in METHODS}
    for path in sys.argv[1:]:
        data = np.load(path)
        for method in METHODS:
            quality = get_label_quality_scores(
                data["given"], data["probabilities"], method=method
            )
            first = np.argsort(quality, kind="stable")[: round(0.1 * len(quality))]
            answer[method].append(float(np.isin(data["wrong"], first).mean()))
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
