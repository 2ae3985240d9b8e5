"""What a task is given: its document and the ways to say something."""

import contextlib
import hashlib
import math
import os
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

from msgspec import UNSET

from minori_engine.errors import TaskFailure
from minori_engine.protocol import (
    Artifact,
    Log,
    LogLevel,
    Metric,
    Partial,
    Progress,
    Result,
    TaskDocument,
    TaskEvent,
    encode,
)
from minori_engine.spool import MAX_RECORD_BYTES, MAX_TEXT, Spool
from minori_engine.task.stop import StopRequest

UNNUMBERED: Final = 1
"""`seq` and `at` of an event that the spool has not numbered yet."""

StopHook = Callable[[], dict[str, Any] | None]


class TaskContext:
    """One running task. Its methods belong to the task's main thread."""

    def __init__(self, task: TaskDocument, spool: Spool, stop: StopRequest) -> None:
        self.task = task
        self.input: dict[str, Any] = task.input
        self.folder = Path(task.folder)
        self.seed = task.seed
        self.threads = task.limits.threads
        self._spool = spool
        self._stop = stop
        self._stop_hook: StopHook | None = None

    def progress(
        self,
        fraction: float | None,
        phase: str,
        done: float | None = None,
        total: float | None = None,
    ) -> None:
        """`fraction` in 0..1 or None when the end is unknown; `phase` is a word the UI translates."""
        share = None if fraction is None else min(1.0, max(0.0, fraction))
        self._append(
            Progress(
                seq=UNNUMBERED,
                at=0,
                fraction=share,
                phase=phase,
                done=UNSET if done is None else done,
                total=UNSET if total is None else total,
            )
        )

    def log(self, level: LogLevel, message: str) -> None:
        text = message.encode("utf-8", "replace").decode()[:MAX_TEXT]
        self._append(Log(seq=UNNUMBERED, at=0, level=level, message=text))

    def metric(self, series: str, steps: Sequence[float], values: Sequence[float]) -> None:
        """Points of one telemetry series; a value that is not finite is stored as null."""
        known = [float(value) if math.isfinite(value) else None for value in values]
        self._append(Metric(seq=UNNUMBERED, at=0, series=series, steps=list(steps), values=known))

    def partial(self, value: dict[str, Any]) -> None:
        """What exists already and may be shown although the task goes on."""
        self._append(Partial(seq=UNNUMBERED, at=0, value=value), durable=True)

    @contextlib.contextmanager
    def new_file(self, name: str) -> Generator[BinaryIO]:
        """Opens `name` in the attempt folder for writing: complete and on disk, or not there."""
        temporary = self.folder / f".{name}.tmp"
        try:
            with self._stop.deferred():
                with open(temporary, "wb") as file:
                    yield file
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(temporary, self.folder / name)
                _sync_folder(self.folder)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def artifact(self, name: str, path: str, media_type: str) -> None:
        """Announces a finished file of the attempt folder with its size and SHA-256."""
        with open(self.folder / path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
        self._append(
            Artifact(
                seq=UNNUMBERED, at=0, name=name, path=path, media_type=media_type, bytes=size, sha256=digest
            )
        )

    def on_stop(self, hook: StopHook) -> None:
        """`hook` runs when the host asks the task to stop, within the grace.

        It writes a checkpoint; what it returns (if anything) becomes the task's result.
        """
        self._stop_hook = hook

    def stopped(self) -> dict[str, Any] | None:
        return None if self._stop_hook is None else self._stop_hook()

    def result(self, value: dict[str, Any]) -> None:
        """Records the result; the task's function returns it, the runner calls this."""
        event = Result(seq=UNNUMBERED, at=0, value=value)
        size = len(encode(event))
        if size > MAX_RECORD_BYTES // 2:
            raise TaskFailure("bug", "result_too_large", {"bytes": size})
        self._append(event, durable=True)

    def _append(self, event: TaskEvent, *, durable: bool = False) -> None:
        with self._stop.deferred():
            self._spool.append(event, durable=durable)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


TaskFunction = Callable[[TaskContext], dict[str, Any]]
