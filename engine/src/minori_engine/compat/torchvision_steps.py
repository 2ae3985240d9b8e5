# pyright: reportMissingImports=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportPrivateImportUsage=false, reportAttributeAccessIssue=false
"""torchvision.transforms.v2 (BSD-3), where somebody has installed it: never part of the environment."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from minori_engine.errors import TaskFailure
from minori_engine.image.pictures import colored

if TYPE_CHECKING:
    from minori_engine.image.augment import Transform
    from minori_engine.image.messages import AugmentationStep


def torchvision_transform(steps: "list[AugmentationStep]") -> "Transform":
    """Names and parameters as its documentation has them. `p` is given to those that know one, and put
    around the others."""
    try:
        import torch
        from torchvision.transforms import v2
    except (ImportError, RuntimeError) as error:
        raise TaskFailure(
            "unavailable", "library_missing", {"library": "torchvision"}, repr(error)
        ) from error
    made: list[tuple[str, Any]] = []
    for step in steps:
        kind = getattr(v2, step.name, None)
        if not isinstance(kind, type) or not issubclass(kind, v2.Transform):
            raise TaskFailure("bad_data", "operation_unknown", {"library": "torchvision", "name": step.name})
        try:
            made.append((step.name, _make(v2, kind, step)))
        except (TypeError, ValueError) as error:
            raise _wrong(step.name, str(error)) from error

    def transform(pixels: NDArray[np.uint8], generator: np.random.Generator) -> NDArray[np.uint8]:
        tensor = torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(generator.integers(2**31)))
            for name, one in made:
                try:
                    tensor = one(tensor)
                except (TypeError, ValueError, RuntimeError) as error:
                    raise _wrong(name, str(error)) from error
        return colored(tensor.numpy().transpose(1, 2, 0))

    return transform


def _wrong(name: str, why: str) -> TaskFailure:
    return TaskFailure("bad_data", "operation_parameters", {"library": "torchvision", "name": name}, why)


def _make(v2: Any, kind: Any, step: "AugmentationStep") -> Any:  # noqa: ANN401
    if step.p is None:
        return kind(**step.params)
    try:
        return kind(**step.params, p=step.p)
    except TypeError:
        return v2.RandomApply([kind(**step.params)], p=step.p)
