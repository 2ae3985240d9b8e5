"""Writes metrics.json: utilsforecast's, scipy's and statsmodels' numbers for arrays that the judge must match.

Run with the engine's interpreter: `python packages/judge/golden/make_golden.py`.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.regression.linear_model import OLS
from utilsforecast import losses

SERIES, ORIGINS, HORIZON, SEASON, LENGTH = 3, 4, 6, 4, 60
LEVELS = [80, 90]
QUANTILES = np.array([0.5, 0.1, 0.9, 0.05, 0.95])


def main() -> None:
    """One panel of random walks with a season; predictions are the truth with noise."""
    rng = np.random.default_rng(20261121)
    frames, trains = [], []
    actual = np.zeros((SERIES, ORIGINS, HORIZON), np.float32)
    scale = np.zeros((SERIES, ORIGINS), np.float32)
    predictions = np.zeros((SERIES, ORIGINS, HORIZON, 1 + 2 * len(LEVELS)), np.float32)
    for s in range(SERIES):
        y = rng.normal(0, 1 + s, LENGTH).cumsum() + 20 + 5 * np.sin(np.arange(LENGTH) * 2 * np.pi / SEASON)
        y = y.astype(np.float32).astype(np.float64)
        for o in range(ORIGINS):
            cutoff = LENGTH - HORIZON * (ORIGINS - o)
            uid = f"{s}_{o}"
            truth = y[cutoff : cutoff + HORIZON]
            mean = truth + rng.normal(0, 1.5, HORIZON)
            spread = rng.uniform(0.5, 2.5, HORIZON)
            columns = [mean]
            for level in LEVELS:
                reach = stats.norm.ppf(0.5 + level / 200) * spread
                columns += [mean - reach, mean + reach]
            predictions[s, o] = np.stack(columns, 1)
            actual[s, o] = truth
            scale[s, o] = np.abs(y[SEASON:cutoff] - y[: cutoff - SEASON]).mean()
            stored = predictions[s, o].astype(np.float64)
            frame = pd.DataFrame({"unique_id": uid, "ds": np.arange(cutoff + 1, cutoff + HORIZON + 1), "y": truth})
            frame["f"] = stored[:, 0]
            for index, name in enumerate(["lo-80", "hi-80", "lo-90", "hi-90"]):
                frame[f"f-{name}"] = stored[:, 1 + index]
            frames.append(frame)
            trains.append(pd.DataFrame({"unique_id": uid, "ds": np.arange(1, cutoff + 1), "y": y[:cutoff]}))
    df, train = pd.concat(frames), pd.concat(trains)
    models = {"f": ["f", "f-lo-80", "f-hi-80", "f-lo-90", "f-hi-90"]}
    mql = losses.mqloss(df, models, QUANTILES).set_index("unique_id")["f"]
    absolute = df.groupby("unique_id")["y"].apply(lambda y: y.abs().sum())
    cell = losses.mase(df, ["f"], SEASON, train).set_index("unique_id")["f"]
    expected = {
        "mase": cell.mean(),
        "cells": [cell[f"{s}_{o}"] for s in range(SERIES) for o in range(ORIGINS)],
        "smape": losses.smape(df, ["f"])["f"].mean(),
        "mae": losses.mae(df, ["f"])["f"].mean(),
        "rmse": float(np.sqrt((losses.rmse(df, ["f"])["f"] ** 2).mean())),
        "wql": float(2 * (mql * HORIZON).sum() / absolute.sum()),
        "sql": float(2 * losses.scaled_mqloss(df, models, QUANTILES, SEASON, train)["f"].mean()),
        "coverage": {str(level): losses.coverage(df, ["f"], level)["f"].mean() for level in LEVELS},
    }
    sample = [-0.63, -0.19, -0.78, -0.44, -0.2, 0.38, -0.06, -0.3]
    test = stats.ttest_1samp(sample, 0, alternative="less")
    flips = stats.permutation_test(
        (np.array(sample),), np.mean, permutation_type="samples", alternative="less", n_resamples=np.inf
    )
    binomial = [
        {"hits": hits, "count": count, "interval": list(stats.binomtest(hits, count).proportion_ci(0.95))}
        for hits, count in [(0, 10), (7, 10), (96, 96), (77, 96), (4321, 5000)]
    ]
    differences = rng.normal(0.3, 1, 48).cumsum() * 0.2 + rng.normal(0, 1, 48)
    diebold = []
    for lag in (0, 5, 11):
        fitted = OLS(differences, np.ones(48)).fit(cov_type="HAC", cov_kwds={"maxlags": lag}, use_t=True)
        diebold.append({"lag": lag, "t": float(fitted.tvalues[0]), "p": float(fitted.pvalues[0])})
    quantiles = [{"p": p, "freedom": n, "t": stats.t.ppf(p, n)} for p in (0.05, 0.95, 0.99) for n in (2, 4, 7, 30)]
    golden = {
        "shape": {"series": SERIES, "origins": ORIGINS, "horizon": HORIZON, "levels": LEVELS},
        "actual": actual.ravel().tolist(),
        "scale": scale.ravel().tolist(),
        "predictions": predictions.ravel().tolist(),
        "expected": expected,
        "tests": {"sample": sample, "t_less": test.pvalue, "sign_flip_less": flips.pvalue},
        "binomial": binomial,
        "t_quantiles": quantiles,
        "diebold_mariano": {"differences": differences.tolist(), "tests": diebold},
    }
    Path(__file__).with_name("metrics.json").write_text(json.dumps(golden) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
