"""The thread of a task that shows it is alive and what it uses."""

import os
import signal
import threading
import time
from typing import Final

import psutil

from minori_engine.protocol import Usage
from minori_engine.spool import Spool

FIRST_SECONDS: Final = 0.5
USAGE_SECONDS: Final = 2.0
WATCH_SECONDS: Final = 0.5
MAX_OUTPUT_BYTES: Final = 8 << 20
"""What libraries print beyond this is cut: only the newest part is kept."""


def start_heartbeat(spool: Spool, host_pid: int, output: int) -> None:
    """Starts the thread: a `usage` record every two seconds, an end when the host has died.

    `output` is the descriptor of the task's output file, which a flood of prints must not let
    fill the disk.
    """
    threading.Thread(target=_beat, args=(spool, host_pid, output), name="heartbeat", daemon=True).start()


def _beat(spool: Spool, host_pid: int, output: int) -> None:
    own = psutil.Process()
    last_at, last_cpu = time.monotonic(), _cpu_seconds([own])
    next_usage = last_at + FIRST_SECONDS
    while True:
        time.sleep(WATCH_SECONDS)
        if os.getppid() != host_pid:
            # Linux does this by itself (PR_SET_PDEATHSIG); the rest of the group goes too.
            os.killpg(0, signal.SIGKILL)
        if os.fstat(output).st_size > MAX_OUTPUT_BYTES:
            os.ftruncate(output, 0)
            os.write(output, b"[earlier output was cut]\n")
        now = time.monotonic()
        if now < next_usage:
            continue
        group = [own, *own.children(recursive=True)]
        cpu = _cpu_seconds(group)
        spool.append(
            Usage(
                seq=1,
                at=0,
                cpu_percent=max(0.0, round(100 * (cpu - last_cpu) / (now - last_at), 1)),
                rss_bytes=_rss_bytes(group),
                threads=own.num_threads(),
                cpu_seconds=round(cpu, 3),
            )
        )
        last_at, last_cpu = now, cpu
        next_usage = now + USAGE_SECONDS


def _cpu_seconds(group: list[psutil.Process]) -> float:
    total = 0.0
    for process in group:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def _rss_bytes(group: list[psutil.Process]) -> int:
    total = 0
    for process in group:
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total
