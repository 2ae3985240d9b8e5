"""`python -m minori_engine.task.child FOLDER HOST_PID`: one task in a fresh process."""

import sys
from pathlib import Path
from typing import Final

from minori_engine.protocol import decode_task
from minori_engine.task.run import run_task

WAKE_DESCRIPTOR: Final = 3

if __name__ == "__main__":
    document = decode_task((Path(sys.argv[1]) / "task.json").read_bytes())
    run_task(document, int(sys.argv[2]), WAKE_DESCRIPTOR)
