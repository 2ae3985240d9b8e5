"""Neural networks, sized for a CPU and for the data at hand.

One network learns from all series. By default one training before the oldest backtest origin
serves all origins (`refit: false`), a second one on everything gives the forecast. The newest
points of each series choose the weights, as they do in what is judged.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from minori_engine.forecast.exogenous import Beside
from minori_engine.forecast.family import (
    SEASON_LENGTH,
    ChoiceParameter,
    Family,
    Forecaster,
    GlobalModel,
    Histories,
    IntegerParameter,
    Lesson,
    Parameter,
    Question,
    RealParameter,
    Role,
    refit,
)
from minori_engine.forecast.panel import Floats

LONGEST_INPUT: Final = 512
MOST_SERIES_AT_ONCE: Final = 64
FEWEST_POINTS: Final = 8
VALIDATION_SHARE: Final = 0.15
MOST_VALIDATION_WINDOWS: Final = 3
CALIBRATION_ORIGINS: Final = 24
MOST_CALIBRATIONS: Final = 2_000
"""Forecasts made to see how far the quantiles hold, over all series."""

Shape = Callable[[Mapping[str, Any], int, int], dict[str, Any]]
"""(params, h, input size) -> the class's own arguments."""


def _min_points(question: Question) -> int:
    return max(FEWEST_POINTS, question.h + 2)


def _input_size(question: Question, length: int) -> int:
    """A multiple of the horizon, or by itself enough to see two seasons; at most what there is."""
    multiple = question.params["input_multiple"]
    wanted = multiple * question.h if multiple else 2 * max(question.h, question.season)
    return int(np.clip(wanted, 4, max(4, min(length - question.h, LONGEST_INPUT))))


def _validation(h: int, length: int) -> int:
    windows = int(np.clip(VALIDATION_SHARE * length / h, 1, MOST_VALIDATION_WINDOWS))
    return windows * h


