"""Library sets: what a host imports before it forks. One host process holds one set."""

import importlib
import importlib.metadata
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class LibrarySet:
    """`modules` are imported in this order; `canary` (module:function) is a small real piece of
    work that a forked child must finish before forking is trusted."""

    modules: tuple[str, ...]
    distributions: tuple[str, ...]
    canary: str


LIBRARY_SETS: Final = {
    "forecast": LibrarySet(
        modules=(
            "minori_engine.selftest",
            "numpy",
            "pandas",
            "pyarrow.parquet",
            "scipy.stats",
            "statsforecast.models",
            "lightgbm",
            "mlforecast",
            "optuna",
            "minori_engine.forecast.tasks",
            "minori_engine.sampler.tasks",
        ),
        distributions=(
            "numpy",
            "pandas",
            "pyarrow",
            "scipy",
            "statsforecast",
            "utilsforecast",
            "lightgbm",
            "mlforecast",
            "optuna",
            # Not imported here: what the neural host will bring.
            "torch",
            "neuralforecast",
        ),
        canary="minori_engine.forecast.canary:run",
    ),
    "neural": LibrarySet(
        modules=(
            "minori_engine.selftest",
            "numpy",
            "pandas",
            "pyarrow.parquet",
            "scipy.stats",
            "torch",
            "minori_engine.compat.neural",
            "minori_engine.forecast.tasks",
        ),
        distributions=("numpy", "pandas", "pyarrow", "torch", "lightning", "neuralforecast"),
        canary="minori_engine.forecast.neural_canary:run",
    ),
    "vision": LibrarySet(
        modules=(
            "minori_engine.selftest",
            "numpy",
            "PIL.Image",
            "torch",
            "minori_engine.compat.encoders",
            "minori_engine.compat.classifier",
            "minori_engine.image.tasks",
        ),
        distributions=("numpy", "pillow", "scikit-learn", "torch"),
        canary="minori_engine.image.canary:run",
    ),
}


def import_libraries(libraries: LibrarySet, between: Callable[[], None]) -> float:
    """Imports the set, calling `between` after each module; seconds it took."""
    started = time.monotonic()
    for module in libraries.modules:
        importlib.import_module(module)
        between()
    return time.monotonic() - started


def library_versions(libraries: LibrarySet) -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for name in libraries.distributions:
        versions[name] = importlib.metadata.version(name)
    return versions


def run_canary(libraries: LibrarySet) -> None:
    module, function = libraries.canary.split(":")
    getattr(importlib.import_module(module), function)()
