"""The image tasks by verb."""

from typing import Final

from minori_engine.image.encoder import try_encoder
from minori_engine.image.preview import preview
from minori_engine.image.sheets import sheets
from minori_engine.image.survey import survey
from minori_engine.image.tools import tools
from minori_engine.task.context import TaskFunction

TASKS: Final[dict[str, TaskFunction]] = {
    "preview": preview,
    "survey": survey,
    "sheets": sheets,
    "tools": tools,
    "encoder": try_encoder,
}
