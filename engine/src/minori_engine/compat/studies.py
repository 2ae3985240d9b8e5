# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPrivateUsage=false
"""Optuna studies made afresh from a history, in memory."""

import warnings
from typing import Any, Final

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.trial import FrozenTrial, TrialState, create_trial

from minori_engine.sampler.messages import (
    Dimension,
    Direction,
    Real,
    SampledTrial,
    SamplerConfig,
    Setting,
    Whole,
    bad_input,
)

STATES: Final = {
    "running": TrialState.RUNNING,
    "complete": TrialState.COMPLETE,
    "pruned": TrialState.PRUNED,
    "failed": TrialState.FAIL,
}
optuna.logging.set_verbosity(optuna.logging.ERROR)


class Study:
    """One question's study: what has happened, and the sampler that looks at it."""

    def __init__(
        self, space: dict[str, Dimension], history: list[SampledTrial], direction: Direction
    ) -> None:
        self._space = {name: _distribution(dimension) for name, dimension in space.items()}
        self._study = optuna.create_study(direction=direction)
        for trial in history:
            self._study.add_trial(self._frozen(trial))

    def ask(self, config: SamplerConfig, seed: int) -> tuple[dict[str, Setting], dict[str, Any]]:
        """The next trial's parameters and what the sampler wants to find again in `attributes`."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._study.sampler = _sampler(config, seed)
            trial = self._study.ask(self._space)
            # A sampler may write its state into the trial it draws.
            frozen = self._study._storage.get_trial(trial._trial_id)
            return dict(trial.params), dict(frozen.system_attrs)

    def importances(self) -> dict[str, float]:
        """Shares by PED-ANOVA (Watanabe et al. 2023), largest first."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            evaluator = optuna.importance.PedAnovaImportanceEvaluator()
            return optuna.importance.get_param_importances(self._study, evaluator=evaluator)

    def _frozen(self, trial: SampledTrial) -> FrozenTrial:
        known = {name: value for name, value in trial.params.items() if name in self._space}
        try:
            return create_trial(
                state=STATES[trial.state],
                value=trial.value if trial.state in ("complete", "pruned") else None,
                params=known,
                distributions={name: self._space[name] for name in known},
                system_attrs=trial.attributes,
                intermediate_values={int(step): value for step, value in trial.intermediate},
            )
        except ValueError as error:
            raise bad_input(f"trial {trial.number}: {error}") from error


def _distribution(dimension: Dimension) -> BaseDistribution:
    if isinstance(dimension, Whole):
        return IntDistribution(dimension.low, dimension.high, log=dimension.log)
    if isinstance(dimension, Real):
        return FloatDistribution(dimension.low, dimension.high, log=dimension.log)
    return CategoricalDistribution(dimension.choices)


def _sampler(config: SamplerConfig, seed: int) -> BaseSampler:
    if config.name == "tpe":
        return TPESampler(
            seed=seed,
            n_startup_trials=config.startup_trials,
            multivariate=config.multivariate,
            # Trials that left a parameter to the family still teach about the others.
            group=config.multivariate,
            constant_liar=True,
        )
    return RandomSampler(seed=seed)
