"""What a family of models is to the engine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from minori_engine.errors import TaskFailure
from minori_engine.forecast.panel import Floats, Indices

Kind = Literal["baseline", "statistical", "boosting", "neural", "foundation"]
CostClass = Literal["instant", "fast", "slow"]


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
    message: str


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


MAX_SEASON: Final = 10_000


def no_notes(_question: Question, _lengths: Indices) -> list[Note]:
    return []


@dataclass(frozen=True)
class IntegerParameter:
    """A whole number a user may set; `default` None means that the family chooses."""

    minimum: int
    maximum: int
    default: int | None

    def check(self, name: str, value: object) -> int | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
            raise TaskFailure("bad_data", "bad_parameter", {"parameter": name, "value": value})
        if not self.minimum <= value <= self.maximum:
            raise TaskFailure("bad_data", "bad_parameter", {"parameter": name, "value": value})
        return int(value)


@dataclass(frozen=True)
class Family:
    """One family. `needs`: libraries by distribution name. `source`: paper or library."""

    id: str
    kind: Kind
    cost: CostClass
    model: PanelModel | SeriesModel
    source: str
    needs: tuple[str, ...] = ("numpy",)
    parameters: Mapping[str, IntegerParameter] = field(default_factory=dict[str, IntegerParameter])
    notes: Callable[[Question, Indices], list[Note]] = no_notes

    def check_params(self, params: Mapping[str, Any]) -> dict[str, int | None]:
        """All parameters with their defaults; TaskFailure for an unknown name or a bad value."""
        unknown = sorted(set(params) - set(self.parameters))
        if unknown:
            raise TaskFailure("bad_data", "unknown_parameter", {"family": self.id, "parameter": unknown[0]})
        return {
            name: parameter.check(name, params.get(name, parameter.default))
            for name, parameter in self.parameters.items()
        }


SEASON_LENGTH: Final = {"season_length": IntegerParameter(minimum=1, maximum=MAX_SEASON, default=None)}
"""For families with a season: another one than the data's own."""
