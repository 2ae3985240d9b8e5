"""The list of families, found by looking into the families package."""

import functools
import importlib
import importlib.metadata
import json
import pkgutil
from typing import Any

from minori_engine import __version__
from minori_engine.errors import TaskFailure
from minori_engine.forecast import families as package
from minori_engine.forecast.family import Family
from minori_engine.task.context import TaskContext


@functools.cache
def families() -> dict[str, Family]:
    """Family id -> family, in the order of their modules' names."""
    found: dict[str, Family] = {}
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda item: item.name):
        for family in importlib.import_module(f"{package.__name__}.{module.name}").FAMILIES:
            if family.id in found:
                raise ValueError(f"two families are called {family.id}")
            found[family.id] = family
    return found


def find_family(name: str) -> Family:
    family = families().get(name)
    if family is None:
        raise TaskFailure("bad_data", "unknown_family", {"family": name})
    return family


def catalog(_context: TaskContext) -> dict[str, Any]:
    """Task `forecast.catalog`: what this engine can do, with the versions of its libraries."""
    return describe()


def describe() -> dict[str, Any]:
    versions = {
        name: importlib.metadata.version(name) for family in families().values() for name in family.needs
    }
    return {
        "engine": __version__,
        "versions": dict(sorted(versions.items())),
        "families": [
            {
                "id": family.id,
                "kind": family.kind,
                "cost": family.cost,
                "needs": list(family.needs),
                "source": family.source,
                "parameters": {
                    name: {
                        "minimum": parameter.minimum,
                        "maximum": parameter.maximum,
                        "default": parameter.default,
                    }
                    for name, parameter in family.parameters.items()
                },
                "space": {name: parameter.describe() for name, parameter in family.space.items()},
                "options": {name: parameter.describe() for name, parameter in family.options.items()},
                "library_set": family.library_set,
                "exogenous": list(family.exogenous),
            }
            for family in families().values()
        ],
    }


if __name__ == "__main__":
    # For packages/planner/scripts/import-spaces.ts.
    print(json.dumps(describe()))
