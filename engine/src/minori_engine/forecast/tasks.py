"""The forecast tasks by verb."""

from typing import Final

from minori_engine.task.context import TaskFunction

TASKS: Final[dict[str, TaskFunction]] = {}
