"""Which module holds the tasks of a kind. Modules load when their first task runs, or warm in a host."""

import importlib
from typing import Final

from minori_engine.errors import TaskFailure
from minori_engine.task.context import TaskFunction

MODULES: Final = {
    "selftest": "minori_engine.selftest",
    "forecast": "minori_engine.forecast.tasks",
    "sampler": "minori_engine.sampler.tasks",
    "image": "minori_engine.image.tasks",
}


def task_function(kind: str) -> TaskFunction:
    """The function of a kind; its module has a table TASKS: verb -> function."""
    feature, verb = kind.split(".", 1)
    module = MODULES.get(feature)
    tasks: dict[str, TaskFunction] = {} if module is None else importlib.import_module(module).TASKS
    if verb not in tasks:
        raise TaskFailure("bug", "unknown_task", {"kind": kind})
    return tasks[verb]
