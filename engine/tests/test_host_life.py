"""Leases, deaths, adoption and refusals."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from host_process import SOURCE, HostClosed, HostProcess
from minori_engine.protocol import Exited, Failed, Log, Progress, Result, Started


def wait_until_gone(pid: int) -> None:
    """Zombies count as gone: the test's own process does not reap strangers."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return
        except psutil.NoSuchProcess:
            return
        time.sleep(0.01)
    raise TimeoutError(f"process {pid} still lives")


def test_ready_says_what_is_loaded(shared_host: HostProcess) -> None:
    ready = shared_host.ready
    assert ready["mode"] == "fork"
    assert ready["pid"] == shared_host.process.pid
    assert {"python", "numpy", "statsforecast"} <= set(ready["versions"])
    assert shared_host.socket_path.stat().st_mode & 0o777 == 0o600


def test_a_second_connection_learns_all(shared_host: HostProcess) -> None:
    task = shared_host.run("selftest.echo")
    second = shared_host.connect()
    assert second.ask(command="list")["error"] == "hello_first"
    hello = second.ask(command="hello", protocol=1, lease_seconds=600)
    known = {attempt["attempt_id"]: attempt["state"] for attempt in hello["attempts"]}
    assert known[task.id] == "exited"
    assert second.wait_for("ready")["host_id"] == shared_host.ready["host_id"]
    second.close()
    # The newest that said hello hears what comes unasked; now it is the first again.
    shared_host.connection.ask(command="hello", protocol=1, lease_seconds=600)
    assert shared_host.run("selftest.echo").exited().exit_code == 0


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b'{"command":"dance"}\n', "bad_command"),
        (b"\xff\xfe not json\n", "bad_command"),
        (b'{"command":"hello","protocol":2,"lease_seconds":1}\n', "protocol_mismatch"),
        (b'{"command":"stop","attempt_id":999999,"grace_seconds":1}\n', "unknown_attempt"),
        (b'{"command":"submit","folder":"/nowhere"}\n', "bad_task"),
        (b'{"command":"submit","folder":"relative"}\n', "bad_task"),
    ],
)
def test_refusals(shared_host: HostProcess, line: bytes, error: str) -> None:
    shared_host.connection.socket.sendall(line)
    while (reply := shared_host.connection.receive())["message"] != "reply":
        pass
    assert (reply["ok"], reply["error"]) == (False, error)


def test_submit_is_idempotent(shared_host: HostProcess) -> None:
    task = shared_host.prepare("selftest.checkpoint")
    for _ in range(3):
        reply = shared_host.connection.ask(command="submit", folder=str(task.folder))
        assert reply["attempts"][0]["state"] == "running"
    task.wait_until(Progress, "checkpoint")
    shared_host.connection.ask(command="stop", attempt_id=task.id, grace_seconds=30)
    shared_host.connection.wait_for("exited", task.id)
    reply = shared_host.connection.ask(command="submit", folder=str(task.folder))
    assert reply["attempts"][0]["state"] == "exited"
    assert sum(isinstance(event, Started) for event in task.events()) == 1


def test_what_another_host_began_is_not_begun_again(shared_host: HostProcess) -> None:
    started = '{"type":"started","seq":1,"at":1,"pid":1,"pid_started":"1"}\n'
    ended = (
        '{"type":"exited","seq":2,"at":1,"exit_code":0,"signal":null,'
        '"ended_by":"itself","cpu_seconds":0,"max_rss_bytes":0}\n'
    )
    begun = shared_host.prepare("selftest.echo")
    (begun.folder / "events.jsonl").write_text(started)
    assert (
        shared_host.connection.ask(command="submit", folder=str(begun.folder))["error"] == "already_started"
    )
    done = shared_host.prepare("selftest.echo")
    (done.folder / "events.jsonl").write_text(started + ended)
    reply = shared_host.connection.ask(command="submit", folder=str(done.folder))
    assert reply["attempts"] == [{"attempt_id": done.id, "state": "exited", "pid": None}]
    assert len(done.events()) == 2


def test_a_client_that_does_not_read_blocks_nobody(shared_host: HostProcess) -> None:
    silent = shared_host.connect()
    silent.send(command="hello", protocol=1, lease_seconds=600)
    silent.socket.settimeout(0.2)
    with contextlib.suppress(OSError):
        while True:
            silent.socket.sendall(b'{"command":"list"}\n' * 1000)
    shared_host.connection.ask(command="hello", protocol=1, lease_seconds=600)
    assert shared_host.run("selftest.echo").exited().exit_code == 0
    silent.close()


