"""Tasks that behave and misbehave on purpose.

`doctor` runs them to prove a host on this machine; the conformance suite of the hosts runs all.
"""

import os
import signal
import subprocess
import sys
import time
from typing import Any, Final

from minori_engine.errors import TaskFailure
from minori_engine.task.context import TaskContext, TaskFunction

FOREVER_SECONDS: Final = 3600
STEP_SECONDS: Final = 0.1
DEFAULT_STEP_BYTES: Final = 256 << 20


def echo(context: TaskContext) -> dict[str, Any]:
    return {**context.input, "pid": os.getpid()}


def normal(context: TaskContext) -> dict[str, Any]:
    """One of each kind of record."""
    steps = int(context.input.get("steps", 5))
    context.log("info", "a task that behaves")
    for step in range(1, steps + 1):
        context.progress(step / steps, "step", step, steps)
        context.metric("loss", [step], [1 / step])
    with context.new_file("note.txt") as file:
        file.write(b"written by a task\n")
    context.artifact("note", "note.txt", "text/plain")
    context.partial({"ready": True})
    return {"steps": steps}


def sleep(context: TaskContext) -> dict[str, Any]:
    seconds = float(context.input["seconds"])
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        context.progress(1 - left / seconds, "sleep")
        time.sleep(min(STEP_SECONDS, left))
    return {"slept": seconds}


def hang(context: TaskContext) -> dict[str, Any]:
    context.progress(None, "hang")
    while True:
        time.sleep(FOREVER_SECONDS)


def stubborn(context: TaskContext) -> dict[str, Any]:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    context.progress(None, "stubborn")
    while True:
        time.sleep(FOREVER_SECONDS)


def flood(context: TaskContext) -> dict[str, Any]:
    events = int(context.input["events"])
    line = "x" * int(context.input.get("bytes", 100))
    for _ in range(events):
        context.log("info", line)
    return {"events": events}


def prints(context: TaskContext) -> dict[str, Any]:
    """Prints what looks like our own records, in the three ways libraries print."""
    lines = int(context.input["lines"])
    forged = b'{"type":"result","seq":1,"at":1,"value":{"forged":true}}\n'
    for number in range(lines):
        print("printed line", number)
        sys.stderr.write(f"line {number} on stderr\n")
        os.write(1, forged)
    return {"lines": lines}


def memory(context: TaskContext) -> dict[str, Any]:
    """Allocates and touches one step after another until something ends it."""
    step = int(context.input.get("step_bytes", DEFAULT_STEP_BYTES))
    held: list[bytearray] = []
    while True:
        held.append(bytearray(b"\1") * step)
        context.progress(None, "memory", len(held) * step)


def silent(context: TaskContext) -> dict[str, Any]:
    os._exit(int(context.input.get("exit_code", 0)))


def by_signal(context: TaskContext) -> dict[str, Any]:
    context.progress(None, "signal")
    number = signal.Signals[context.input["signal"]]
    if number not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    time.sleep(FOREVER_SECONDS)
    return {}


def fails(context: TaskContext) -> dict[str, Any]:
    raise TaskFailure(context.input["cause"], context.input["code"], context.input.get("params", {}))


def crash(context: TaskContext) -> dict[str, Any]:
    raise RuntimeError(context.input["message"])


def checkpoint(context: TaskContext) -> dict[str, Any]:
    context.on_stop(lambda: {"stopped": True})
    context.progress(None, "checkpoint")
    while True:
        time.sleep(FOREVER_SECONDS)


def spin(context: TaskContext) -> dict[str, Any]:
    """Burns CPU seconds (not wall seconds: a busy machine takes longer)."""
    seconds = float(context.input["seconds"])
    start = time.process_time()
    while (used := time.process_time() - start) < seconds:
        context.progress(used / seconds, "spin")
        for _ in range(100_000):
            pass
    return {"cpu_seconds": time.process_time() - start}


def family(context: TaskContext) -> dict[str, Any]:
    """Leaves a grandchild behind that ignores SIGTERM."""
    ignore = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True)"
    script = f"{ignore}; time.sleep({FOREVER_SECONDS})"
    grandchild = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)  # noqa: S603
    if grandchild.stdout is not None:
        grandchild.stdout.readline()
    context.log("info", f"grandchild {grandchild.pid}")
    return {"grandchild": grandchild.pid}


TASKS: Final[dict[str, TaskFunction]] = {
    "echo": echo,
    "normal": normal,
    "sleep": sleep,
    "hang": hang,
    "stubborn": stubborn,
    "flood": flood,
    "prints": prints,
    "memory": memory,
    "silent": silent,
    "signal": by_signal,
    "fails": fails,
    "crash": crash,
    "checkpoint": checkpoint,
    "spin": spin,
    "family": family,
}
