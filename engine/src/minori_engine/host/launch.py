"""Two ways to a task's process: a fork of this warm one, or a fresh interpreter."""

import gc
import os
import signal
import sys
import time
import traceback
import warnings
from typing import Final, Literal

from minori_engine.host.libraries import LibrarySet, run_canary
from minori_engine.protocol import TaskDocument
from minori_engine.task.child import WAKE_DESCRIPTOR
from minori_engine.task.run import run_task

Mode = Literal["fork", "spawn"]
CANARY_SECONDS: Final = 30.0
CANARY_STEP_SECONDS: Final = 0.005
BLOCKED: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)


def launch(mode: Mode, task: TaskDocument) -> tuple[int, int]:
    """Starts `task`; its pid and the read end of its wake pipe. Raises OSError when the system
    has no process or descriptor left."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    try:
        pid = _fork(task, writer) if mode == "fork" else _spawn(task, writer)
    except OSError:
        os.close(reader)
        raise
    finally:
        os.close(writer)
    return pid, reader


def choose_mode(libraries: LibrarySet) -> Mode:
    """Lets a forked child do a small real piece of work. A library that has started threads or
    taken locks in this process makes it hang or die: then forking is not for this set."""
    gc.collect()
    # Objects of the preloaded libraries stay out of the children's collections, and so shared.
    gc.freeze()
    pid = _quiet_fork()
    if pid == 0:
        code = 1
        try:
            run_canary(libraries)
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    deadline = time.monotonic() + CANARY_SECONDS
    while time.monotonic() < deadline:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended == pid:
            return "fork" if status == 0 else "spawn"
        time.sleep(CANARY_STEP_SECONDS)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return "spawn"


def _fork(task: TaskDocument, writer: int) -> int:
    host_pid = os.getpid()
    # The child must not run the host's handlers before it has its own.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, BLOCKED)
    try:
        pid = _quiet_fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            run_task(task, host_pid, writer)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return pid


def _quiet_fork() -> int:
    with warnings.catch_warnings():
        # Python 3.12 warns when it sees pyarrow's allocator thread; the canary is our proof.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _spawn(task: TaskDocument, writer: int) -> int:
    arguments = [sys.executable, "-m", "minori_engine.task.child", task.folder, str(os.getpid())]
    return os.posix_spawn(
        sys.executable,
        arguments,
        os.environ,
        file_actions=[(os.POSIX_SPAWN_DUP2, writer, WAKE_DESCRIPTOR)],
        setsigmask=BLOCKED,
        setsigdef=[signal.SIGCHLD],
    )
