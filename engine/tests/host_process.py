"""A real host over its real socket, as the server talks to it."""

import contextlib
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import minori_engine
from minori_engine.protocol import Exited, TaskEvent, decode_event

SOURCE = Path(minori_engine.__file__).parents[1]
ATTEMPT_IDS = itertools.count(1)
PATIENCE_SECONDS = 180.0

Message = dict[str, Any]


class HostClosed(Exception):
    """The host has closed the connection."""


class Connection:
    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE_SECONDS)
        self.socket.connect(str(path))
        self._received = b""
        self.unasked: list[Message] = []

    def send(self, **command: Any) -> None:  # noqa: ANN401
        self.socket.sendall(json.dumps(command).encode() + b"\n")

    def receive(self) -> Message:
        while b"\n" not in self._received:
            data = self.socket.recv(65_536)
            if not data:
                raise HostClosed
            self._received += data
        line, self._received = self._received.split(b"\n", 1)
        return json.loads(line)

    def ask(self, **command: Any) -> Message:  # noqa: ANN401
        """Sends a command and returns its reply; what comes in between is kept in `unasked`."""
        self.send(**command)
        while (message := self.receive())["message"] != "reply":
            self.unasked.append(message)
        return message

    def wait_for(self, kind: str, attempt_id: int | None = None) -> Message:
        while True:
            message = self.unasked.pop(0) if self.unasked else self.receive()
            if message["message"] == kind and attempt_id in (None, message.get("attempt_id")):
                return message

    def close(self) -> None:
        self.socket.close()


class Task:
    """One submitted attempt and its spool."""

    def __init__(self, attempt_id: int, folder: Path) -> None:
        self.id = attempt_id
        self.folder = folder

    def events(self) -> list[TaskEvent]:
        path = self.folder / "events.jsonl"
        if not path.exists():
            return []
        whole = path.read_bytes().rpartition(b"\n")[0]
        return [decode_event(line) for line in whole.splitlines()]

    def wait_until(self, kind: type[TaskEvent], phase: str | None = None) -> Any:  # noqa: ANN401
        """The first record of that kind, waiting for it to be written."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            for event in self.events():
                if isinstance(event, kind) and phase in (None, getattr(event, "phase", None)):
                    return event
            time.sleep(0.005)
        raise TimeoutError(f"no {kind.__name__} in {self.events()}")

    def exited(self) -> Exited:
        last = self.events()[-1]
        assert isinstance(last, Exited)
        return last


class HostProcess:
    """Starts `python -m minori_engine.host` in a folder of its own and greets it."""

    def __init__(self, home: Path, *arguments: str) -> None:
        self.home = home
        # Socket paths are at most 107 bytes; a test's own folder may be longer.
        self._sockets = tempfile.TemporaryDirectory(prefix="minori-")
        self.socket_path = Path(self._sockets.name) / "host"
        self.log = home / "host.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "minori_engine.host",
                    "--socket",
                    str(self.socket_path),
                    "--home",
                    str(home),
                    *arguments,
                ],
                env={"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE)},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.connection = self.connect()
        self.connection.ask(command="hello", protocol=1, lease_seconds=600)

    def wait_ready(self) -> Message:
        self.ready = self.connection.wait_for("ready")
        return self.ready

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGTERM)
        self.process.wait(PATIENCE_SECONDS)
        self.connection.close()
        self._sockets.cleanup()

    def connect(self) -> Connection:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return Connection(self.socket_path)
            except (FileNotFoundError, ConnectionRefusedError):
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(self.log.read_text()) from None
                time.sleep(0.005)

    def prepare(
        self,
        kind: str,
        task_input: Message | None = None,
        *,
        folder: Path | None = None,
        slot: str = "batch",
        **limits: float | None,
    ) -> Task:
        """Writes a task document into a folder of its own, as the executor does."""
        attempt_id = next(ATTEMPT_IDS)
        place = folder or self.home / f"attempt-{attempt_id}"
        place.mkdir(exist_ok=True)
        document = {
            "protocol": 1,
            "attempt_id": attempt_id,
            "run_id": 1,
            "kind": kind,
            "slot": slot,
            "folder": str(place),
            "seed": 7,
            "limits": {"memory_bytes": None, "threads": 1, "seconds": None, "grace_seconds": 1} | limits,
            "input": task_input or {},
        }
        (place / "task.json").write_text(json.dumps(document))
        return Task(attempt_id, place)

    def submit(
        self,
        kind: str,
        task_input: Message | None = None,
        *,
        folder: Path | None = None,
        slot: str = "batch",
        **limits: float | None,
    ) -> Task:
        task = self.prepare(kind, task_input, folder=folder, slot=slot, **limits)
        reply = self.connection.ask(command="submit", folder=str(task.folder))
        assert reply["ok"], reply
        return task

    def run(
        self, kind: str, task_input: Message | None = None, *, slot: str = "batch", **limits: float | None
    ) -> Task:
        """Submits and waits for the last record."""
        task = self.submit(kind, task_input, folder=None, slot=slot, **limits)
        self.connection.wait_for("exited", task.id)
        return task
