"""The host's loop: one selector over the socket, its clients, the wake pipes and the signals."""

import contextlib
import os
import selectors
import signal
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final

import msgspec
from msgspec import UNSET

from minori_engine.host.supervisor import Refused, Supervisor
from minori_engine.protocol import (
    COMMAND_NAMES,
    AttemptExited,
    Hello,
    HostAttempt,
    HostCommand,
    HostMessage,
    Lease,
    ListAttempts,
    Ready,
    Reply,
    Shutdown,
    Stop,
    Submit,
    Wake,
    decode_command,
    encode,
)

WAKE_SECONDS: Final = 0.05
"""An attempt's reader is woken at most this often."""
MAX_LINE_BYTES: Final = 1 << 20
BUSY_BYTES: Final = 1 << 16
"""A client with that much unread gets no further wakes: it will read the spools anyway."""
MAX_UNREAD_BYTES: Final = 8 << 20
SIGNAL_GRACE_SECONDS: Final = 5.0
READ_BYTES: Final = 1 << 16
DRAIN_SECONDS: Final = 0.2


@dataclass(eq=False)
class Client:
    connection: socket.socket
    received: bytearray = field(default_factory=bytearray)
    unsent: bytearray = field(default_factory=bytearray)
    greeted: bool = False

    @property
    def connected(self) -> bool:
        return self.connection.fileno() >= 0


@dataclass(frozen=True)
class WakePipe:
    attempt_id: int


