"""The spool of one attempt: `events.jsonl`, appended by the task, read by the server.

Records are numbered without holes. A record goes to the file at once, so that the last words
before a crash are kept; those of a flood go together. What was written is fsynced, and the
reader woken, at most `BATCH_SECONDS` later; whoever appends a terminal record waits for that.
"""

import contextlib
import errno
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from minori_engine.errors import EXIT_NO_DISK, NoDisk
from minori_engine.protocol import Event, Exited, Log, Progress, TaskEvent, decode_event, encode

BATCH_SECONDS: Final = 0.2
WRITTEN_AT_ONCE: Final = 20
"""Records of one batch interval beyond these wait for its end."""
RETRY_SECONDS: Final = 3.0
"""How long a full disk may stay full before the task gives up."""
MAX_RECORD_BYTES: Final = 1 << 20
MAX_LOGS_PER_BATCH: Final = 200
"""More log lines than that in one batch are counted, not kept: nobody reads them."""
MAX_TEXT: Final = 16_384
NO_SPACE: Final = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EFBIG)
FIRST_TAIL_BYTES: Final = 1 << 16


class Spool:
    """Append-only writer of one attempt's events, usable from every thread of the task.

    `flushed` is called after each batch that reached the disk. With `background`, a thread
    writes the batches, and ends the process with `EXIT_NO_DISK` when the disk stays full: a task
    whose events cannot be kept is of no use. Without it (the host's own records) each append
    writes at once and raises `NoDisk`.
    """

    def __init__(self, path: Path, flushed: Callable[[], None], *, background: bool) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        last, end = read_tail(self._descriptor)
        os.ftruncate(self._descriptor, end)
        self._end = end
        self._unsynced = False
        self._since_sync = 0
        self._progressed = False
        self._seq = 0 if last is None else last.seq
        self.last_is_exit = isinstance(last, Exited)
        self._flushed = flushed
        self._pending: list[TaskEvent] = []
        self._dropped_logs = 0
        self._logs = 0
        self._closed = False
        self._changed = threading.Condition(threading.Lock())
        self._writing = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="spool", daemon=True) if background else None
        if self._thread is not None:
            self._thread.start()

    def append(self, event: TaskEvent, *, durable: bool = False) -> None:
        """Adds one record. `durable` returns only when it is on disk; raises `NoDisk`."""
        with self._changed:
            if isinstance(event, Log):
                if self._logs >= MAX_LOGS_PER_BATCH:
                    self._dropped_logs += 1
                    return
                self._logs += 1
            elif isinstance(event, Progress) and self._pending and isinstance(self._pending[-1], Progress):
                # Only the newest of several looks at the same moment is worth a record.
                self._pending.pop()
            event.at = _now()
            self._pending.append(event)
            self._changed.notify_all()
            self._since_sync += 1
            at_once = self._since_sync <= WRITTEN_AT_ONCE
            if isinstance(event, Progress):
                at_once = at_once and not self._progressed
                self._progressed = True
        if durable or self._thread is None:
            self.flush()
        elif at_once:
            with contextlib.suppress(NoDisk):  # the thread tries again, and knows when to give up
                self._write_pending()

    def flush(self) -> None:
        """Writes what is pending and fsyncs; on `NoDisk` it stays pending."""
        self._write_pending()
        with self._writing:
            if not self._unsynced:
                return
            try:
                os.fsync(self._descriptor)
            except OSError as error:
                raise NoDisk(str(error)) from error
            self._unsynced = False
            with self._changed:
                self._logs = 0
                self._since_sync = 0
                self._progressed = False
            # Inside the lock: whoever waited for this batch returns after its reader was woken.
            self._flushed()

    def close(self) -> None:
        """Writes the rest and closes the file; raises `NoDisk`."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
        try:
            self.flush()
        finally:
            os.close(self._descriptor)

    def _encode(self, batch: list[TaskEvent]) -> bytes:
        lines: list[bytes] = []
        for seq, event in enumerate(batch, self._seq + 1):
            event.seq = seq
            line = encode(event)
            if len(line) >= MAX_RECORD_BYTES:
                line = encode(_shortened(event))
            lines.append(line + b"\n")
        return b"".join(lines)

    def _write_pending(self) -> None:
        with self._writing:
            with self._changed:
                batch = list(self._pending)
                dropped = self._dropped_logs
            if dropped:
                text = f"{dropped} log lines left out"
                batch.append(Log(seq=1, at=_now(), level="warning", message=text))
            if not batch:
                return
            data = self._encode(batch)
            kept, error = self._write(data)
            written = batch[: data.count(b"\n", 0, kept)]
            self._seq += len(written)
            self._unsynced = self._unsynced or bool(written)
            with self._changed:
                # What was appended meanwhile stays.
                taken = {id(event) for event in written}
                self._pending = [event for event in self._pending if id(event) not in taken]
                self._dropped_logs -= dropped if len(written) == len(batch) else 0
            if error is not None:
                raise error

    def _write(self, data: bytes) -> tuple[int, NoDisk | None]:
        """Bytes that were kept, and why not all of them."""
        view = memoryview(data)
        written = 0
        full: NoDisk | None = None
        try:
            while written < len(data):
                written += os.pwrite(self._descriptor, view[written:], self._end + written)
        except OSError as error:
            if error.errno not in NO_SPACE:
                raise
            full = NoDisk(str(error))
        # Whole records stay, for a reader may have seen them; the torn one is written again.
        kept = data.rfind(b"\n", 0, written) + 1
        if kept < written:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, self._end + kept)
        self._end += kept
        return kept, full

    def _run(self) -> None:
        next_batch = 0.0
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._pending or self._unsynced)
                # After a silence at once; in a flood everything of one interval rides together.
                self._changed.wait_for(lambda: self._closed, timeout=next_batch - time.monotonic())
                if self._closed:
                    return
            self._flush_or_die()
            next_batch = time.monotonic() + BATCH_SECONDS

    def _flush_or_die(self) -> None:
        give_up = time.monotonic() + RETRY_SECONDS
        while True:
            try:
                return self.flush()
            except NoDisk:
                if time.monotonic() >= give_up:
                    os._exit(EXIT_NO_DISK)
                time.sleep(BATCH_SECONDS)


def _now() -> int:
    return time.time_ns() // 1_000_000


def _shortened(event: Event) -> TaskEvent:
    text = f"a {type(event).__name__.lower()} record of more than {MAX_RECORD_BYTES} bytes was left out"
    return Log(seq=event.seq, at=event.at, level="error", message=text)


def read_tail(descriptor: int) -> tuple[TaskEvent | None, int]:
    """The last whole record and the offset just behind it; (None, 0) for an empty spool.

    A torn last line (a writer killed in the middle) does not count, nor does garbage that a
    power cut left behind.
    """
    size = os.fstat(descriptor).st_size
    span = FIRST_TAIL_BYTES
    while True:
        start = max(0, size - span)
        data = os.pread(descriptor, size - start, start)
        end = data.rfind(b"\n") + 1
        while end > 0:
            begin = data.rfind(b"\n", 0, end - 1) + 1
            if begin == 0 and start > 0:
                break  # the line may begin further up
            try:
                return decode_event(data[begin : end - 1]), start + end
            except msgspec.DecodeError:
                end = begin
        if start == 0:
            return None, 0
        span *= 4


def final_record(path: Path) -> Exited | None:
    """The `exited` record of a spool, if the attempt has ended."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        last, _ = read_tail(descriptor)
    finally:
        os.close(descriptor)
    return last if isinstance(last, Exited) else None
