"""Augmentation as `auguments.yaml` names it: three libraries behind one call.

Random numbers come from (seed, epoch, index) and nothing else, so a training that is
resumed sees what the undisturbed one would have seen.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from minori_engine.errors import TaskFailure
from minori_engine.image.builtin_augment import OPERATIONS
from minori_engine.image.messages import AugmentationPlan, AugmentationStep
from minori_engine.image.ops import resize
from minori_engine.image.pictures import Pixels

Transform = Callable[[Pixels, np.random.Generator], Pixels]
NOT_PIXELS: Final = frozenset({"Normalize", "ToTensor", "ToTensorV2", "ToDtype", "ConvertImageDtype"})
"""They make the network's numbers of the pixels; what is seen and saved is as before them."""


def draws(seed: int, epoch: int, index: int) -> np.random.Generator:
    """The random numbers of one picture in one epoch: the same wherever, and whenever, it is asked for."""
    return np.random.default_rng(np.random.SeedSequence([seed, epoch, index]))


def to_size(pixels: Pixels, plan: AugmentationPlan) -> Pixels:
    """`image.size` of the document."""
    return pixels if plan.size is None else resize(pixels, plan.size[1], plan.size[0])


def build(library: str, steps: list[AugmentationStep]) -> Transform:
    """Raises TaskFailure `library_missing` (unavailable) or `operation_unknown` (bad_data)."""
    steps = [step for step in steps if step.name not in NOT_PIXELS]
    match library:
        case "albumentations":
            from minori_engine.compat.albumentations_steps import albumentations_transform

            return albumentations_transform(steps)
        case "torchvision":
            from minori_engine.compat.torchvision_steps import torchvision_transform

            return torchvision_transform(steps)
        case _:
            return _builtin(steps)


def _builtin(steps: list[AugmentationStep]) -> Transform:
    for step in steps:
        if step.name not in OPERATIONS:
            raise TaskFailure("bad_data", "operation_unknown", {"library": "builtin", "name": step.name})

    def transform(pixels: Pixels, generator: np.random.Generator) -> Pixels:
        for step in steps:
            # Drawn for every step, so that a step's luck does not hang on the one before.
            own = generator.spawn(1)[0]
            if own.random() < (1.0 if step.p is None else step.p):
                pixels = OPERATIONS[step.name](pixels, own, step.params)
        return np.ascontiguousarray(pixels)

    return transform