def _learner(model: str, shape: Shape) -> Callable[[Histories, Question, Lesson], Forecaster]:
    def fit(histories: Histories, question: Question, lesson: Lesson) -> Forecaster:
        # Only the host of the neural library set has this warm; importing it takes seconds.
        from minori_engine.compat.neural import Training, train

        params, h = question.params, question.h
        lengths = np.array([len(y) for y in histories.y])
        length = int(np.median(lengths))
        input_size = _input_size(question, length)
        validation = _validation(h, length)
        # Both sides of the cut need a window; where no series has that, nothing is held back.
        long_enough = lengths >= validation + h + FEWEST_POINTS
        if not long_enough.any():
            validation, long_enough = 0, np.ones(len(lengths), bool)
        teachers = np.flatnonzero(long_enough)
        taught = [_scaled(histories.y[teacher])[0] for teacher in teachers]
        sides = _Sides.of([histories.beside[teacher] for teacher in teachers] if histories.beside else [])
        windows = sum(max(1, len(y) - h) for y in taught)
        network = train(
            taught,
            sides.scaled(sides.known),
            Training(
                model=model,
                shape=shape(params, h, input_size),
                h=h,
                input_size=input_size,
                levels=question.levels,
                scaler=params["scaler"],
                learning_rate=params["learning_rate"],
                steps=params["steps"],
                series_batch=min(len(taught), MOST_SERIES_AT_ONCE),
                windows_batch=params["windows_batch"] or int(np.clip(windows // 2, 32, 256)),
                validation=validation,
                seed=lesson.seed % 2**31,
                step=lesson.step,
                record=lesson.record,
                checked=lesson.checked,
                ends_at=lesson.ends_at,
            ),
        )

        widening = _widening(network, taught, sides, validation, question) if validation else 0.0

        def forecast(asked: Histories) -> Floats:
            scaled = [_scaled(y) for y in asked.y]
            center = np.array([center for _, center, _ in scaled])[:, None, None]
            scale = np.array([scale for _, _, scale in scaled])[:, None, None]
            found = network([y for y, _, _ in scaled], sides.scaled(asked.beside))
            return (found + widening) * scale + center

        return forecast

    return fit


@dataclass(frozen=True)
class _Sides:
    """What stands beside the values of the series that teach; `centers` and `scales` by role, so that
    a network is given all of it near 1."""

    known: list[Beside]
    centers: tuple[Floats, ...]
    scales: tuple[Floats, ...]

    @staticmethod
    def of(known: list[Beside]) -> "_Sides":
        if not known:
            return _Sides([], (), ())
        roles = [
            np.concatenate([beside.futr for beside in known]),
            np.concatenate([beside.hist for beside in known]),
            np.stack([beside.stat for beside in known]),
        ]
        spreads = [values.std(axis=0) for values in roles]
        scales = tuple(np.where(spread > 0, spread, 1.0) for spread in spreads)
        return _Sides(known, tuple(values.mean(axis=0) for values in roles), scales)

    def scaled(self, asked: list[Beside]) -> list[tuple[Floats, Floats, Floats]]:
        if not asked:
            return []
        (a, b, c), (u, v, w) = self.centers, self.scales
        return [((one.futr - a) / u, (one.hist - b) / v, (one.stat - c) / w) for one in asked]


def _widening(
    network: Callable[[list[Floats], list[tuple[Floats, Floats, Floats]]], Floats],
    taught: list[Floats],
    sides: _Sides,
    validation: int,
    question: Question,
) -> Floats:
    """(width,) what makes the quantiles hold on the points held back (conformalized quantile
    regression, Romano et al. 2019): networks that have seen little data are too sure of themselves."""
    h = question.h
    count = int(np.clip(MOST_CALIBRATIONS // len(taught), 1, CALIBRATION_ORIGINS))
    pasts: list[Floats] = []
    beside: list[Beside] = []
    seen: list[Floats] = []
    for teacher, y in enumerate(taught):
        for cutoff in np.unique(np.linspace(len(y) - validation, len(y) - 1, count).astype(int)):
            pasts.append(y[:cutoff])
            if sides.known:
                beside.append(sides.known[teacher].first(int(cutoff), h))
            actual = y[cutoff : cutoff + h]
            seen.append(np.concatenate([actual, np.full(h - len(actual), np.nan)]))
    found, actual = network(pasts, sides.scaled(beside)), np.stack(seen)
    widening = np.zeros(question.width)
    for position, level in enumerate(question.levels):
        low, high = 1 + 2 * position, 2 + 2 * position
        beyond = np.maximum(found[..., low] - actual, actual - found[..., high])
        scores = np.sort(beyond[np.isfinite(beyond)])
        if len(scores) > 0:
            rank = min(int(np.ceil((len(scores) + 1) * level / 100)), len(scores)) - 1
            widening[low], widening[high] = -scores[rank], scores[rank]
    return widening


def _scaled(y: Floats) -> tuple[Floats, float, float]:
    """Networks count in float32: values near 1, whatever the data's unit."""
    center, spread = float(y.mean()), float(y.std())
    scale = spread if spread > 0 and np.isfinite(spread) else 1.0
    return (y - center) / scale, center, scale


def _numbers(words: str) -> list[int]:
    return [int(word) for word in words.split(",")]


def _none(_params: Mapping[str, Any], _h: int, _input_size: int) -> dict[str, Any]:
    return {}


def _dlinear(params: Mapping[str, Any], _h: int, input_size: int) -> dict[str, Any]:
    window = params["moving_average"] or min(25, input_size // 2 * 2 - 1)
    return {"moving_avg_window": window}


def _mlp(params: Mapping[str, Any], _h: int, _input_size: int) -> dict[str, Any]:
    return {"hidden_size": params["hidden_size"], "num_layers": params["layers"]}


def _stacks(params: Mapping[str, Any]) -> dict[str, Any]:
    return {"mlp_units": 3 * [[params["hidden_size"]] * 2], "dropout_prob_theta": params["dropout"]}


def _nhits(params: Mapping[str, Any], _h: int, _input_size: int) -> dict[str, Any]:
    return {
        **_stacks(params),
        "n_pool_kernel_size": _numbers(params["pooling"]),
        "n_freq_downsample": _numbers(params["downsampling"]),
    }


def _nbeats(params: Mapping[str, Any], h: int, _input_size: int) -> dict[str, Any]:
    # A trend or a season needs more than one step ahead.
    return {**_stacks(params), **({"stack_types": 3 * ["identity"]} if h == 1 else {})}


def _recurrent(params: Mapping[str, Any], _h: int, _input_size: int) -> dict[str, Any]:
    return {
        "encoder_hidden_size": params["hidden_size"],
        "encoder_n_layers": params["layers"],
        "decoder_hidden_size": params["decoder_size"],
        # The library's default feeds whole histories to the encoder; windows are enough.
        "recurrent": False,
    }


def _tcn(params: Mapping[str, Any], _h: int, _input_size: int) -> dict[str, Any]:
    return {"encoder_hidden_size": params["hidden_size"], "decoder_hidden_size": params["decoder_size"]}


def _tide(params: Mapping[str, Any], _h: int, _input_size: int) -> dict[str, Any]:
    return {
        "hidden_size": params["hidden_size"],
        "decoder_output_dim": params["decoder_output"],
        "temporal_decoder_dim": params["temporal_decoder"],
        "num_encoder_layers": params["encoder_layers"],
        "num_decoder_layers": params["decoder_layers"],
        "dropout": params["dropout"],
        "layernorm": params["layernorm"],
    }


def _tft(params: Mapping[str, Any], _h: int, _input_size: int) -> dict[str, Any]:
    return {"hidden_size": params["hidden_size"], "n_head": params["heads"], "dropout": params["dropout"]}


def _patchtst(params: Mapping[str, Any], _h: int, input_size: int) -> dict[str, Any]:
    patch = min(params["patch"] or max(2, input_size // 4), input_size)
    return {
        "hidden_size": params["hidden_size"],
        "linear_hidden_size": 2 * params["hidden_size"],
        "n_heads": params["heads"],
        "encoder_layers": params["layers"],
        "patch_len": patch,
        "stride": max(1, patch // 2),
        "revin": params["revin"],
        "dropout": params["dropout"],
    }


def _deepar(params: Mapping[str, Any], _h: int, _input_size: int) -> dict[str, Any]:
    return {
        "lstm_hidden_size": params["hidden_size"],
        "lstm_n_layers": params["layers"],
        "lstm_dropout": params["dropout"],
    }


def _common(learning_rate: float, steps: int) -> dict[str, Parameter]:
    return {
        "input_multiple": ChoiceParameter(choices=(1, 2, 3, 4, 5), default=None),
        "learning_rate": RealParameter(minimum=1e-4, maximum=1e-1, default=learning_rate, log=True),
        "scaler": ChoiceParameter(choices=("identity", "robust", "standard"), default="standard"),
        "steps": IntegerParameter(minimum=20, maximum=2000, default=steps, log=True),
        "windows_batch": ChoiceParameter(choices=(32, 64, 128, 256, 512), default=None),
    }


def _sizes(default: int, *choices: int) -> ChoiceParameter:
    return ChoiceParameter(choices=choices, default=default)


def _count(minimum: int, maximum: int, default: int) -> IntegerParameter:
    return IntegerParameter(minimum=minimum, maximum=maximum, default=default)


DROPOUT: Final = RealParameter(minimum=0.0, maximum=0.5, default=0.0)
STACKS: Final[dict[str, Parameter]] = {"hidden_size": _sizes(64, 32, 64, 128, 256, 512), "dropout": DROPOUT}
RECURRENT: Final[dict[str, Parameter]] = {
    "hidden_size": _sizes(32, 16, 32, 64, 128),
    "layers": _count(1, 3, 1),
    "decoder_size": _sizes(32, 16, 32, 64, 128),
}


ALL: Final[tuple[Role, ...]] = ("futr", "hist", "stat")
EXOGENOUS: Final[dict[str, tuple[Role, ...]]] = {
    **dict.fromkeys(("MLP", "NHITS", "NBEATSx", "TiDE", "TFT", "LSTM", "GRU", "TCN"), ALL),
    "DeepAR": ("futr", "stat"),
}
"""The classes' EXOGENOUS_* flags."""


def _family(
    model: str, source: str, shape: Shape, learning_rate: float, steps: int, own: Mapping[str, Parameter]
) -> Family:
    return Family(
        id=model.lower(),
        kind="neural",
        cost="slow",
        model=GlobalModel(_learner(model, shape), _min_points),
        source=f"{source}; NeuralForecast {model}",
        needs=("neuralforecast", "torch"),
        parameters=SEASON_LENGTH,
        space={**_common(learning_rate, steps), **own},
        options=refit(False),
        library_set="neural",
        exogenous=EXOGENOUS.get(model, ()),
    )


FAMILIES: Final = (
    _family("NLinear", "Zeng et al. 2023", _none, 5e-3, 300, {}),
    _family(
        "DLinear",
        "Zeng et al. 2023",
        _dlinear,
        5e-3,
        300,
        {"moving_average": ChoiceParameter(choices=(5, 11, 25, 51), default=None)},
    ),
    _family(
        "MLP",
        "Rosenblatt 1958",
        _mlp,
        2e-3,
        300,
        {"hidden_size": _sizes(128, 64, 128, 256, 512, 1024), "layers": _count(2, 5, 2)},
    ),
    _family(
        "NHITS",
        "Challu et al. 2023",
        _nhits,
        2e-3,
        300,
        {
            **STACKS,
            "pooling": ChoiceParameter(
                choices=("2,2,1", "1,1,1", "2,2,2", "4,4,4", "8,4,1", "16,8,1"), default="2,2,1"
            ),
            "downsampling": ChoiceParameter(
                choices=("4,2,1", "168,24,1", "24,12,1", "180,60,1", "60,8,1", "40,20,1", "1,1,1"),
                default="4,2,1",
            ),
        },
    ),
    _family("NBEATS", "Oreshkin et al. 2020", _nbeats, 2e-3, 300, STACKS),
    _family("NBEATSx", "Olivares et al. 2023", _nbeats, 2e-3, 300, STACKS),
    _family("LSTM", "Hochreiter & Schmidhuber 1997", _recurrent, 5e-3, 300, RECURRENT),
    _family("GRU", "Cho et al. 2014", _recurrent, 5e-3, 300, RECURRENT),
    _family(
        "TCN",
        "Bai, Kolter & Koltun 2018",
        _tcn,
        5e-3,
        300,
        {"hidden_size": _sizes(32, 16, 32, 64, 128), "decoder_size": _sizes(32, 32, 64)},
    ),
    _family(
        "TiDE",
        "Das et al. 2023",
        _tide,
        2e-3,
        300,
        {
            "hidden_size": _sizes(64, 64, 128, 256, 512, 1024),
            "decoder_output": _sizes(8, 8, 16, 32),
            "temporal_decoder": _sizes(32, 32, 64, 128),
            "encoder_layers": _count(1, 3, 1),
            "decoder_layers": _count(1, 3, 1),
            "dropout": DROPOUT,
            "layernorm": ChoiceParameter(choices=(True, False), default=False),
        },
    ),
    _family(
        "TFT",
        "Lim et al. 2021",
        _tft,
        5e-3,
        150,
        {"hidden_size": _sizes(32, 16, 32, 64, 128), "heads": _sizes(4, 4, 8), "dropout": DROPOUT},
    ),
    _family(
        "PatchTST",
        "Nie et al. 2023",
        _patchtst,
        2e-3,
        200,
        {
            "hidden_size": _sizes(32, 16, 32, 64, 128),
            "heads": _sizes(4, 4, 16),
            "layers": _count(1, 3, 2),
            "patch": ChoiceParameter(choices=(4, 8, 16, 24), default=None),
            "revin": ChoiceParameter(choices=(False, True), default=True),
            "dropout": DROPOUT,
        },
    ),
    _family(
        "DeepAR",
        "Salinas et al. 2020",
        _deepar,
        5e-3,
        300,
        {"hidden_size": _sizes(32, 16, 32, 64, 128), "layers": _count(1, 3, 1), "dropout": DROPOUT},
    ),
)
