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


OUT_OF_MEMORY_WORDS: Final = (
    "bad_alloc",
    "bad allocation",
    "can't allocate memory",
    "cannot allocate memory",
)
"""How C++ below LightGBM, torch and others says it: they raise errors of their own."""


def memory_ran_out(error: BaseException) -> bool:
    """Whether this error, or what it came from, is a lack of memory."""
    cause = error.__cause__ or error.__context__
    words = str(error).lower()
    return (
        isinstance(error, MemoryError)
        or any(word in words for word in OUT_OF_MEMORY_WORDS)
        or (cause is not None and cause is not error and memory_ran_out(cause))
    )