def test_a_second_host_does_not_take_a_served_socket(shared_host: HostProcess, tmp_path: Path) -> None:
    second = subprocess.run(
        [
            sys.executable,
            "-m",
            "minori_engine.host",
            "--socket",
            str(shared_host.socket_path),
            "--home",
            str(tmp_path),
        ],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 3
    assert "taken" in second.stderr
    assert shared_host.run("selftest.echo").exited().exit_code == 0


def test_tasks_outlive_the_server_and_are_adopted(host: HostProcess) -> None:
    task = host.submit("selftest.checkpoint")
    task.wait_until(Progress, "checkpoint")
    host.connection.close()
    host.connection = host.connect()
    hello = host.connection.ask(command="hello", protocol=1, lease_seconds=600)
    assert [attempt["state"] for attempt in hello["attempts"]] == ["running"]
    host.connection.ask(command="stop", attempt_id=task.id, grace_seconds=30)
    host.connection.wait_for("exited", task.id)
    assert task.wait_until(Result).value == {"stopped": True}


def test_the_lease_ends_everything(host: HostProcess) -> None:
    task = host.submit("selftest.hang")
    task.wait_until(Progress, "hang")
    host.connection.ask(command="lease", lease_seconds=0.2)
    assert host.process.wait(30) == 0
    assert task.exited().ended_by == "lease"
    assert not host.socket_path.exists()


def test_a_killed_host_takes_its_tasks_along(host: HostProcess) -> None:
    task = host.submit("selftest.stubborn")
    task.wait_until(Progress, "stubborn")
    host.process.kill()
    host.process.wait(30)
    wait_until_gone(task.wait_until(Started).pid)
    assert not any(isinstance(event, Exited) for event in task.events()), "nobody was left to write it"
    # The next host takes over the stale socket.
    replaced = HostProcess(host.home)
    with replaced:
        assert (
            replaced.connection.ask(command="submit", folder=str(task.folder))["error"] == "already_started"
        )


def test_a_signal_shuts_down_in_order(host: HostProcess) -> None:
    task = host.submit("selftest.checkpoint")
    task.wait_until(Progress, "checkpoint")
    os.kill(host.process.pid, signal.SIGTERM)
    assert host.process.wait(30) == 0
    assert task.wait_until(Result).value == {"stopped": True}
    assert task.exited().ended_by == "stop"
    host.connection.wait_for("exited", task.id)
    with pytest.raises(HostClosed):
        host.connection.receive()


def test_fresh_processes_where_forking_is_unsafe(tmp_path: Path) -> None:
    with HostProcess(tmp_path, "--spawn") as host:
        assert host.wait_ready()["mode"] == "spawn"
        assert host.run("selftest.normal").exited().exit_code == 0
        task = host.submit("selftest.stubborn")
        task.wait_until(Progress, "stubborn")
        assert host.connection.ask(command="shutdown", grace_seconds=600)["ok"]
        refused = host.connection.ask(command="submit", folder=str(host.prepare("selftest.echo").folder))
        assert refused["error"] == "shutting_down"
        host.connection.ask(command="stop", attempt_id=task.id, grace_seconds=0)
        assert host.process.wait(30) == 0
        assert task.exited().ended_by == "stop"


def test_tasks_that_come_before_the_imports_are_done_wait(tmp_path: Path) -> None:
    with HostProcess(tmp_path) as host:
        task = host.submit("selftest.echo")
        stopped = host.submit("selftest.checkpoint")
        assert host.connection.ask(command="stop", attempt_id=stopped.id, grace_seconds=30)["ok"]
        ended = {host.connection.wait_for("exited")["attempt_id"] for _ in range(2)}
        assert ended == {task.id, stopped.id}
        assert task.exited().exit_code == 0
        # Either it was stopped before it had a process, or it had one for a moment.
        assert {type(event) for event in stopped.events()} <= {Started, Progress, Result, Exited}
        assert stopped.exited().ended_by == "stop"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("a small disk can only be mounted by root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk: Path) -> None:
    with contextlib.suppress(OSError), (disk / "filler").open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)


def test_a_full_disk_ends_a_task_with_its_reason(shared_host: HostProcess, small_disk: Path) -> None:
    folder = small_disk / "attempt"
    task = shared_host.submit("selftest.flood", {"events": 10**12}, folder=folder)
    task.wait_until(Log)
    fill(small_disk)
    shared_host.connection.wait_for("exited", task.id)
    failed = task.wait_until(Failed)
    assert (failed.cause, failed.code) == ("no_disk", "disk_full")
    assert task.exited().exit_code == 74
    events = task.events()
    assert [event.seq for event in events] == list(range(1, len(events) + 1))

    other = small_disk / "other"
    other.mkdir()
    document = json.loads((folder / "task.json").read_bytes())
    document |= {"attempt_id": task.id + 500_000, "folder": str(other)}
    (small_disk / "filler").unlink()
    (other / "task.json").write_text(json.dumps(document))
    fill(small_disk)
    assert shared_host.connection.ask(command="submit", folder=str(other))["error"] == "no_disk"
