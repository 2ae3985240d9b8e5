"""SIGTERM inside a task: a request to stop that never tears a record or a file in two."""

import contextlib
import signal
from collections.abc import Generator
from types import FrameType


class Stopped(BaseException):
    """Raised in the task's main thread when the host asked it to stop.

    Not an `Exception`: code that guards one series against a failing fit must not swallow it.
    """


class StopRequest:
    """Turns the first SIGTERM into `Stopped`, outside of deferred sections only."""

    def __init__(self) -> None:
        self.requested = False
        self._depth = 0
        self._raised = False

    def install(self) -> None:
        signal.signal(signal.SIGTERM, self._handle)

    def ignore(self) -> None:
        """From here on SIGTERM changes nothing: the task is ending anyway."""
        self._raised = True

    @contextlib.contextmanager
    def deferred(self) -> Generator[None]:
        """Main thread only: a stop that arrives inside is raised at the end."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
        self._raise_if_due()

    def _handle(self, _signal: int, _frame: FrameType | None) -> None:
        self.requested = True
        self._raise_if_due()

    def _raise_if_due(self) -> None:
        if self.requested and self._depth == 0 and not self._raised:
            self._raised = True
            raise Stopped
