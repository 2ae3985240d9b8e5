import resource
import threading
from pathlib import Path

import pytest

from minori_engine.errors import NoDisk
from minori_engine.protocol import Exited, Log, Progress, Result, TaskEvent, decode_event, encode
from minori_engine.spool import MAX_LOGS_PER_BATCH, Spool, final_record


def log(message: str) -> Log:
    return Log(seq=1, at=0, level="info", message=message)


def exited() -> Exited:
    return Exited(seq=1, at=0, exit_code=0, signal=None, ended_by="itself", cpu_seconds=0, max_rss_bytes=0)


def records(path: Path) -> list[TaskEvent]:
    return [decode_event(line) for line in path.read_bytes().splitlines()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def test_many_threads_one_sequence(path: Path) -> None:
    spool = Spool(path, lambda: None, background=True)

    def write(name: str) -> None:
        for number in range(200):
            spool.append(Result(seq=1, at=0, value={"name": name, "number": number}))

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spool.close()
    found = records(path)
    assert [event.seq for event in found] == list(range(1, 801))
    for name in "abcd":
        numbers = [e.value["number"] for e in found if isinstance(e, Result) and e.value["name"] == name]
        assert numbers == list(range(200))


def test_a_durable_record_is_in_the_file_and_woken_when_append_returns(path: Path) -> None:
    woken: list[int] = []
    spool = Spool(path, lambda: woken.append(path.stat().st_size), background=True)
    spool.append(log("before"))
    spool.append(Result(seq=1, at=0, value={}), durable=True)
    assert [type(event) for event in records(path)] == [Log, Result]
    assert woken[-1] == path.stat().st_size
    spool.close()


def test_a_flood_of_log_lines_is_counted_not_kept(path: Path) -> None:
    spool = Spool(path, lambda: None, background=True)
    lines = 50 * MAX_LOGS_PER_BATCH
    for _ in range(lines):
        spool.append(log("x"))
    spool.close()
    found = [event for event in records(path) if isinstance(event, Log)]
    left_out = sum(int(event.message.split()[0]) for event in found if event.level == "warning")
    kept = sum(event.level == "info" for event in found)
    assert kept + left_out == lines
    assert kept < lines / 2
    assert [event.seq for event in found] == list(range(1, len(found) + 1))


def test_progress_of_one_moment_collapses_to_the_newest(path: Path) -> None:
    spool = Spool(path, lambda: None, background=True)
    for step in range(1000):
        spool.append(Progress(seq=1, at=0, fraction=step / 1000, phase="x"))
    spool.close()
    found = records(path)
    assert len(found) < 100
    assert isinstance(found[-1], Progress)
    assert found[-1].fraction == 0.999


@pytest.mark.parametrize(
    "torn",
    [
        b'{"type":"log","seq":2,"at":1,"lev',
        b"\0" * 4096,
        b"\0" * 100 + b"\n" + b"\0" * 50,
        b'{"type":"log","seq":2\n',
    ],
)
def test_a_torn_tail_is_cut_and_the_sequence_goes_on(path: Path, torn: bytes) -> None:
    first = log("kept")
    path.write_bytes(encode(first) + b"\n" + torn)
    spool = Spool(path, lambda: None, background=False)
    spool.append(exited())
    spool.close()
    found = records(path)
    assert [type(event) for event in found] == [Log, Exited]
    assert [event.seq for event in found] == [1, 2]


def test_a_spool_that_was_torn_in_its_first_record_starts_anew(path: Path) -> None:
    path.write_bytes(b'{"type":"started","se')
    spool = Spool(path, lambda: None, background=False)
    spool.append(exited())
    spool.close()
    assert [event.seq for event in records(path)] == [1]


def test_final_record_is_found_behind_long_lines(path: Path) -> None:
    assert final_record(path) is None
    spool = Spool(path, lambda: None, background=False)
    for _ in range(3):
        spool.append(Result(seq=1, at=0, value={"text": "x" * 300_000}))
    assert final_record(path) is None
    spool.append(exited())
    spool.close()
    found = final_record(path)
    assert found is not None
    assert found.seq == 4


def test_a_record_too_long_for_a_reader_becomes_a_log_line(path: Path) -> None:
    spool = Spool(path, lambda: None, background=False)
    spool.append(Result(seq=1, at=0, value={"text": "x" * 2_000_000}))
    spool.close()
    (found,) = records(path)
    assert isinstance(found, Log)
    assert found.level == "error"


def test_a_full_disk_raises_and_keeps_the_record_for_later(path: Path) -> None:
    spool = Spool(path, lambda: None, background=False)
    spool.append(log("first"))
    size = path.stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, hard))
        with pytest.raises(NoDisk):
            spool.append(log("second"))
        assert len(records(path)) == 1, "no torn record stays"
        resource.setrlimit(resource.RLIMIT_FSIZE, (2 * size + 20, hard))
        with pytest.raises(NoDisk):
            spool.append(log("third"))
        assert len(records(path)) == 2, "what fits whole is kept"
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    spool.append(exited())
    spool.close()
    found = records(path)
    assert [event.seq for event in found] == [1, 2, 3, 4]
    assert [event.message for event in found if isinstance(event, Log)] == ["first", "second", "third"]
