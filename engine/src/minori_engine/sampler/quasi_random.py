"""Points that fill a space evenly (scrambled Sobol sequence; Owen 1998, scipy)."""

import math

from scipy.stats import qmc

from minori_engine.sampler.messages import Choice, Dimension, Setting, Whole


def quasi_random_point(space: dict[str, Dimension], number: int, seed: int) -> dict[str, Setting]:
    """Point `number` of the sequence that `seed` scrambles."""
    if not space:
        return {}
    names = sorted(space)
    sequence = qmc.Sobol(len(names), scramble=True, rng=seed)
    if number > 0:
        sequence.fast_forward(number)
    point = sequence.random(1)[0]
    return {name: _value(space[name], float(share)) for name, share in zip(names, point, strict=True)}


def _value(dimension: Dimension, share: float) -> Setting:
    if isinstance(dimension, Choice):
        return dimension.choices[min(int(share * len(dimension.choices)), len(dimension.choices) - 1)]
    # Whole numbers get equal parts of the line, the first and the last too.
    low, high = float(dimension.low), float(dimension.high)
    if isinstance(dimension, Whole):
        low, high = low - 0.5, high + 0.5
    if dimension.log:
        value = math.exp(math.log(low) + share * (math.log(high) - math.log(low)))
    else:
        value = low + share * (high - low)
    if isinstance(dimension, Whole):
        return int(min(max(round(value), dimension.low), dimension.high))
    return min(max(value, dimension.low), dimension.high)
