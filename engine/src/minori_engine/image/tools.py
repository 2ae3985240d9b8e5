"""Task `image.tools`: the own steps that lie in the folder, and the optional libraries that are installed."""

import importlib.util
from pathlib import Path
from typing import Any

import msgspec

from minori_engine.image.messages import Library, ToolsInput, ToolsResult, read_input
from minori_engine.image.plugins import list_plugins
from minori_engine.task.context import TaskContext


def tools(context: TaskContext) -> dict[str, Any]:
    asked = read_input(context.input, ToolsInput)
    libraries = [
        Library("albumentations", importlib.util.find_spec("albumentations") is not None),
        Library("torchvision", importlib.util.find_spec("torchvision") is not None),
    ]
    return msgspec.to_builtins(ToolsResult(list_plugins(Path(asked.plugins)), libraries))
