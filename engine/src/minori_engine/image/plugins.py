"""Preprocessing steps of one's own: `plugins/preprocessing/<name>.py` with `apply(image, **params)`."""

import ast
import importlib.util
import re
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
from msgspec import Meta, Struct

from minori_engine.errors import TaskFailure
from minori_engine.image.pictures import Pixels

NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,60}")
PLAIN: Final = (bool, int, float, str, list, type(None))
"""Defaults that a form can show."""


def apply_plugin(pixels: Pixels, plugin: str, params: dict[str, Any], folder: Path) -> Pixels:
    """(height, width, 3) uint8 in, the same kind out. A mistake is told with its line."""
    path = folder / f"{plugin}.py"
    function = _load(path, plugin)
    try:
        result = np.asarray(function(pixels.copy(), **params))
    except Exception as error:
        raise _failed(path, plugin, error) from error
    if result.dtype != np.uint8 or result.ndim != 3 or result.shape[2] != 3 or 0 in result.shape:
        raise TaskFailure(
            "bad_data",
            "plugin_wrong_answer",
            {"plugin": plugin, "shape": list(result.shape), "type": str(result.dtype)},
        )
    return np.ascontiguousarray(result)


def _load(path: Path, plugin: str) -> Callable[..., Any]:
    if not path.is_file():
        raise TaskFailure("bad_data", "plugin_missing", {"plugin": plugin})
    spec = importlib.util.spec_from_file_location(f"minori_plugin_{plugin}", path)
    if spec is None or spec.loader is None:
        raise TaskFailure("bad_data", "plugin_missing", {"plugin": plugin})
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        return module.apply
    except Exception as error:
        raise _failed(path, plugin, error) from error


def _failed(path: Path, plugin: str, error: Exception) -> TaskFailure:
    return TaskFailure(
        "bad_data",
        "plugin_failed",
        {"plugin": plugin, "line": _line_of(path, error), "message": f"{type(error).__name__}: {error}"},
        "".join(traceback.format_exception(error)),
    )


def _line_of(path: Path, error: BaseException) -> int | None:
    """The innermost line of the file itself, not of the library that it called."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return error.lineno
    lines = [
        frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)
    ]
    return lines[-1] if lines else None


class PluginParameter(Struct, forbid_unknown_fields=True):
    name: str
    default: Any
    """null where there is none, or where it is no plain value."""


class PluginError(Struct, forbid_unknown_fields=True):
    line: Annotated[int, Meta(ge=1)] | None
    message: str


class Plugin(Struct, forbid_unknown_fields=True):
    name: str
    about: str
    """The first line of the function's or the file's docstring."""
    parameters: list[PluginParameter]
    error: PluginError | None


def list_plugins(folder: Path) -> list[Plugin]:
    """What lies in the folder, read and not run."""
    if not folder.is_dir():
        return []
    files = sorted(path for path in folder.glob("*.py") if NAME.fullmatch(path.stem))
    return [_describe(path) for path in files]


def _describe(path: Path) -> Plugin:
    def wrong(line: int | None, message: str) -> Plugin:
        return Plugin(path.stem, "", [], PluginError(line, message))

    try:
        tree = ast.parse(path.read_text("utf-8"))
    except SyntaxError as error:
        return wrong(error.lineno, error.msg)
    except (OSError, ValueError) as error:
        return wrong(None, str(error))
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "apply"]
    if not found:
        return wrong(None, "def apply(image, **params)")
    function = found[-1]
    about = ast.get_docstring(function) or ast.get_docstring(tree) or ""
    return Plugin(path.stem, about.split("\n")[0], _parameters(function.args), None)


def _parameters(arguments: ast.arguments) -> list[PluginParameter]:
    """All but the picture itself."""
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(plain) - len(arguments.defaults))
    defaults += arguments.defaults
    pairs = [*zip(plain, defaults, strict=True)][1:]
    pairs += zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return [PluginParameter(argument.arg, _literal(default)) for argument, default in pairs]


def _literal(node: ast.expr | None) -> Any:  # noqa: ANN401
    try:
        value = None if node is None else ast.literal_eval(node)
    except ValueError:
        return None
    return value if type(value) in PLAIN else None
