"""Scaled errors per origin of the first families on sets with and without anything to forecast.

`python make_backtests.py backtests.json` writes the sets that are committed: AirPassengers, ten
shuffles of it and, when the file is given as second argument, the last 300 draws of a lottery.
`python make_backtests.py OUT --null N SEED` simulates N null sets of eight kinds for `test full`.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from statsforecast import StatsForecast
from statsforecast.models import (
    AutoETS,
    DynamicOptimizedTheta,
    HistoricAverage,
    Naive,
    SeasonalNaive,
    WindowAverage,
)
from statsforecast.utils import AirPassengers

Panel = list[np.ndarray]
ORIGINS = 8


def backtest(panel: Panel, horizon: int, season: int, min_train: int) -> dict[str, list[float | None]]:
    """Mean absolute scaled error per origin (mean over series), oldest first, for each family."""
    models = [Naive(), HistoricAverage(), WindowAverage(season if season > 1 else min(horizon, 12))]
    names = ["naive", "historic_mean", "window_average"]
    if season > 1:
        models.append(SeasonalNaive(season))
        names.append("seasonal_naive")
    models += [AutoETS(season_length=season if season <= 24 else 1), DynamicOptimizedTheta(season_length=season)]
    names += ["auto_ets", "dynamic_optimized_theta"]
    frames, cutoffs = [], {}
    for s, y in enumerate(panel):
        for origin in range(ORIGINS):
            cutoff = len(y) - horizon * (ORIGINS - origin)
            if cutoff >= min_train:
                uid = f"{s:03d}_{origin}"
                cutoffs[uid] = (s, origin, cutoff)
                frames.append(pd.DataFrame({"unique_id": uid, "ds": np.arange(1, cutoff + 1), "y": y[:cutoff]}))
    forecaster = StatsForecast(models, freq=1, fallback_model=Naive())
    forecast = forecaster.forecast(df=pd.concat(frames), h=horizon)
    columns = [column for column in forecast.columns if column not in ("unique_id", "ds")]
    errors = {name: np.full((len(panel), ORIGINS), np.nan) for name in [*names, "historic_median"]}
    for uid, group in forecast.groupby("unique_id"):
        s, origin, cutoff = cutoffs[str(uid)]
        y = panel[s]
        lag = season if cutoff > season else 1
        scale = np.abs(y[lag:cutoff] - y[: cutoff - lag]).mean()
        truth = y[cutoff : cutoff + horizon]
        for name, column in zip(names, columns, strict=True):
            errors[name][s, origin] = np.abs(group[column].to_numpy() - truth).mean() / scale
        errors["historic_median"][s, origin] = np.abs(np.median(y[:cutoff]) - truth).mean() / scale
    means = {name: np.nanmean(values, 0) for name, values in errors.items()}
    return {name: [None if np.isnan(e) else round(float(e), 6) for e in mean] for name, mean in means.items()}


def null_set(kind: int, rng: np.random.Generator, base: np.ndarray) -> tuple[Panel, int, int]:
    """(panel, horizon, season) without anything a simple forecast does not know."""
    n, season, horizon = int(rng.integers(60, 200)), int(rng.choice([1, 4, 12])), int(rng.choice([4, 6]))
    if kind == 0:
        return [rng.permutation(base)], 12, 12
    if kind == 1:
        return [rng.normal(10, 1, n)], horizon, season
    if kind == 2:
        return [rng.normal(0, 1, n).cumsum() + 50], horizon, season
    if kind == 3:
        return [np.exp(rng.normal(0, 0.7, n))], horizon, season
    if kind == 4:
        return [np.abs(rng.standard_t(3, n)) * 10], horizon, season
    if kind == 5:
        draws = np.array([np.sort(rng.choice(43, 6, replace=False) + 1) for _ in range(n)], float)
        return list(draws.T), horizon, 1
    if kind == 6:
        return [rng.integers(0, 2, n).astype(float) + 1 for _ in range(5)], horizon, season
    steps = rng.normal(0, 1, (n // 12 + 2, 12)).cumsum(0).ravel()[: max(n, 130)] + 30
    return [steps], horizon, 12


def main() -> None:
    """See the module's text."""
    warnings.filterwarnings("ignore")
    out = Path(sys.argv[1])
    base = AirPassengers.astype(float)
    sets: list[dict[str, object]] = []
    if "--null" in sys.argv:
        count, seed = (int(value) for value in sys.argv[sys.argv.index("--null") + 1 :][:2])
        rng = np.random.default_rng(seed)
        for index in range(count):
            panel, horizon, season = null_set(index % 8, rng, base)
            errors = backtest(panel, horizon, season, max(2 * season, 8))
            sets.append({"name": f"null_{index % 8}_{index}", "errors": errors})
    else:
        sets.append({"name": "air_passengers", "errors": backtest([base], 12, 12, 24)})
        rng = np.random.default_rng(20261121)
        for index in range(10):
            sets.append({"name": f"shuffled_{index}", "errors": backtest([rng.permutation(base)], 12, 12, 24)})
        if len(sys.argv) > 2:
            draws = pd.read_csv(sys.argv[2], encoding="cp932").iloc[-300:, 2:9].to_numpy(float)
            sets.append({"name": "loto6", "errors": backtest(list(draws.T), 12, 1, 24)})
    out.write_text(json.dumps(sets, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
