# pyright: reportMissingImports=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
"""albumentations 2 (MIT), where somebody has installed it: optional, never part of the environment."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from minori_engine.errors import TaskFailure

if TYPE_CHECKING:
    from minori_engine.image.augment import Transform
    from minori_engine.image.messages import AugmentationStep


def albumentations_transform(steps: "list[AugmentationStep]") -> "Transform":
    """Names and parameters as its documentation has them; lists become the tuples it wants."""
    try:
        import albumentations
    except ImportError as error:
        raise TaskFailure(
            "unavailable", "library_missing", {"library": "albumentations"}, repr(error)
        ) from error
    made: list[Any] = []
    for step in steps:
        kind = getattr(albumentations, step.name, None)
        if not isinstance(kind, type) or not issubclass(kind, albumentations.BasicTransform):
            raise TaskFailure(
                "bad_data", "operation_unknown", {"library": "albumentations", "name": step.name}
            )
        chance = {} if step.p is None else {"p": step.p}
        try:
            made.append(kind(**_tuples(step.params), **chance))
        except (TypeError, ValueError) as error:
            raise TaskFailure(
                "bad_data",
                "operation_parameters",
                {"library": "albumentations", "name": step.name},
                str(error),
            ) from error
    composed = albumentations.Compose(made)

    def transform(pixels: NDArray[np.uint8], generator: np.random.Generator) -> NDArray[np.uint8]:
        composed.set_random_seed(int(generator.integers(2**31)))
        return np.ascontiguousarray(composed(image=pixels)["image"])

    return transform


def _tuples(params: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in params.items()}
