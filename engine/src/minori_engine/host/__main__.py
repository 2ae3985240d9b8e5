"""`python -m minori_engine.host --socket S --home H`."""

import argparse
import ctypes
import fcntl
import os
import sys
import uuid
from pathlib import Path
from typing import Final

from minori_engine.host.birth import be_born
from minori_engine.host.launch import choose_mode
from minori_engine.host.libraries import LIBRARY_SETS, import_libraries, library_versions
from minori_engine.host.server import HostServer, listen
from minori_engine.process import LINUX, start_time
from minori_engine.protocol import PROTOCOL_VERSION, Ready

DEFAULT_LEASE_SECONDS: Final = 600.0
PR_SET_CHILD_SUBREAPER: Final = 36
EXIT_SOCKET_TAKEN: Final = 3


def main() -> int:
    parser = argparse.ArgumentParser(prog="minori_engine.host")
    parser.add_argument("--socket", type=Path, required=True, help="unix socket to serve")
    parser.add_argument("--home", type=Path, required=True, help="MINORI_HOME, for caches")
    parser.add_argument("--libraries", choices=sorted(LIBRARY_SETS), default="forecast")
    parser.add_argument(
        "--lease", type=float, default=DEFAULT_LEASE_SECONDS, help="seconds until the first hello"
    )
    parser.add_argument("--spawn", action="store_true", help="never fork: a fresh process for each task")
    options = parser.parse_args()
    be_born(options.home)

    lock = os.open(f"{options.socket}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        listener = listen(options.socket)
    except OSError as error:
        print(f"the socket is taken: {error}", file=sys.stderr)
        return EXIT_SOCKET_TAKEN
    if LINUX:
        # What a task leaves behind becomes our child: it can be waited for, and no zombie stays.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    server = HostServer(listener, options.lease)
    libraries = LIBRARY_SETS[options.libraries]
    seconds = import_libraries(libraries, server.step)
    mode = "spawn" if options.spawn else choose_mode(libraries)
    print(f"ready to {mode}: imports {seconds:.2f} s", file=sys.stderr, flush=True)
    pid = os.getpid()
    server.open(
        Ready(
            protocol=PROTOCOL_VERSION,
            host_id=uuid.uuid4().hex,
            pid=pid,
            pid_started=start_time(pid),
            mode=mode,
            versions=library_versions(libraries),
            import_seconds=round(seconds, 3),
        )
    )
    server.run()
    options.socket.unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
