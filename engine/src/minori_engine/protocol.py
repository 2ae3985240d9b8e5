"""The messages of `packages/contract/src/engine.ts` as msgspec structs.

The zod schemas are the source of truth; `packages/contract/golden/` holds both sides equal.
"""

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

PROTOCOL_VERSION: Final = 1

FailureCause = Literal[
    "out_of_memory", "time_limit", "bad_data", "lost_worker", "bug", "no_disk", "unavailable"
]
Slot = Literal["batch", "interactive"]
LogLevel = Literal["debug", "info", "warning", "error"]
EndedBy = Literal["itself", "time_limit", "stop", "lease", "parent_death"]

PositiveInt = Annotated[int, Meta(gt=0)]
NaturalInt = Annotated[int, Meta(ge=0)]
PositiveSeconds = Annotated[float, Meta(gt=0)]
NaturalSeconds = Annotated[float, Meta(ge=0)]


class TaskLimits(Struct, forbid_unknown_fields=True):
    """Bounds of one task: bytes it may add to its data segment, threads, wall seconds."""

    memory_bytes: PositiveInt | None
    threads: PositiveInt
    seconds: PositiveSeconds | None
    grace_seconds: NaturalSeconds


class TaskDocument(Struct, forbid_unknown_fields=True):
    """One task. `input` belongs to the task's kind; the host never looks inside."""

    protocol: Literal[1]
    attempt_id: int
    run_id: int
    kind: Annotated[str, Meta(pattern=r"^[a-z_]+\.[a-z_]+$")]
    slot: Slot
    folder: str
    seed: NaturalInt
    limits: TaskLimits
    input: dict[str, Any]


class Event(Struct, kw_only=True, tag_field="type", forbid_unknown_fields=True):
    """What all records share. The spool sets `seq` (1, 2, 3, …) and `at` (Unix ms) on append."""

    seq: PositiveInt
    at: float


class Started(Event, tag="started"):
    pid: int
    pid_started: str


class Progress(Event, tag="progress"):
    fraction: Annotated[float, Meta(ge=0, le=1)] | None
    phase: str
    done: float | UnsetType = UNSET
    total: float | UnsetType = UNSET


class Log(Event, tag="log"):
    level: LogLevel
    message: str


class Metric(Event, tag="metric"):
    series: str
    steps: list[float]
    values: list[float | None]


class Usage(Event, tag="usage"):
    cpu_percent: float
    rss_bytes: float
    threads: int
    cpu_seconds: float


class Artifact(Event, tag="artifact"):
    name: str
    path: str
    media_type: str
    bytes: NaturalInt
    sha256: str


class Partial(Event, tag="partial"):
    value: dict[str, Any]


class Result(Event, tag="result"):
    value: dict[str, Any]


class Failed(Event, tag="failed"):
    cause: FailureCause
    code: str
    params: dict[str, Any]
    detail: str


class Exited(Event, tag="exited"):
    exit_code: int | None
    signal: str | None
    ended_by: EndedBy
    cpu_seconds: float
    max_rss_bytes: float


TaskEvent = Started | Progress | Log | Metric | Usage | Artifact | Partial | Result | Failed | Exited


class Hello(Struct, tag_field="command", tag="hello", forbid_unknown_fields=True):
    protocol: Literal[1]
    lease_seconds: PositiveSeconds


class Lease(Struct, tag_field="command", tag="lease", forbid_unknown_fields=True):
    lease_seconds: PositiveSeconds


class Submit(Struct, tag_field="command", tag="submit", forbid_unknown_fields=True):
    folder: str


class Stop(Struct, tag_field="command", tag="stop", forbid_unknown_fields=True):
    attempt_id: int
    grace_seconds: NaturalSeconds


class ListAttempts(Struct, tag_field="command", tag="list", forbid_unknown_fields=True):
    pass


class Shutdown(Struct, tag_field="command", tag="shutdown", forbid_unknown_fields=True):
    grace_seconds: NaturalSeconds


HostCommand = Hello | Lease | Submit | Stop | ListAttempts | Shutdown
COMMAND_NAMES: Final[dict[type[HostCommand], str]] = {
    Hello: "hello",
    Lease: "lease",
    Submit: "submit",
    Stop: "stop",
    ListAttempts: "list",
    Shutdown: "shutdown",
}


class HostAttempt(Struct, forbid_unknown_fields=True):
    attempt_id: int
    state: Literal["running", "exited"]
    pid: int | None


class Reply(Struct, tag_field="message", tag="reply", forbid_unknown_fields=True):
    command: str
    ok: bool
    error: str | None
    attempts: list[HostAttempt] | UnsetType = UNSET


class Ready(Struct, tag_field="message", tag="ready", forbid_unknown_fields=True):
    protocol: Literal[1]
    host_id: str
    pid: int
    pid_started: str
    mode: Literal["fork", "spawn"]
    versions: dict[str, str]
    import_seconds: float


class Wake(Struct, tag_field="message", tag="wake", forbid_unknown_fields=True):
    attempt_id: int


class AttemptExited(Struct, tag_field="message", tag="exited", forbid_unknown_fields=True):
    attempt_id: int


HostMessage = Reply | Ready | Wake | AttemptExited

encode = msgspec.json.Encoder().encode
decode_task = msgspec.json.Decoder(TaskDocument).decode
decode_event = msgspec.json.Decoder(TaskEvent).decode
decode_command = msgspec.json.Decoder(HostCommand).decode
decode_message = msgspec.json.Decoder(HostMessage).decode
