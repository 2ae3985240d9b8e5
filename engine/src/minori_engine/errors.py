"""Errors with a meaning for people: a cause, a stable code and its parameters."""

from typing import Any, Final

from minori_engine.protocol import FailureCause

EXIT_OK: Final = 0
EXIT_FAILED: Final = 1
"""The task recorded why it failed."""
EXIT_NO_DISK: Final = 74
"""The task could not even record it: the host does so from the space it kept back."""
EXIT_STOPPED: Final = 143
"""Ended by SIGTERM before there was a result."""


class TaskFailure(Exception):
    """Ends a task with a `failed` record; `code` and `params` are worded by the UI."""

    def __init__(
        self, cause: FailureCause, code: str, params: dict[str, Any] | None = None, detail: str = ""
    ) -> None:
        super().__init__(f"{cause}: {code}")
        self.cause: FailureCause = cause
        self.code = code
        self.params: dict[str, Any] = params or {}
        self.detail = detail


class NoDisk(Exception):
    """The spool cannot be written: disk full, quota, or a failing device."""
