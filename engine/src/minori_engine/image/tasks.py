"""The image tasks by verb."""

from typing import Final

from minori_engine.image.duplicates import duplicates
from minori_engine.image.embed import embed
from minori_engine.image.preview import preview
from minori_engine.image.queues import queues
from minori_engine.image.sheets import sheets
from minori_engine.image.survey import survey
from minori_engine.image.tools import tools
from minori_engine.task.context import TaskFunction

TASKS: Final[dict[str, TaskFunction]] = {
    "embed": embed,
    "duplicates": duplicates,
    "queues": queues,
    "preview": preview,
    "survey": survey,
    "sheets": sheets,
    "tools": tools,
}
