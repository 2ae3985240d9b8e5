"""Input and result of `sampler.ask` and `sampler.importance`, as `packages/contract/src/sampler.ts`."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from minori_engine.errors import TaskFailure
from minori_engine.protocol import NaturalInt, PositiveInt

Setting = str | int | float | bool
Direction = Literal["minimize", "maximize"]
Message = dict[str, Any]


class Whole(Struct, tag_field="type", tag="int", forbid_unknown_fields=True):
    low: int
    high: int
    log: bool
    default: int | None


class Real(Struct, tag_field="type", tag="float", forbid_unknown_fields=True):
    low: float
    high: float
    log: bool
    default: float | None


class Choice(Struct, tag_field="type", tag="categorical", forbid_unknown_fields=True):
    choices: Annotated[list[Setting], Meta(min_length=1)]
    default: Setting | None


Dimension = Whole | Real | Choice


class SamplerConfig(Struct, forbid_unknown_fields=True):
    name: Literal["random", "tpe", "qmc"]
    direction: Direction
    multivariate: bool
    startup_trials: NaturalInt
    defaults_first: bool


class SampledTrial(Struct, forbid_unknown_fields=True):
    number: NaturalInt
    state: Literal["running", "complete", "pruned", "failed"]
    params: dict[str, Setting]
    value: float | None
    intermediate: list[tuple[float, float]]
    attributes: dict[str, Any]


class AskInput(Struct, forbid_unknown_fields=True):
    seed: NaturalInt
    space: dict[str, Dimension]
    history: list[SampledTrial]
    config: SamplerConfig
    count: PositiveInt


class Proposal(Struct, forbid_unknown_fields=True):
    number: NaturalInt
    params: dict[str, Setting]
    attributes: dict[str, Any]


class AskResult(Struct, forbid_unknown_fields=True):
    proposals: list[Proposal]


class ImportanceInput(Struct, forbid_unknown_fields=True):
    seed: NaturalInt
    space: dict[str, Dimension]
    history: list[SampledTrial]
    direction: Direction


class Importance(Struct, forbid_unknown_fields=True):
    name: str
    share: float


class ImportanceResult(Struct, forbid_unknown_fields=True):
    importances: list[Importance]
    trials: NaturalInt


def read_ask(value: Message) -> AskInput:
    """TaskFailure `bad_input` (a bug of the caller) with the field that is wrong."""
    try:
        asked = msgspec.convert(value, AskInput)
    except msgspec.ValidationError as error:
        raise bad_input(str(error)) from error
    check_numbers(asked.history)
    return asked


def read_importance(value: Message) -> ImportanceInput:
    try:
        asked = msgspec.convert(value, ImportanceInput)
    except msgspec.ValidationError as error:
        raise bad_input(str(error)) from error
    check_numbers(asked.history)
    return asked


def check_numbers(history: list[SampledTrial]) -> None:
    if [trial.number for trial in history] != list(range(len(history))):
        raise bad_input("history must hold the trials 0, 1, 2, … in order")


def bad_input(message: str) -> TaskFailure:
    return TaskFailure("bug", "bad_input", {"message": message})
