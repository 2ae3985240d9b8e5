"""What a family of models is to the engine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from minori_engine.errors import TaskFailure
from minori_engine.forecast.exogenous import Beside, Role
from minori_engine.forecast.panel import Floats, Indices

Kind = Literal["baseline", "statistical", "boosting", "neural", "foundation"]
CostClass = Literal["instant", "fast", "slow"]
LibrarySetName = Literal["forecast", "neural"]


@dataclass(frozen=True)
class Question:
    """What is asked of a family: `h` steps, intervals at `levels` percent, `season` steps long."""

    h: int
    season: int
    levels: tuple[float, ...]
    params: Mapping[str, Any]

    @property
    def width(self) -> int:
        """Columns of a forecast: mean, then lo and hi per level."""
        return 1 + 2 * len(self.levels)


@dataclass(frozen=True)
class Note:
    """Something a reader of the result should know; the UI words the code."""

    code: str
    params: dict[str, Any]


@dataclass(frozen=True)
class PanelModel:
    """Forecasts all rows of a matrix at once.

    `forecast(y, question)`: y (series, n), NaN before a series begins and in its gaps. Returns
    (series, h, width); a row it cannot do is NaN.
    """

    forecast: Callable[[Floats, Question], Floats]


@dataclass(frozen=True)
class SeriesModel:
    """Forecasts one series: y (n,) without NaN, returns (h, width). May raise: then another family
    takes the series over. `min_points`: with fewer it is not even tried."""

    forecast: Callable[[Floats, Question], Floats]
    min_points: int


@dataclass(frozen=True)
class Histories:
    """Series for a model that learns from many: `y[i]` (n_i,) without NaN; `times[i]` (n_i,) the
    integer index, or microseconds since 1970; `numbers[i]` tells the series apart; `beside[i]`: its
    other columns (no entries at all: there are none)."""

    y: list[Floats]
    times: list[Indices]
    numbers: list[int]
    beside: list[Beside] = field(default_factory=list[Beside])


class GaveUp(Exception):
    """Others learned better by now: this training is not worth its end."""


def _unchecked(_share: float, _loss: float) -> None:
    return None


@dataclass(frozen=True)
class Lesson:
    """What surrounds the learning of a global model.

    `step(share)` is told 0..1 as it goes and may raise `Stopped`; `record(name, step, value)` keeps
    a point of telemetry; `checked(share, loss)` is told each validation loss and may raise `GaveUp`;
    from monotonic time `ends_at` on, learning ends with what it has.
    """

    freq: str
    seed: int
    step: Callable[[float], None]
    record: Callable[[str, float, float], None]
    ends_at: float | None
    checked: Callable[[float, float], None] = _unchecked


Forecaster = Callable[[Histories], Floats]
"""Histories -> (series, h, width), for series that need not be those it learned from."""


@dataclass(frozen=True)
class GlobalModel:
    """Learns from all series at once, then forecasts any of them.

    `min_points(question)`: shorter series neither teach nor are forecast. Its family has an option
    `refit`: whether each backtest origin is learned anew, or all are forecast by one model that has
    learned from what lies before the oldest.
    """

    fit: Callable[[Histories, Question, Lesson], Forecaster]
    min_points: Callable[[Question], int]


Model = PanelModel | SeriesModel | GlobalModel

MAX_SEASON: Final = 10_000


def no_notes(_question: Question, _lengths: Indices) -> list[Note]:
    return []


@dataclass(frozen=True)
class IntegerParameter:
    """A whole number; `default` None means that the family chooses. `log`: how a sampler spaces it."""

    minimum: int
    maximum: int
    default: int | None
    log: bool = False

    def check(self, name: str, value: object) -> int | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
            raise bad_parameter(name, value)
        if not self.minimum <= value <= self.maximum:
            raise bad_parameter(name, value)
        return int(value)

    def describe(self) -> dict[str, Any]:
        return {
            "type": "int",
            "low": self.minimum,
            "high": self.maximum,
            "log": self.log,
            "default": self.default,
        }


@dataclass(frozen=True)
class RealParameter:
    """A number between two bounds, both allowed; `default` None means that the family chooses."""

    minimum: float
    maximum: float
    default: float | None
    log: bool = False

    def check(self, name: str, value: object) -> float | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise bad_parameter(name, value)
        if not self.minimum <= value <= self.maximum:
            raise bad_parameter(name, value)
        return float(value)

    def describe(self) -> dict[str, Any]:
        return {
            "type": "float",
            "low": self.minimum,
            "high": self.maximum,
            "log": self.log,
            "default": self.default,
        }


@dataclass(frozen=True)
class ChoiceParameter:
    """One of a few values; `default` None means that the family chooses."""

    choices: tuple[str | int | float | bool, ...]
    default: str | int | float | bool | None

    def check(self, name: str, value: object) -> str | int | float | bool | None:
        if value is None:
            return None
        for choice in self.choices:
            # 1 == True, and 2.0 must not pass for a word.
            if choice == value and isinstance(value, bool) == isinstance(choice, bool):
                return choice
        raise bad_parameter(name, value)

    def describe(self) -> dict[str, Any]:
        return {"type": "categorical", "choices": list(self.choices), "default": self.default}


Parameter = IntegerParameter | RealParameter | ChoiceParameter


def bad_parameter(name: str, value: object) -> TaskFailure:
    return TaskFailure("bad_data", "bad_parameter", {"parameter": name, "value": value})


@dataclass(frozen=True)
class Family:
    """One family. `needs`: libraries by distribution name. `source`: paper or library.

    `parameters`: what a user may set. `space`: what a sampler may ask for as well. `options`:
    settings that change how the family works and are not searched. `library_set`: the host that
    has its libraries warm. `exogenous`: columns it can use besides the values.
    """

    id: str
    kind: Kind
    cost: CostClass
    model: Model
    source: str
    needs: tuple[str, ...] = ("numpy",)
    parameters: Mapping[str, IntegerParameter] = field(default_factory=dict[str, IntegerParameter])
    space: Mapping[str, Parameter] = field(default_factory=dict[str, Parameter])
    options: Mapping[str, Parameter] = field(default_factory=dict[str, Parameter])
    library_set: LibrarySetName = "forecast"
    exogenous: tuple[Role, ...] = ()
    notes: Callable[[Question, Indices], list[Note]] = no_notes

    def check_params(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """All parameters with their defaults; TaskFailure for an unknown name or a bad value."""
        known: dict[str, Parameter] = {**self.parameters, **self.options, **self.space}
        unknown = sorted(set(params) - set(known))
        if unknown:
            raise TaskFailure("bad_data", "unknown_parameter", {"family": self.id, "parameter": unknown[0]})
        return {
            name: parameter.check(name, params.get(name, parameter.default))
            for name, parameter in known.items()
        }


def refit(default: bool) -> dict[str, Parameter]:
    """The option every global model has."""
    return {"refit": ChoiceParameter(choices=(True, False), default=default)}


SEASON_LENGTH: Final = {"season_length": IntegerParameter(minimum=1, maximum=MAX_SEASON, default=None)}
"""For families with a season: another one than the data's own."""
SEASONS: Final = {
    **SEASON_LENGTH,
    "second_season": IntegerParameter(minimum=2, maximum=MAX_SEASON, default=None),
}
"""For families that see two seasons at once: hours of a day and of a week."""
