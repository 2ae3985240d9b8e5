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
Network = Callable[[list[Array]], Array]
"""pasts -> (series, h, 1 + 2 * levels): median, then lo and hi per level in the given order."""

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


def train(pasts: list[Array], training: Training) -> Network:
    """Learns from `pasts` (n_i,) at about unit scale. MemoryError when the memory does not suffice."""
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)
    levels = [int(level) if level == int(level) else level for level in training.levels]
    loss = (
        DistributionLoss("StudentT", level=levels, return_params=False)
        if training.model == "DeepAR"
        else MQLoss(level=levels)
    )
    checked = training.validation > 0
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
        **training.shape,
    )
    forecaster = NeuralForecast(models=[network], freq=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            forecaster.fit(_table(pasts), val_size=training.validation)
        except RuntimeError as error:
            if any(word in str(error) for word in NO_MEMORY):
                raise MemoryError(str(error)) from error
            raise
    columns = ["network-median"]
    for level in levels:
        columns += [f"network-lo-{level}", f"network-hi-{level}"]

    def forecast(known: list[Array]) -> Array:
        with warnings.catch_warnings(), torch.inference_mode():
            warnings.simplefilter("ignore")
            found: Any = forecaster.predict(df=_table(known))
        return found[columns].to_numpy(np.float64).reshape(len(known), training.h, len(columns))

    return forecast


def _table(pasts: list[Array]) -> pd.DataFrame:
    lengths = [len(y) for y in pasts]
    return pd.DataFrame(
        {
            "unique_id": np.repeat(np.arange(len(pasts)), lengths),
            "ds": np.concatenate([np.arange(length) for length in lengths]),
            "y": np.concatenate(pasts).astype(np.float32),
        }
    )
