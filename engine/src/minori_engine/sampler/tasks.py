"""The sampler's tasks by verb."""

import hashlib
from typing import Any, Final

import msgspec

from minori_engine.compat.studies import Study
from minori_engine.sampler.messages import (
    AskInput,
    AskResult,
    Importance,
    ImportanceResult,
    Proposal,
    SampledTrial,
    read_ask,
    read_importance,
)
from minori_engine.sampler.quasi_random import quasi_random_point
from minori_engine.task.context import TaskContext, TaskFunction

FEWEST_TRIALS: Final = 5
"""Fewer say nothing about which parameter mattered."""


def ask(context: TaskContext) -> dict[str, Any]:
    """The next `count` proposals. Depends on nothing but the input."""
    return msgspec.to_builtins(propose(read_ask(context.input)))


def propose(asked: AskInput) -> AskResult:
    history = list(asked.history)
    proposals: list[Proposal] = []
    for _ in range(asked.count):
        proposal = _propose_one(asked, history)
        proposals.append(proposal)
        history.append(
            SampledTrial(proposal.number, "running", proposal.params, None, [], proposal.attributes)
        )
    return AskResult(proposals)


def _propose_one(asked: AskInput, history: list[SampledTrial]) -> Proposal:
    number, config, space = len(history), asked.config, asked.space
    if number == 0 and config.defaults_first:
        defaults = {name: item.default for name, item in space.items() if item.default is not None}
        return Proposal(0, defaults, {})
    if config.name == "qmc":
        # One sequence for the whole search: its points belong together.
        return Proposal(number, quasi_random_point(space, number, asked.seed), {})
    params, attributes = Study(space, history, config.direction).ask(config, _seed(asked.seed, number))
    return Proposal(number, params, attributes)


def importance(context: TaskContext) -> dict[str, Any]:
    """How much each parameter mattered, by the complete trials."""
    asked = read_importance(context.input)
    complete = [trial for trial in asked.history if trial.state == "complete" and trial.value is not None]
    shares: dict[str, float] = {}
    if len(complete) >= FEWEST_TRIALS and asked.space:
        shares = Study(asked.space, asked.history, asked.direction).importances()
    found = [Importance(name, share) for name, share in shares.items()]
    return msgspec.to_builtins(ImportanceResult(found, len(complete)))


def _seed(seed: int, number: int) -> int:
    """A seed of its own for each trial: an ask needs no memory of the draws before it."""
    digest = hashlib.sha256(f"{seed}:{number}".encode()).digest()
    return int.from_bytes(digest[:4], "big")


TASKS: Final[dict[str, TaskFunction]] = {"ask": ask, "importance": importance}
