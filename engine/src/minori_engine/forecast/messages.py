"""Input and result of `forecast.trial`, as `packages/contract/src/trial.ts` has them."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from minori_engine.errors import TaskFailure
from minori_engine.protocol import NaturalInt, PositiveInt, PositiveSeconds

Level = Annotated[float, Meta(gt=0, lt=100)]


class SeriesSlice(Struct, forbid_unknown_fields=True):
    """Some series of the file, in its order."""

    offset: NaturalInt
    count: PositiveInt


class Rung(Struct, forbid_unknown_fields=True):
    """A share of a training, and the loss above which it is given up there (None: never)."""

    share: Annotated[float, Meta(gt=0, lt=1)]
    limit: float | None


class Shuffled(Struct, forbid_unknown_fields=True):
    """A column whose values are put in another order before anything is forecast."""

    column: str
    seed: NaturalInt


class Exogenous(Struct, forbid_unknown_fields=True):
    """Names of columns by role; `future`: the file with what is known of the time after the end;
    `shuffled`: learning sees the true order all the same."""

    futr: list[str]
    hist: list[str]
    stat: list[str]
    future: str | None
    shuffled: Shuffled | None = None


class TrialInput(Struct, forbid_unknown_fields=True):
    """See trial.ts for the meaning of each field."""

    parquet: str
    freq: str
    season: PositiveInt
    h: PositiveInt
    origins: NaturalInt
    min_train: PositiveInt
    levels: Annotated[list[Level], Meta(min_length=1, max_length=9)]
    family: str
    params: dict[str, Any]
    series: SeriesSlice | None
    predict: bool
    deadline_seconds: PositiveSeconds | None
    rival: list[float | None] | None = None
    rungs: list[Rung] | None = None
    exogenous: Exogenous | None = None


class Fallback(Struct, forbid_unknown_fields=True):
    """`series` counts in the file; `origin` is None for the forecast itself."""

    series: int
    origin: int | None
    used: str
    reason: str


class TrialNote(Struct, forbid_unknown_fields=True):
    code: str
    params: dict[str, Any]


class TrialFiles(Struct, forbid_unknown_fields=True):
    """Names in the attempt folder; None where there is nothing to hold."""

    ds: str
    forecast: str | None
    backtest: str | None


class TrialResult(Struct, forbid_unknown_fields=True):
    family: str
    series: NaturalInt
    h: PositiveInt
    levels: list[Level]
    origins: NaturalInt
    origins_done: NaturalInt
    fits: NaturalInt
    fallbacks: list[Fallback]
    fallback_count: NaturalInt
    notes: list[TrialNote]
    files: TrialFiles
    stopped: bool
    seconds_fit: float
    seconds_total: float
    pruned: bool = False
    errors: list[float | None] = []
    rungs: list[tuple[float, float]] = []


def read_input(value: dict[str, Any]) -> TrialInput:
    """TaskFailure `bad_input` (a bug of the caller) with the field that is wrong."""
    try:
        return msgspec.convert(value, TrialInput)
    except msgspec.ValidationError as error:
        raise TaskFailure("bug", "bad_input", {"message": str(error)}) from error
