"""The life of one task, from the first instruction of its process to the last."""

import contextlib
import errno
import os
import random
import resource
import signal
import sys
import traceback
from pathlib import Path
from typing import Any, Final, NoReturn

from minori_engine.errors import (
    EXIT_FAILED,
    EXIT_NO_DISK,
    EXIT_OK,
    EXIT_STOPPED,
    NoDisk,
    TaskFailure,
    memory_ran_out,
)
from minori_engine.process import data_bytes, die_with_parent, start_time
from minori_engine.protocol import Failed, Started, TaskDocument
from minori_engine.spool import Spool
from minori_engine.task.context import UNNUMBERED, TaskContext
from minori_engine.task.heartbeat import start_heartbeat
from minori_engine.task.registry import task_function
from minori_engine.task.stop import Stopped, StopRequest

EVENTS_FILE: Final = "events.jsonl"
OUTPUT_FILE: Final = "output.log"
BATCH_NICE: Final = 10
OOM_SCORE: Final = {"batch": 800, "interactive": 500}
"""When memory runs out the kernel takes a task, never the host, the server or the database."""
MAX_DETAIL: Final = 65_536
DISK_FULL: Final = (errno.ENOSPC, errno.EDQUOT)


def run_task(task: TaskDocument, host_pid: int, wake: int) -> NoReturn:
    """Runs `task` in this process and ends it. `wake` is a pipe to the host.

    Called in a fresh fork of the host, or in a process of its own, with SIGTERM blocked.
    """
    die_with_parent(host_pid)
    with contextlib.suppress(PermissionError):  # a spawned process leads its session already
        os.setsid()
    stop = StopRequest()
    for number in (signal.SIGINT, signal.SIGCHLD, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    stop.install()
    output = _redirect_output(Path(task.folder), wake)
    code = EXIT_FAILED
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD))
        code = _run(task, stop, host_pid, wake, output)
    except Stopped:
        code = EXIT_STOPPED
    except NoDisk:
        code = EXIT_NO_DISK
    except OSError as error:
        code = EXIT_NO_DISK if error.errno in DISK_FULL else EXIT_FAILED
        traceback.print_exc()
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        # Never the interpreter's own way out: it would run the host's exit handlers.
        os._exit(code)


def _run(task: TaskDocument, stop: StopRequest, host_pid: int, wake: int, output: int) -> int:
    spool = Spool(Path(task.folder) / EVENTS_FILE, lambda: _wake(wake), background=True)
    with stop.deferred():
        pid = os.getpid()
        spool.append(Started(seq=UNNUMBERED, at=0, pid=pid, pid_started=start_time(pid)), durable=True)
    start_heartbeat(spool, host_pid, output)
    context = TaskContext(task, spool, stop)
    code = EXIT_OK
    try:
        _apply_limits(task)
        _seed(task.seed)
        context.result(task_function(task.kind)(context))
    except Stopped:
        code = _stopped(context, stop)
    except NoDisk:
        raise
    except Exception as error:
        stop.ignore()
        _lift_memory_limit()
        spool.append(_failed(error), durable=True)
        code = EXIT_FAILED
    stop.ignore()
    spool.close()
    return code


def _stopped(context: TaskContext, stop: StopRequest) -> int:
    stop.ignore()
    value = context.stopped()
    if value is None:
        return EXIT_STOPPED
    context.result(value)
    return EXIT_OK


def _failed(error: Exception) -> Failed:
    detail = "".join(traceback.format_exception(error))[-MAX_DETAIL:].encode("utf-8", "replace").decode()
    params: dict[str, Any] = {}
    match error:
        case TaskFailure():
            return Failed(
                seq=UNNUMBERED,
                at=0,
                cause=error.cause,
                code=error.code,
                params=error.params,
                detail=error.detail,
            )
        case _ if memory_ran_out(error):
            return Failed(
                seq=UNNUMBERED, at=0, cause="out_of_memory", code="memory_limit", params=params, detail=detail
            )
        case OSError() if error.errno in DISK_FULL:
            return Failed(
                seq=UNNUMBERED, at=0, cause="no_disk", code="disk_full", params=params, detail=detail
            )
        case _:
            return Failed(
                seq=UNNUMBERED, at=0, cause="bug", code="unexpected_error", params=params, detail=detail
            )


def _redirect_output(folder: Path, wake: int) -> int:
    """stdout and stderr into the attempt folder, everything else inherited is closed."""
    os.chdir(folder)
    output = os.open(OUTPUT_FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    keep = sorted({output, wake})
    low = 3
    for descriptor in keep:
        os.closerange(low, descriptor)
        low = descriptor + 1
    os.closerange(low, _highest_descriptor() + 1)
    sys.stdout = os.fdopen(1, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)
    return output


def _highest_descriptor() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    listed = Path("/proc/self/fd") if Path("/proc/self/fd").exists() else Path("/dev/fd")
    return max((int(name) for name in os.listdir(listed)), default=soft)


def _apply_limits(task: TaskDocument) -> None:
    if task.slot == "batch":
        os.nice(BATCH_NICE)
        if hasattr(os, "SCHED_BATCH"):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    with contextlib.suppress(OSError):  # not on every system, and not allowed in every container
        Path("/proc/self/oom_score_adj").write_text(str(OOM_SCORE[task.slot]))
    if task.limits.memory_bytes is not None:
        # Libraries the host has preloaded are counted by the kernel but not meant by the plan.
        limit = data_bytes() + task.limits.memory_bytes
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


def _lift_memory_limit() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))


def _seed(seed: int) -> None:
    random.seed(seed)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(seed % 2**32)


def _wake(pipe: int) -> None:
    # Full: the host has not read the last one yet. Broken: the host is gone, and so are we soon.
    with contextlib.suppress(BlockingIOError, BrokenPipeError):
        os.write(pipe, b"\n")
