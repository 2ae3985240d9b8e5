"""A small real training; a forked child of the neural host runs it once at start."""

import numpy as np

from minori_engine.compat.neural import Training, train

MONTHS = 36


def run() -> None:
    """Raises when torch cannot work in this process."""
    months = np.arange(MONTHS, dtype=np.float64)
    y = np.sin(2 * np.pi * months / 12)
    training = Training(
        model="NLinear",
        shape={},
        h=2,
        input_size=12,
        levels=(80,),
        scaler="standard",
        learning_rate=1e-2,
        steps=3,
        series_batch=1,
        windows_batch=8,
        validation=2,
        seed=1,
        step=lambda _share: None,
        record=lambda _name, _step, _value: None,
        checked=lambda _share, _loss: None,
        ends_at=None,
    )
    if not np.isfinite(train([y], [], training)([y], [])).all():
        raise ArithmeticError("a network gave no finite forecast")
