"""The forecast tasks by verb."""

from typing import Final

from minori_engine.forecast.catalog import catalog, families
from minori_engine.forecast.trial import run_trial
from minori_engine.task.context import TaskFunction

TASKS: Final[dict[str, TaskFunction]] = {"trial": run_trial, "catalog": catalog}

# A warm host loads every family before it forks.
families()
