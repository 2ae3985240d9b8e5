# pyright: reportMissingImports=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
"""albumentations 2 (MIT), where somebody has installed it: optional, never part of the environment."""

import inspect
import os
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from minori_engine.errors import TaskFailure
from minori_engine.image.pictures import colored

if TYPE_CHECKING:
    from minori_engine.image.augment import Transform
    from minori_engine.image.messages import AugmentationStep


def albumentations_transform(steps: "list[AugmentationStep]") -> "Transform":
    """Names and parameters as its documentation has them; lists become the tuples it wants."""
    # On import it asks the internet for a newer version, unless told not to.
    os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
    try:
        import albumentations
    except ImportError as error:
        raise TaskFailure(
            "unavailable", "library_missing", {"library": "albumentations"}, repr(error)
        ) from error
    made: list[tuple[str, Any]] = []
    for step in steps:
        kind = getattr(albumentations, step.name, None)
        if not isinstance(kind, type) or not issubclass(kind, albumentations.BasicTransform):
            raise TaskFailure(
                "bad_data", "operation_unknown", {"library": "albumentations", "name": step.name}
            )
        # It would only warn of them.
        unknown = sorted(set(step.params) - set(inspect.signature(kind).parameters))
        if unknown:
            raise _wrong(step.name, f"no such parameter: {', '.join(unknown)}")
        chance = {} if step.p is None else {"p": step.p}
        try:
            made.append((step.name, albumentations.Compose([kind(**_tuples(step.params), **chance)])))
        except (TypeError, ValueError) as error:
            raise _wrong(step.name, str(error)) from error

    def transform(pixels: NDArray[np.uint8], generator: np.random.Generator) -> NDArray[np.uint8]:
        for name, one in made:
            one.set_random_seed(int(generator.integers(2**31)))
            try:
                pixels = one(image=pixels)["image"]
            except ValueError as error:
                raise _wrong(name, str(error)) from error
        return colored(pixels)

    return transform


def _wrong(name: str, why: str) -> TaskFailure:
    return TaskFailure("bad_data", "operation_parameters", {"library": "albumentations", "name": name}, why)


def _tuples(value: Any) -> Any:  # noqa: ANN401
    match value:
        case list():
            return tuple(_tuples(one) for one in value)
        case dict():
            return {name: _tuples(one) for name, one in value.items()}
        case _:
            return value
