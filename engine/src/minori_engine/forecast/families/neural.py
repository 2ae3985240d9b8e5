"""NeuralForecast's networks, sized for a CPU and the data at hand; `network_learning` says how they learn."""

from collections.abc import Mapping
from typing import Any, Final

from minori_engine.forecast.family import (
    SEASON_LENGTH,
    ChoiceParameter,
    Family,
    GlobalModel,
    IntegerParameter,
    Parameter,
    RealParameter,
    Role,
    refit,
)
from minori_engine.forecast.network_learning import Shape, learner, min_points


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
        model=GlobalModel(learner(model, shape), min_points),
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
