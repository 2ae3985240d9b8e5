"""The lives of attempts: started, watched, ended in time, reaped, recorded."""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from minori_engine.errors import EXIT_NO_DISK, NoDisk
from minori_engine.host.launch import Mode, launch
from minori_engine.process import signal_group
from minori_engine.protocol import EndedBy, Exited, Failed, HostAttempt, TaskDocument, decode_task
from minori_engine.spool import Spool, final_record
from minori_engine.task.run import EVENTS_FILE

RESERVE_FILE: Final = ".reserve"
RESERVE_BYTES: Final = 16_384
"""Kept in the attempt folder so that an ending can be recorded on a disk that has filled up."""
RETRY_SECONDS: Final = 1.0
GROUP_POLL_SECONDS: Final = 0.01
GROUP_SECONDS: Final = 5.0
MAX_REMEMBERED: Final = 10_000
RSS_UNIT: Final = 1 if sys.platform == "darwin" else 1024


class Refused(Exception):
    """A command that cannot be carried out; the word goes back in `reply.error`."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


@dataclass
class Ending:
    """What the kernel said of the dead leader."""

    exit_code: int | None
    signal: str | None
    cpu_seconds: float
    max_rss_bytes: int
    give_up_at: float


@dataclass
class Attempt:
    """One task of this host. `pid` is None while the host is not ready to fork."""

    task: TaskDocument
    pid: int | None = None
    wake: int | None = None
    limit_at: float | None = None
    kill_at: float | None = None
    ended_by: EndedBy | None = None
    ending: Ending | None = None
    retry_at: float = 0.0

    @property
    def id(self) -> int:
        return self.task.attempt_id


class Supervisor:
    """Owns the children. Never blocks, knows nothing of sockets.

    `woken(attempt_id)`: new records lie in the spool. `exited(attempt_id)`: the last one does.
    `watch(descriptor, attempt_id)` and `unwatch(descriptor)` register wake pipes.
    """

    def __init__(
        self,
        exited: Callable[[int], None],
        watch: Callable[[int, int], None],
        unwatch: Callable[[int], None],
    ) -> None:
        self._exited = exited
        self._watch = watch
        self._unwatch = unwatch
        self._mode: Mode | None = None
        self._alive: dict[int, Attempt] = {}
        self._by_pid: dict[int, Attempt] = {}
        self._past: dict[int, int | None] = {}

    @property
    def idle(self) -> bool:
        return not self._alive

    def open(self, mode: Mode) -> None:
        """From now on tasks start; those that came earlier start here."""
        self._mode = mode
        for attempt in list(self._alive.values()):
            if attempt.ended_by is None:
                self._start_or_record(attempt)

    def submit(self, folder: str) -> HostAttempt:
        """Starts the task of a folder, once: a known attempt is answered with its state."""
        path = Path(folder)
        try:
            task = decode_task((path / "task.json").read_bytes())
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Refused("bad_task") from error
        if not path.is_absolute() or Path(task.folder) != path:
            raise Refused("bad_task")
        known = self._known(task.attempt_id)
        if known is not None:
            return known
        events = path / EVENTS_FILE
        if final_record(events) is not None:
            self._remember(task.attempt_id, None)
            return HostAttempt(task.attempt_id, "exited", None)
        if events.exists():
            # Another host, now dead, has begun it: a second start would write into its records.
            raise Refused("already_started")
        _keep_reserve(path)
        attempt = Attempt(task)
        self._alive[attempt.id] = attempt
        if self._mode is not None:
            self._start_or_record(attempt)
        return HostAttempt(attempt.id, "running", attempt.pid)

    def stop(self, attempt_id: int, grace: float) -> HostAttempt:
        attempt = self._alive.get(attempt_id)
        if attempt is not None:
            self._end(attempt, "stop", grace)
        known = self._known(attempt_id)
        if known is None:
            raise Refused("unknown_attempt")
        return known

    def stop_all(self, ended_by: EndedBy, grace: float) -> None:
        for attempt in list(self._alive.values()):
            self._end(attempt, ended_by, grace)

    def attempts(self) -> list[HostAttempt]:
        past = [HostAttempt(attempt_id, "exited", pid) for attempt_id, pid in self._past.items()]
        return past + [HostAttempt(attempt.id, "running", attempt.pid) for attempt in self._alive.values()]

    def next_deadline(self) -> float | None:
        """Monotonic time at which `tick` has something to do."""
        times: list[float] = []
        for attempt in self._alive.values():
            if attempt.ending is not None:
                times.append(attempt.retry_at)
                continue
            times += [at for at in (attempt.limit_at, attempt.kill_at) if at is not None]
        return min(times, default=None)

    def tick(self) -> None:
        """Enforces what is due: time limits, ends of grace, records that could not be written."""
        now = time.monotonic()
        for attempt in list(self._alive.values()):
            if attempt.ending is not None:
                if attempt.retry_at <= now:
                    self._finish(attempt)
                continue
            if attempt.limit_at is not None and attempt.limit_at <= now:
                attempt.limit_at = None
                self._end(attempt, "time_limit", attempt.task.limits.grace_seconds)
            if attempt.kill_at is not None and attempt.kill_at <= now and attempt.pid is not None:
                attempt.kill_at = None
                signal_group(attempt.pid, signal.SIGKILL)

    def reap(self) -> None:
        """Collects every child that has ended; orphans of a task come here too (subreaper)."""
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            attempt = self._by_pid.pop(pid, None)
            if attempt is None:
                continue
            code = os.waitstatus_to_exitcode(status)
            attempt.ending = Ending(
                exit_code=code if code >= 0 else None,
                signal=None if code >= 0 else signal.Signals(-code).name,
                cpu_seconds=usage.ru_utime + usage.ru_stime,
                max_rss_bytes=usage.ru_maxrss * RSS_UNIT,
                give_up_at=time.monotonic() + GROUP_SECONDS,
            )
            if attempt.wake is not None:
                self._unwatch(attempt.wake)
                os.close(attempt.wake)
                attempt.wake = None
            self._finish(attempt)

    def _known(self, attempt_id: int) -> HostAttempt | None:
        attempt = self._alive.get(attempt_id)
        if attempt is not None:
            return HostAttempt(attempt_id, "running", attempt.pid)
        if attempt_id in self._past:
            return HostAttempt(attempt_id, "exited", self._past[attempt_id])
        return None

    def _start_or_record(self, attempt: Attempt) -> None:
        if self._mode is None:
            return
        try:
            attempt.pid, attempt.wake = launch(self._mode, attempt.task)
        except OSError as error:
            print(f"attempt {attempt.id}: cannot start a process: {error}", file=sys.stderr, flush=True)
            self._record_unstarted(attempt)
            return
        self._by_pid[attempt.pid] = attempt
        self._watch(attempt.wake, attempt.id)
        if attempt.task.limits.seconds is not None:
            attempt.limit_at = time.monotonic() + attempt.task.limits.seconds

    def _end(self, attempt: Attempt, ended_by: EndedBy, grace: float) -> None:
        """SIGTERM now, SIGKILL after the grace. The first reason stays, the shortest grace wins."""
        if attempt.ending is not None:
            return
        kill_at = time.monotonic() + grace
        if attempt.ended_by is None:
            attempt.ended_by = ended_by
            if attempt.pid is None:
                self._record_unstarted(attempt)
                return
            attempt.kill_at = kill_at
            signal_group(attempt.pid, signal.SIGTERM)
            # The server may hold it where it is; then it could not hear.
            signal_group(attempt.pid, signal.SIGCONT)
        elif attempt.kill_at is not None:
            attempt.kill_at = min(attempt.kill_at, kill_at)

    def _record_unstarted(self, attempt: Attempt) -> None:
        attempt.ending = Ending(None, None, 0.0, 0, 0.0)
        self._finish(attempt)

    def _finish(self, attempt: Attempt) -> None:
        """Writes the last record once the whole group is dead; tried again until it is done."""
        ending = attempt.ending
        if ending is None:
            return
        now = time.monotonic()
        if attempt.pid is not None and _group_alive(attempt.pid) and now < ending.give_up_at:
            attempt.retry_at = now + GROUP_POLL_SECONDS
            return
        try:
            _record_end(attempt.task, ending, attempt.ended_by)
        except (NoDisk, OSError) as error:
            print(f"attempt {attempt.id}: its end cannot be recorded: {error}", file=sys.stderr, flush=True)
            attempt.retry_at = now + RETRY_SECONDS
            if Path(attempt.task.folder).is_dir():
                return
            # The folder was deleted under us: nobody will ever read that record.
        del self._alive[attempt.id]
        self._remember(attempt.id, attempt.pid)
        self._exited(attempt.id)

    def _remember(self, attempt_id: int, pid: int | None) -> None:
        self._past[attempt_id] = pid
        while len(self._past) > MAX_REMEMBERED:
            del self._past[next(iter(self._past))]


def _group_alive(leader: int) -> bool:
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _record_end(task: TaskDocument, ending: Ending, ended_by: EndedBy | None) -> None:
    folder = Path(task.folder)
    (folder / RESERVE_FILE).unlink(missing_ok=True)
    spool = Spool(folder / EVENTS_FILE, lambda: None, background=False)
    with contextlib.closing(spool):
        if spool.last_is_exit:
            return
        if ending.exit_code == EXIT_NO_DISK:
            spool.append(Failed(seq=1, at=0, cause="no_disk", code="disk_full", params={}, detail=""))
        spool.append(
            Exited(
                seq=1,
                at=0,
                exit_code=ending.exit_code,
                signal=ending.signal,
                ended_by=ended_by or "itself",
                cpu_seconds=round(ending.cpu_seconds, 3),
                max_rss_bytes=ending.max_rss_bytes,
            )
        )


def _keep_reserve(folder: Path) -> None:
    try:
        (folder / RESERVE_FILE).write_bytes(os.urandom(RESERVE_BYTES))
    except OSError as error:
        with contextlib.suppress(OSError):
            (folder / RESERVE_FILE).unlink(missing_ok=True)
        raise Refused("no_disk") from error
