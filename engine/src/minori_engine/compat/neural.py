# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportMissingParameterType=false, reportPrivateImportUsage=false
"""NeuralForecast's plain classes: lists of arrays in, one array out. Importing this takes seconds."""

import logging
import math
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import pytorch_lightning as pl
import torch
from neuralforecast import NeuralForecast, models
from neuralforecast.losses.pytorch import DistributionLoss, MQLoss
from numpy.typing import NDArray

Array = NDArray[np.float64]
Sides = list[tuple[Array, Array, Array]]
"""Per series what stands beside its n values: (n + h, columns) known ahead, (n, columns) known so
far, (columns,) fixed; an empty list where there is nothing."""
Network = Callable[[list[Array], Sides], Array]
"""pasts and sides -> (series, h, 1 + 2 * levels): median, then lo and hi per level in the given order."""

CHECKS: Final = 15
"""Looks at the validation loss in a full training."""
PATIENCE: Final = 5
QUIET: Final = ("pytorch_lightning", "lightning.pytorch", "lightning.fabric", "lightning_fabric")
NO_MEMORY: Final = ("DefaultCPUAllocator", "not enough memory", "CUDA out of memory")


@dataclass(frozen=True)
class Training:
    """One training. `shape`: the class's own arguments. `validation`: newest points of each series
    that are only looked at (0 = none). `step(share)`, `record(name, step, value)` and
    `checked(share, loss)` as in `Lesson`.
    """

    model: str
    shape: Mapping[str, Any]
    h: int
    input_size: int
    levels: Sequence[float]
    scaler: str
    learning_rate: float
    steps: int
    series_batch: int
    windows_batch: int
    validation: int
    seed: int
    step: Callable[[float], None]
    record: Callable[[str, float, float], None]
    checked: Callable[[float, float], None]
    ends_at: float | None


class BestWeights(pl.Callback):
    """Reports each step, ends the training in time, and puts back the weights that did best on the
    validation points: the library keeps the last."""

    def __init__(self, training: Training) -> None:
        self._training = training
        self._best = math.inf
        self._weights: dict[str, Any] | None = None

    def on_train_batch_end(
        self,
        trainer: Any,  # noqa: ANN401
        pl_module: Any,  # noqa: ANN401
        outputs: Any,  # noqa: ANN401
        batch: Any,  # noqa: ANN401
        batch_idx: int,
    ) -> None:
        training = self._training
        training.step(trainer.global_step / training.steps)
        if training.ends_at is not None and time.monotonic() >= training.ends_at:
            trainer.should_stop = True

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:  # noqa: ANN401
        loss = trainer.callback_metrics.get("ptl/val_loss")
        if loss is None or trainer.sanity_checking:
            return
        value = float(loss)
        self._training.record("validation_loss", trainer.global_step, value)
        if value < self._best:
            self._best = value
            self._weights = {name: part.detach().clone() for name, part in pl_module.state_dict().items()}
        self._training.checked(trainer.global_step / self._training.steps, self._best)

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:  # noqa: ANN401
        if self._weights is not None:
            pl_module.load_state_dict(self._weights)


def train(pasts: list[Array], sides: Sides, training: Training) -> Network:
    """Learns from `pasts` (n_i,) and `sides` at about unit scale. MemoryError when the memory does
    not suffice."""
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)
    levels = [int(level) if level == int(level) else level for level in training.levels]
    loss = (
        DistributionLoss("StudentT", level=levels, return_params=False)
        if training.model == "DeepAR"
        else MQLoss(level=levels)
    )
    checked = training.validation > 0
    names = _names(sides)
    lists = zip(("futr_exog_list", "hist_exog_list", "stat_exog_list"), names, strict=True)
    network = getattr(models, training.model)(
        h=training.h,
        input_size=training.input_size,
        loss=loss,
        **({"valid_loss": MQLoss(level=levels)} if training.model == "DeepAR" else {}),
        max_steps=training.steps,
        learning_rate=training.learning_rate,
        early_stop_patience_steps=PATIENCE if checked else -1,
        val_check_steps=max(1, training.steps // CHECKS),
        batch_size=training.series_batch,
        windows_batch_size=training.windows_batch,
        inference_windows_batch_size=1024,
        start_padding_enabled=True,
        scaler_type=training.scaler,
        random_seed=training.seed,
        alias="network",
        callbacks=[BestWeights(training)],
        accelerator="cpu",
        devices=1,
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        enable_checkpointing=False,
        **{argument: columns for argument, columns in lists if columns},
        **training.shape,
    )
    forecaster = NeuralForecast(models=[network], freq=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            forecaster.fit(
                _table(pasts, sides, names), static_df=_fixed(sides, names), val_size=training.validation
            )
        except RuntimeError as error:
            if any(word in str(error) for word in NO_MEMORY):
                raise MemoryError(str(error)) from error
            raise
    columns = ["network-median"]
    for level in levels:
        columns += [f"network-lo-{level}", f"network-hi-{level}"]

    def forecast(known: list[Array], beside: Sides) -> Array:
        with warnings.catch_warnings(), torch.inference_mode():
            warnings.simplefilter("ignore")
            found: Any = forecaster.predict(
                df=_table(known, beside, names),
                static_df=_fixed(beside, names),
                futr_df=_coming(known, beside, names, training.h),
            )
        return found[columns].to_numpy(np.float64).reshape(len(known), training.h, len(columns))

    return forecast


Names = tuple[list[str], list[str], list[str]]
"""Of the columns known ahead, known so far, and fixed."""


def _names(sides: Sides) -> Names:
    if not sides:
        return [], [], []
    futr, hist, stat = sides[0]
    return (
        [f"futr_{column}" for column in range(futr.shape[1])],
        [f"hist_{column}" for column in range(hist.shape[1])],
        [f"stat_{column}" for column in range(len(stat))],
    )


def _table(pasts: list[Array], sides: Sides, names: Names) -> pd.DataFrame:
    lengths = [len(y) for y in pasts]
    table = pd.DataFrame(
        {
            "unique_id": np.repeat(np.arange(len(pasts)), lengths),
            "ds": np.concatenate([np.arange(length) for length in lengths]),
            "y": np.concatenate(pasts).astype(np.float32),
        }
    )
    futr, hist, _ = names
    if futr:
        known = [ahead[:length] for (ahead, _, _), length in zip(sides, lengths, strict=True)]
        table[futr] = np.concatenate(known).astype(np.float32)
    if hist:
        table[hist] = np.concatenate([past for _, past, _ in sides]).astype(np.float32)
    return table


def _coming(pasts: list[Array], sides: Sides, names: Names, h: int) -> pd.DataFrame | None:
    futr, _, _ = names
    if not futr:
        return None
    table = pd.DataFrame(
        {
            "unique_id": np.repeat(np.arange(len(pasts)), h),
            "ds": np.concatenate([np.arange(len(y), len(y) + h) for y in pasts]),
        }
    )
    table[futr] = np.concatenate([ahead[-h:] for ahead, _, _ in sides]).astype(np.float32)
    return table


def _fixed(sides: Sides, names: Names) -> pd.DataFrame | None:
    _, _, stat = names
    if not stat:
        return None
    table = pd.DataFrame({"unique_id": np.arange(len(sides))})
    table[stat] = np.stack([fixed for _, _, fixed in sides]).astype(np.float32)
    return table
