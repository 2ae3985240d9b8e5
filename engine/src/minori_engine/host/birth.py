"""The environment a host is born with: one thread everywhere, nothing leaves the machine."""

import os
import sys
from pathlib import Path

ONE_THREAD = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "RAYON_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "POLARS_MAX_THREADS",
)
OFFLINE = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
}


def birth_environment(home: Path) -> dict[str, str]:
    """What must be set before the interpreter starts; a second thread in the parent would make
    its forks hang, and a hash seed of its own would make equal tasks differ."""
    return {
        **dict.fromkeys(ONE_THREAD, "1"),
        **OFFLINE,
        "PYTHONHASHSEED": "0",
        "NUMBA_CACHE_DIR": os.environ.get("NUMBA_CACHE_DIR", str(home / "tmp" / "numba")),
        "MPLCONFIGDIR": os.environ.get("MPLCONFIGDIR", str(home / "tmp" / "matplotlib")),
    }


def be_born(home: Path) -> None:
    """Starts this program again with that environment unless it has it. Keeps the process id."""
    wanted = birth_environment(home)
    if all(os.environ.get(name) == value for name, value in wanted.items()):
        return
    environment = {**os.environ, **wanted}
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment)  # noqa: S606
