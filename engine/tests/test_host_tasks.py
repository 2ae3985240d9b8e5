"""What the host makes of tasks that behave and of tasks that do not."""

import hashlib
import os
import signal
from pathlib import Path

import psutil
import pytest

from host_process import HostProcess
from minori_engine.protocol import Artifact, Exited, Failed, Log, Partial, Progress, Result, Started, Usage

LIMIT_BYTES = 512 << 20


def test_a_task_that_behaves(shared_host: HostProcess) -> None:
    task = shared_host.run("selftest.normal", {"steps": 3})
    events = task.events()
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    started = events[0]
    assert isinstance(started, Started)
    assert started.pid_started.isdigit()
    artifact = next(event for event in events if isinstance(event, Artifact))
    content = (task.folder / artifact.path).read_bytes()
    assert (artifact.bytes, artifact.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert next(event for event in events if isinstance(event, Partial)).value == {"ready": True}
    assert isinstance(events[-2], Result)
    end = task.exited()
    assert (end.exit_code, end.signal, end.ended_by) == (0, None, "itself")
    assert end.max_rss_bytes > 0


def test_usage_is_reported(shared_host: HostProcess) -> None:
    task = shared_host.submit("selftest.spin", {"seconds": 1.2})
    usage = task.wait_until(Usage)
    shared_host.connection.wait_for("exited", task.id)
    assert usage.rss_bytes > 0
    assert usage.cpu_percent > 0
    assert task.exited().cpu_seconds >= 1.2


def test_batch_tasks_give_way_and_interactive_ones_do_not(shared_host: HostProcess) -> None:
    own = os.nice(0)  # whoever runs the tests may give them a niceness of their own
    for slot, nice, score in (("batch", own + 10, 800), ("interactive", own, 500)):
        task = shared_host.submit("selftest.hang", slot=slot)
        task.wait_until(Progress, "hang")
        process = psutil.Process(task.wait_until(Started).pid)
        assert process.nice() == nice
        assert process.num_fds() < 10
        assert os.getpgid(process.pid) == process.pid
        if hasattr(os, "SCHED_BATCH"):
            assert (os.sched_getscheduler(process.pid) == os.SCHED_BATCH) == (slot == "batch")
        proc = Path(f"/proc/{process.pid}/oom_score_adj")
        if proc.exists():
            assert int(proc.read_text()) == score
        shared_host.connection.ask(command="stop", attempt_id=task.id, grace_seconds=5)
        shared_host.connection.wait_for("exited", task.id)


@pytest.mark.parametrize(
    ("kind", "task_input", "code", "number"),
    [
        ("selftest.silent", {"exit_code": 3}, 3, None),
        ("selftest.silent", {}, 0, None),
        ("selftest.signal", {"signal": "SIGSEGV"}, None, "SIGSEGV"),
        ("selftest.signal", {"signal": "SIGKILL"}, None, "SIGKILL"),
    ],
)
def test_death_without_a_word(
    shared_host: HostProcess, kind: str, task_input: dict[str, object], code: int | None, number: str | None
) -> None:
    task = shared_host.run(kind, task_input)
    end = task.exited()
    assert (end.exit_code, end.signal, end.ended_by) == (code, number, "itself")
    assert not any(isinstance(event, Result | Failed) for event in task.events())


def test_failures_are_named(shared_host: HostProcess) -> None:
    task = shared_host.run(
        "selftest.fails", {"cause": "bad_data", "code": "series_too_short", "params": {"points": 2}}
    )
    failed = task.wait_until(Failed)
    assert (failed.cause, failed.code, failed.params) == ("bad_data", "series_too_short", {"points": 2})
    assert task.exited().exit_code == 1

    failed = shared_host.run("selftest.crash", {"message": "boom"}).wait_until(Failed)
    assert (failed.cause, failed.code) == ("bug", "unexpected_error")
    assert "RuntimeError" in failed.detail

    failed = shared_host.run("selftest.dance").wait_until(Failed)
    assert (failed.cause, failed.code, failed.params) == ("bug", "unknown_task", {"kind": "selftest.dance"})


def test_memory_beyond_the_plan_fails_one_task_only(shared_host: HostProcess) -> None:
    task = shared_host.run("selftest.memory", {"step_bytes": 256 << 20}, memory_bytes=LIMIT_BYTES)
    failed = task.wait_until(Failed)
    assert (failed.cause, failed.code) == ("out_of_memory", "memory_limit")
    done = [event.done for event in task.events() if isinstance(event, Progress)]
    assert done[:1] == [256 << 20]
    assert all(step <= LIMIT_BYTES for step in done if isinstance(step, float))
    assert shared_host.run("selftest.echo").exited().exit_code == 0


def test_floods_and_prints_block_nobody(shared_host: HostProcess) -> None:
    flood = shared_host.submit("selftest.flood", {"events": 100_000})
    prints = shared_host.submit("selftest.prints", {"lines": 20_000})
    assert shared_host.connection.ask(command="list")["ok"]
    for task in (flood, prints):
        task.wait_until(Exited)
    events = flood.events()
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert flood.wait_until(Result).value == {"events": 100_000}
    assert sum(isinstance(event, Log) for event in events) < 50_000
    assert prints.wait_until(Result).value == {"lines": 20_000}
    output = (prints.folder / "output.log").read_text()
    assert "printed line 19999" in output
    assert "line 19999 on stderr" in output
    assert output.count('"forged":true') == 20_000


def test_nobody_of_a_tasks_group_outlives_it(shared_host: HostProcess) -> None:
    task = shared_host.run("selftest.family")
    grandchild = task.wait_until(Result).value["grandchild"]
    assert not psutil.pid_exists(grandchild)
    assert task.exited().exit_code == 0


def test_stop_lets_a_task_write_its_checkpoint(shared_host: HostProcess) -> None:
    task = shared_host.submit("selftest.checkpoint")
    task.wait_until(Progress, "checkpoint")
    reply = shared_host.connection.ask(command="stop", attempt_id=task.id, grace_seconds=30)
    assert reply["attempts"][0]["state"] == "running"
    shared_host.connection.wait_for("exited", task.id)
    assert task.wait_until(Result).value == {"stopped": True}
    end = task.exited()
    assert (end.exit_code, end.ended_by) == (0, "stop")
    again = shared_host.connection.ask(command="stop", attempt_id=task.id, grace_seconds=0)
    assert (again["ok"], again["attempts"][0]["state"]) == (True, "exited")


def test_stop_without_a_checkpoint(shared_host: HostProcess) -> None:
    task = shared_host.submit("selftest.hang")
    task.wait_until(Progress, "hang")
    shared_host.connection.ask(command="stop", attempt_id=task.id, grace_seconds=30)
    shared_host.connection.wait_for("exited", task.id)
    end = task.exited()
    assert (end.exit_code, end.signal, end.ended_by) == (143, None, "stop")


def test_a_task_that_ignores_sigterm_is_killed_after_the_grace(shared_host: HostProcess) -> None:
    task = shared_host.submit("selftest.stubborn")
    task.wait_until(Progress, "stubborn")
    shared_host.connection.ask(command="stop", attempt_id=task.id, grace_seconds=600)
    shared_host.connection.ask(command="stop", attempt_id=task.id, grace_seconds=0.1)
    shared_host.connection.wait_for("exited", task.id)
    end = task.exited()
    assert (end.exit_code, end.signal, end.ended_by) == (None, "SIGKILL", "stop")


def test_time_limit(shared_host: HostProcess) -> None:
    task = shared_host.run("selftest.stubborn", seconds=0.3, grace_seconds=0.1)
    end = task.exited()
    assert (end.signal, end.ended_by) == ("SIGKILL", "time_limit")


def test_a_killed_task_is_recorded_behind_its_torn_record(shared_host: HostProcess) -> None:
    task = shared_host.submit("selftest.hang")
    task.wait_until(Progress, "hang")
    with (task.folder / "events.jsonl").open("ab") as spool:
        spool.write(b'{"type":"progress","seq":3,"at":17')
    os.kill(task.wait_until(Started).pid, signal.SIGKILL)
    shared_host.connection.wait_for("exited", task.id)
    assert task.exited().signal == "SIGKILL"
    events = task.events()
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