class HostServer:
    """Serves clients until the lease ends, a client or a signal shuts the host down."""

    def __init__(self, listener: socket.socket, lease_seconds: float) -> None:
        self._selector = selectors.DefaultSelector()
        self._listener = listener
        self._lease_at = time.monotonic() + lease_seconds
        self._ready: Ready | None = None
        self._subscriber: Client | None = None
        self._dirty: set[int] = set()
        self._wake_at = 0.0
        self._closing = False
        self._signalled = False
        self.supervisor = Supervisor(self._on_exited, self._watch, self._unwatch)
        listener.setblocking(False)
        self._selector.register(listener, selectors.EVENT_READ, "listener")
        self._signals = self._catch_signals()

    def open(self, ready: Ready) -> None:
        """Imports and canary are done: tasks start, clients hear `ready`."""
        self._ready = ready
        self.supervisor.open(ready.mode)
        if self._subscriber is not None:
            self._send(self._subscriber, ready)

    def run(self) -> None:
        while not (self._closing and self.supervisor.idle):
            self.step(self._timeout())
        self._drain()

    def step(self, timeout: float = 0.0) -> None:
        """One turn of the loop, waiting at most `timeout` seconds for something to happen."""
        signalled = False
        for key, events in self._selector.select(timeout):
            match key.data:
                case "listener":
                    self._accept()
                case "signals":
                    # Last: reaping closes wake pipes that this very round may still name.
                    signalled = True
                case WakePipe(attempt_id):
                    self._read_wake(key.fd, attempt_id)
                case Client() as client:
                    if events & selectors.EVENT_READ and client.connected:
                        self._receive(client)
                    if events & selectors.EVENT_WRITE and client.connected:
                        self._flush(client)
                case _:
                    pass
        if signalled:
            self._read_signals()
        self.supervisor.tick()
        self._send_wakes()
        if self._signalled:
            self._close("stop", SIGNAL_GRACE_SECONDS)
        if time.monotonic() >= self._lease_at:
            self._close("lease", SIGNAL_GRACE_SECONDS)

    def _timeout(self) -> float:
        times = [self._lease_at] if not self._closing else []
        deadline = self.supervisor.next_deadline()
        if deadline is not None:
            times.append(deadline)
        if self._dirty and self._listening():
            times.append(self._wake_at)
        return max(0.0, min(times, default=time.monotonic() + 60) - time.monotonic())

    def _close(self, ended_by: str, grace: float) -> None:
        if not self._closing:
            self._closing = True
            self.supervisor.stop_all("lease" if ended_by == "lease" else "stop", grace)

    def _drain(self) -> None:
        # The last words ("exited") reach a client that still reads; one that does not is no reason to stay.
        client = self._subscriber
        if client is None:
            return
        client.connection.settimeout(DRAIN_SECONDS)
        with contextlib.suppress(OSError):
            client.connection.sendall(client.unsent)
            client.connection.shutdown(socket.SHUT_WR)
            # Closing on unread commands would reset the connection and take those words back.
            while client.connection.recv(READ_BYTES):
                pass

    def _carry_out(self, client: Client, command: HostCommand) -> list[HostAttempt] | None:
        match command:
            case Hello(lease_seconds=seconds):
                self._lease_at = time.monotonic() + seconds
                client.greeted = True
                self._subscriber = client
                return self.supervisor.attempts()
            case Lease(lease_seconds=seconds):
                self._lease_at = time.monotonic() + seconds
                return None
            case Submit(folder=folder):
                if self._closing:
                    raise Refused("shutting_down")
                return [self.supervisor.submit(folder)]
            case Stop(attempt_id=attempt_id, grace_seconds=grace):
                return [self.supervisor.stop(attempt_id, grace)]
            case ListAttempts():
                return self.supervisor.attempts()
            case Shutdown(grace_seconds=grace):
                self._close("stop", grace)
                self.supervisor.stop_all("stop", grace)
                return None

    def _on_line(self, client: Client, line: bytes) -> None:
        try:
            command = decode_command(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            word = "protocol_mismatch" if b'"hello"' in line else "bad_command"
            self._send(client, Reply(command="", ok=False, error=word))
            return
        name = COMMAND_NAMES[type(command)]
        if not client.greeted and not isinstance(command, Hello):
            self._send(client, Reply(command=name, ok=False, error="hello_first"))
            return
        try:
            attempts = self._carry_out(client, command)
        except Refused as refused:
            self._send(client, Reply(command=name, ok=False, error=refused.word))
            return
        listed = UNSET if attempts is None else attempts
        self._send(client, Reply(command=name, ok=True, error=None, attempts=listed))
        if isinstance(command, Hello) and self._ready is not None:
            self._send(client, self._ready)

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return
        connection.setblocking(False)
        self._selector.register(connection, selectors.EVENT_READ, Client(connection))

    def _receive(self, client: Client) -> None:
        try:
            data = client.connection.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(client)
            return
        client.received += data
        while (end := client.received.find(b"\n")) >= 0:
            line = bytes(client.received[:end])
            del client.received[: end + 1]
            self._on_line(client, line)
            if not client.connected:
                return
        if len(client.received) > MAX_LINE_BYTES:
            self._drop(client)

    def _send(self, client: Client, message: HostMessage) -> None:
        if not client.connected:
            return
        client.unsent += encode(message) + b"\n"
        self._flush(client)

    def _flush(self, client: Client) -> None:
        if not client.connected:
            return
        try:
            while client.unsent:
                sent = client.connection.send(client.unsent)
                del client.unsent[:sent]
        except BlockingIOError:
            pass
        except OSError:
            self._drop(client)
            return
        if len(client.unsent) > MAX_UNREAD_BYTES:
            self._drop(client)
            return
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if client.unsent else 0)
        self._selector.modify(client.connection, wanted, client)

    def _drop(self, client: Client) -> None:
        self._selector.unregister(client.connection)
        client.connection.close()
        if self._subscriber is client:
            self._subscriber = None

    def _watch(self, descriptor: int, attempt_id: int) -> None:
        self._selector.register(descriptor, selectors.EVENT_READ, WakePipe(attempt_id))

    def _unwatch(self, descriptor: int) -> None:
        with contextlib.suppress(KeyError):
            self._selector.unregister(descriptor)

    def _read_wake(self, descriptor: int, attempt_id: int) -> None:
        try:
            data = os.read(descriptor, READ_BYTES)
        except BlockingIOError:
            return
        if data:
            self._dirty.add(attempt_id)
        else:
            # The task has closed its end; SIGCHLD will tell the rest.
            self._unwatch(descriptor)

    def _listening(self) -> bool:
        return self._subscriber is not None and len(self._subscriber.unsent) < BUSY_BYTES

    def _send_wakes(self) -> None:
        now = time.monotonic()
        if not self._dirty or now < self._wake_at or self._subscriber is None or not self._listening():
            return
        self._wake_at = now + WAKE_SECONDS
        dirty, self._dirty = self._dirty, set()
        for attempt_id in sorted(dirty):
            self._send(self._subscriber, Wake(attempt_id))

    def _on_exited(self, attempt_id: int) -> None:
        self._dirty.discard(attempt_id)
        if self._subscriber is not None:
            self._send(self._subscriber, AttemptExited(attempt_id))

    def _catch_signals(self) -> socket.socket:
        reader, writer = socket.socketpair()
        reader.setblocking(False)
        writer.setblocking(False)
        # A child resets this descriptor; the object must live as long as the host.
        self._signal_writer = writer
        signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        signal.signal(signal.SIGCHLD, _nothing)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        self._selector.register(reader, selectors.EVENT_READ, "signals")
        return reader

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._signalled = True

    def _read_signals(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._signals.recv(READ_BYTES):
                pass
        self.supervisor.reap()


def _nothing(_number: int, _frame: FrameType | None) -> None:
    """SIGCHLD must have a handler, else it does not reach the wake-up descriptor."""


def listen(path: Path) -> socket.socket:
    """A unix socket only this user can reach. A stale file is replaced; OSError if somebody serves it."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            pass
        else:
            raise FileExistsError(f"another host serves {path}")
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(before)
    listener.listen(16)
    return listener
