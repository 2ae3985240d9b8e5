"""Proposals: pure functions of their question, in any process, whatever was restarted."""

import json
import math
import subprocess
import sys
from typing import Any

import msgspec
import pytest

from host_process import SOURCE, HostProcess
from minori_engine.protocol import Failed, Result
from minori_engine.sampler.messages import AskInput
from minori_engine.sampler.tasks import propose

Message = dict[str, Any]
SPACE: Message = {
    "rate": {"type": "float", "low": 1e-4, "high": 1e-1, "log": True, "default": 1e-3},
    "layers": {"type": "int", "low": 1, "high": 5, "log": False, "default": None},
    "scaler": {"type": "categorical", "choices": ["standard", "robust", "identity"], "default": "standard"},
}
SAMPLERS = ("random", "tpe", "qmc")


def question(history: list[Message], sampler: str = "tpe", count: int = 1, **changes: object) -> Message:
    config = {
        "name": sampler,
        "direction": "minimize",
        "multivariate": True,
        "startup_trials": 5,
        "defaults_first": True,
    }
    return {"seed": 7, "space": SPACE, "history": history, "config": config | changes, "count": count}


def next_params(history: list[Message], sampler: str = "tpe") -> Message:
    found = propose(msgspec.convert(question(history, sampler), AskInput)).proposals[0]
    assert found.number == len(history)
    return found.params


def trial(number: int, params: Message, value: float | None) -> Message:
    return {
        "number": number,
        "state": "running" if value is None else "complete",
        "params": params,
        "value": value,
        "intermediate": [],
        "attributes": {},
    }


def loss(params: Message) -> float:
    """Best at rate 0.01 and the robust scaler."""
    off = abs(math.log10(params["rate"]) + 2) + (0.0 if params["scaler"] == "robust" else 1.0)
    return off + 0.01 * params.get("layers", 3)


def search(trials: int, sampler: str = "tpe") -> list[Message]:
    history: list[Message] = []
    for number in range(trials):
        params = next_params(history, sampler)
        history.append(trial(number, params, loss(params)))
    return history


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_fresh_process_proposes_the_same(sampler: str) -> None:
    history = search(12, sampler)
    history.append(trial(12, next_params(history, sampler), None))
    code = (
        "import json, msgspec, sys\n"
        "from minori_engine.sampler.messages import AskInput\n"
        "from minori_engine.sampler.tasks import propose\n"
        "asked = msgspec.convert(json.load(sys.stdin), AskInput)\n"
        "print(json.dumps(propose(asked).proposals[0].params))\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(question(history, sampler)),
        env={"PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(answer.stdout) == next_params(history, sampler)


def test_a_search_that_is_resumed_ends_like_the_undisturbed_one() -> None:
    """Two slots: running trials are told later; the history goes through JSON, as the database keeps it."""

    def run(restart_at: int | None) -> list[Message]:
        history: list[Message] = []
        for number in range(25):
            if number >= 2:
                done = history[number - 2]
                done |= {"state": "complete", "value": loss(done["params"])}
            if number == restart_at:
                history = json.loads(json.dumps(history))
            history.append(trial(number, next_params(history), None))
        return history

    undisturbed = run(None)
    for restart_at in (3, 11, 24):
        assert run(restart_at) == undisturbed


def test_running_trials_are_not_proposed_again() -> None:
    history = search(15)
    first = next_params(history)
    assert next_params([*history, trial(15, first, None)]) != first


def test_tpe_finds_what_random_does_not() -> None:
    tpe = search(50)
    assert min(loss(entry["params"]) for entry in tpe) < 0.15
    late = [entry["params"]["scaler"] for entry in tpe[30:]]
    assert late.count("robust") > len(late) / 2


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_proposals_lie_in_the_space(sampler: str) -> None:
    history = search(30, sampler)
    assert history[0]["params"] == {"rate": 1e-3, "scaler": "standard"}, "the defaults come first"
    for entry in history[1:]:
        params = entry["params"]
        assert 1e-4 <= params["rate"] <= 1e-1
        assert params["layers"] in range(1, 6)
        assert isinstance(params["layers"], int)
        assert params["scaler"] in SPACE["scaler"]["choices"]


def test_quasi_random_points_fill_the_space() -> None:
    asked = msgspec.convert(question([], "qmc", 33), AskInput)
    points = [proposal.params for proposal in propose(asked).proposals[1:]]
    for low in (1e-4, 1e-3, 1e-2):
        found = sum(low <= float(point["rate"]) < 10 * low for point in points)
        assert 9 <= found <= 13, "a third of the points in each third of the line"


def test_pruned_and_failed_trials_are_borne(shared_host: HostProcess) -> None:
    history = search(12)
    history[3] |= {"state": "failed", "value": None}
    history[4] |= {"state": "pruned", "value": None, "intermediate": [[1, 2.5], [2, 2.4]]}
    task = shared_host.run("sampler.ask", question(history, count=3))
    proposals = task.wait_until(Result).value["proposals"]
    assert [proposal["number"] for proposal in proposals] == [12, 13, 14]
    assert len({json.dumps(proposal["params"]) for proposal in proposals}) == 3


def test_importance(shared_host: HostProcess) -> None:
    asked = {"seed": 7, "space": SPACE, "history": search(40, "random"), "direction": "minimize"}
    value = shared_host.run("sampler.importance", asked).wait_until(Result).value
    shares = {item["name"]: item["share"] for item in value["importances"]}
    assert value["trials"] == 40
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["layers"] < 0.2
    few = shared_host.run("sampler.importance", asked | {"history": search(2)}).wait_until(Result).value
    assert few == {"importances": [], "trials": 2}


@pytest.mark.parametrize(
    "changes",
    [
        {"count": 0},
        {"history": [trial(3, {"rate": 0.01}, 1.0)]},
        {"history": [trial(0, {"rate": 5.0}, 1.0)], "count": 1},
        {"space": {"a": {"type": "date"}}},
    ],
)
def test_refusals(shared_host: HostProcess, changes: Message) -> None:
    failed = shared_host.run("sampler.ask", question([]) | changes).wait_until(Failed)
    assert (failed.cause, failed.code) == ("bug", "bad_input")
