"""Small truths about processes that psutil words differently on each system."""

import contextlib
import ctypes
import os
import signal
import sys
from pathlib import Path
from typing import Final

import psutil

PR_SET_PDEATHSIG: Final = 1
LINUX: Final = sys.platform == "linux"


def start_time(pid: int) -> str:
    """Kernel start time in clock ticks (elsewhere seconds): with the pid, unique since boot."""
    if LINUX:
        stat = Path(f"/proc/{pid}/stat").read_text()
        # The command name may hold spaces and parentheses; field 22 counts from behind it.
        return stat.rpartition(")")[2].split()[19]
    return str(psutil.Process(pid).create_time())


def die_with_parent(parent: int) -> None:
    """The kernel kills this process when the thread that forked it ends. Exits if it already has."""
    if LINUX:
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    # The request is not retroactive.
    if os.getppid() != parent:
        os._exit(1)


def signal_group(leader: int, number: int) -> None:
    """Signals the process group of `leader`, or it alone before it has made its group."""
    try:
        os.killpg(leader, number)
    except ProcessLookupError:
        with contextlib.suppress(ProcessLookupError):
            os.kill(leader, number)


def data_bytes() -> int:
    """Bytes of this process that RLIMIT_DATA counts; 0 where the system does not tell."""
    if not LINUX:
        return 0
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) * 1024
    return 0
