"""Series that never were: what the network learns from.

Each is a trend, a cycle, a season and noise in random proportions, broken and bent at random, then given a
shape (exponential, count, rounded, upside down). The ranges are meant to hold everything that people keep in
tables; no real series was used to draw one.
"""

from typing import Final

import numpy as np

from minori_engine.forecast.prior.inputs import HOURS_OF_DAY, Array

DAYS: Final = 7
F: Final = np.float32
BURN_IN: Final = 60
CHANCE: Final = np.array([0.82, 0.5, 0.82, 0.95])
"""Of a trend, a cycle, a season and noise."""
BREAKS: Final = ((0.18, "level"), (0.06, "level"), (0.07, "fading"), (0.08, "slope"))
"""Chance of each in a series."""


def simulate(random: np.random.Generator, count: int, n: int, season: int) -> Array:
    """(count, n) float32."""
    parts = np.exp(random.normal(0, 1.0, (count, 4))).astype(F)
    chance = CHANCE if season > 1 else CHANCE * [1, 1, 0, 1]
    there = random.random((count, 4)) < chance
    there[:, 3] |= ~there.any(1)
    parts = parts * there
    calm = random.random(count) < 0.5
    parts[:, 3] *= np.where(calm, 10 ** random.uniform(-2, 0, count), 0.8)
    if season > 1:
        parts[:, 2] *= np.where(random.random(count) < 0.5, 1.5, 0.6)
    z = parts[:, :1] * _trend(random, count, n) + parts[:, 1:2] * _cycle(random, count, n, season)
    shocks = _noise(random, count, n)
    moving = random.random(count) < 0.2
    shocks[moving, 1:] += random.uniform(-0.7, 0.9, (moving.sum(), 1)).astype(F) * shocks[moving, :-1]
    z += parts[:, 3:] * _unit(shocks)
    if season > 1:
        z += parts[:, 2:3] * _seasons(random, count, n, season)
    _break(random, z)
    return _shaped(random, _unit(z))


def _unit(x: Array) -> Array:
    return (x - x.mean(1, keepdims=True)) / (x.std(1, keepdims=True) + 1e-6)


def _zeros(count: int) -> Array:
    return np.zeros(count, F)


def _times(n: int) -> Array:
    return np.arange(n)


def _some(random: np.random.Generator, count: int, chance: float) -> Array:
    """Which of `count` rows."""
    return np.flatnonzero(random.random(count) < chance)


def _autoregressive(shocks: Array, first: Array, second: Array | None = None) -> Array:
    """x_t = first x_{t-1} + second x_{t-2} + shock_t, all rows at once."""
    count, n = shocks.shape
    older = _zeros(count) if second is None else second
    last, before = _zeros(count), _zeros(count)
    columns = np.ascontiguousarray(shocks.T)
    found = np.empty_like(columns)
    for t in range(n):
        last, before = first * last + older * before + columns[t], last
        found[t] = last
    return np.ascontiguousarray(found.T)


def _noise(random: np.random.Generator, count: int, n: int) -> Array:
    """Normal, heavy-tailed or skewed, sometimes with calm and wild times."""
    found = random.standard_normal((count, n), dtype=F)
    kind = random.random(count)
    heavy = kind < 0.25
    freedom = 3 + 5 * random.random((heavy.sum(), 1))
    found[heavy] /= np.sqrt(random.chisquare(freedom, (heavy.sum(), n)).astype(F) / 4 + 0.05)
    skewed = kind > 0.9
    found[skewed] = random.gamma(1 + 2 * random.random((skewed.sum(), 1)), 1, (skewed.sum(), n)).astype(F)
    found[skewed] -= found[skewed].mean(1, keepdims=True)
    wild = random.random(count) < 0.2
    k = int(wild.sum())
    volatility = _autoregressive(random.standard_normal((k, n), dtype=F), np.full(k, 0.95, F)) * 0.3
    found[wild] *= np.exp(volatility * random.random((k, 1)).astype(F))
    return found


def _trend(random: np.random.Generator, count: int, n: int) -> Array:
    """Random walks, smooth curves, lines, S-curves, and mixtures of them."""
    kind = random.random(count)
    time = np.linspace(-1, 1, n, dtype=F)[None]
    steps = random.standard_normal((count, n), dtype=F)
    walk = np.cumsum(_noise(random, count, n), 1)
    memory = random.choice([0.8, 0.9, 0.95, 0.98, 1.0], count).astype(F)
    chance = random.random((count, n))
    rare = random.random(count) < 0.4
    smooth = np.cumsum(_autoregressive(steps * (chance < np.where(rare, 0.05, 1)[:, None]), memory), 1)
    line = np.broadcast_to(time, (count, n))
    middle = random.uniform(-1.5, 1.5, (count, 1)).astype(F)
    steep = 10 ** random.uniform(-0.2, 1, (count, 1)).astype(F)
    growth = 1 / (1 + np.exp(-(time - middle) * steep))
    share = 10 ** random.uniform(-1.5, 0.5, (count, 1)).astype(F)
    upwards = random.choice([-1, 1], (count, 1)).astype(F)
    drift = random.uniform(-0.6, 0.9, (count, 1)).astype(F)
    walk1, smooth1 = _unit(walk), _unit(smooth)
    kinds = (
        (0.22, walk1),
        (0.14, smooth1),
        (0.15, walk1 + share * line * upwards),
        (0.14, smooth1 + share * walk1),
        (0.12, line + 0.1 * share * walk1),
        (0.06, _unit(growth) + 0.1 * share * walk1),
        (0.17, _unit(walk + drift * np.arange(n, dtype=F))),
    )
    edges = np.cumsum([chance for chance, _ in kinds])
    return _unit(
        np.choose(np.minimum(np.searchsorted(edges, kind, "right"), 6)[:, None], [x for _, x in kinds])
    )


def _cycle(random: np.random.Generator, count: int, n: int, season: int) -> Array:
    """Cycles without a fixed period, what returns to its mean slowly, and odd sinusoids that drift."""
    kind = random.random(count)
    longest = 14 if season == 1 else max(3 * season, 20)
    period = np.exp(random.uniform(np.log(2.5), np.log(longest), count))
    radius = 1 - 10 ** random.uniform(-2.5, -0.3, count)
    shocks = _noise(random, count, n + BURN_IN)
    angle = (2 * radius * np.cos(2 * np.pi / period)).astype(F)
    cyclic = _autoregressive(shocks, angle, (-(radius**2)).astype(F))[:, BURN_IN:]
    plain = _autoregressive(shocks, random.uniform(-0.6, 0.99, count).astype(F))[:, BURN_IN:]
    slow = _autoregressive(shocks, random.uniform(0.3, 0.97, count).astype(F))
    slow = _autoregressive(slow, random.uniform(-0.3, 0.97, count).astype(F))[:, BURN_IN:]
    unsteady = 0.15 * random.random((count, 1)).astype(F)
    phase = np.cumsum(1 + unsteady * random.standard_normal((count, n), dtype=F), 1)
    waves = np.zeros((count, n), F)
    for harmonic in (1, 2):
        turn = 2 * np.pi * harmonic * phase / period[:, None] + random.uniform(0, 6.3, (count, 1))
        waves += F(1 / harmonic) * np.sin(turn).astype(F) * random.standard_normal((count, 1)).astype(F)
    edges = (0.35, 0.6, 0.85)
    return _unit(np.choose(np.searchsorted(edges, kind, "right")[:, None], [cyclic, plain, slow, waves]))


def _seasons(random: np.random.Generator, count: int, n: int, season: int) -> Array:
    found = _season(random, count, n, season)
    if season == HOURS_OF_DAY:
        weekly = random.random(count) < 0.75
        found[weekly] = _unit(_weeks_of_hours(random, int(weekly.sum()), n) + 0.3 * found[weekly])
    return found


def _season(random: np.random.Generator, count: int, n: int, season: int) -> Array:
    """Smooth, free or spiky patterns, stable or changing, of steady or changing strength."""
    seasons = -(-n // season) + 1
    kind = random.random(count)
    free = random.standard_normal((count, season), dtype=F)
    phase = np.arange(season)
    smooth = np.zeros((count, season), F)
    decay = random.uniform(0.3, 2.2, count)[:, None]
    for k in range(1, min(max(1, season // 2), 6) + 1):
        strength = (random.standard_normal((count, 2)) * k**-decay).astype(F)
        turn = 2 * np.pi * k * phase / season
        smooth += strength[:, :1] * np.cos(turn, dtype=F) + strength[:, 1:] * np.sin(turn, dtype=F)
    spiky = free * 0.2
    where = random.integers(0, season, count)
    sign = random.choice([1, -1], count, p=[0.7, 0.3])
    spiky[np.arange(count), where] += sign * (1 + 3 * random.random(count))
    kinds = [_unit(smooth), _unit(smooth) + 0.5 * free, free, spiky]
    pattern = np.choose(np.searchsorted((0.55, 0.75, 0.88), kind, "right")[:, None], kinds)
    sharp = random.random(count) < 0.25
    pattern[sharp] = np.exp(_unit(pattern[sharp]) * random.uniform(0.3, 1.2, (sharp.sum(), 1)).astype(F))
    pattern = _unit(pattern)
    stable = random.random(count) < 0.45
    change = np.where(stable, 0, 10 ** random.uniform(-2, -0.3, count)).astype(F)
    steps = random.standard_normal((count, seasons, season), dtype=F) * change[:, None, None]
    alike = random.random(count) < 0.5
    steps[alike] = (steps[alike] + np.roll(steps[alike], 1, 2) + np.roll(steps[alike], -1, 2)) / 1.7
    swell = random.standard_normal((count, seasons, 1), dtype=F)
    swelling = np.where(random.random(count) < 0.7, 0, 0.1)[:, None, None].astype(F)
    strength = np.exp(np.cumsum(swell, 1) * swelling)
    full = (pattern[:, None] + np.cumsum(steps, 1)) * strength
    return _unit(full.reshape(count, seasons * season)[:, :n])


def _weeks_of_hours(random: np.random.Generator, count: int, n: int) -> Array:
    """Days whose hours, level and swing differ at weekends, beginning anywhere in the week."""
    hours = HOURS_OF_DAY
    day, weekend = (_unit(_season(random, count, hours, hours)) for _ in range(2))
    other = np.where(random.random(count) < 0.3, 0, random.random(count)).astype(F)[:, None, None]
    level = np.zeros((count, DAYS, 1), F)
    level[:, 5:] = random.standard_normal((count, 2, 1)) * 0.7
    level += random.standard_normal((count, DAYS, 1)).astype(F) * 0.2
    found = np.zeros((count, DAYS, hours), F)
    found[:, :5] = day[:, None]
    found[:, 5:] = (1 - other) * day[:, None] + other * weekend[:, None]
    much = np.where(random.random(count) < 0.35, 0, random.random(count) * 1.5).astype(F)[:, None, None]
    found[:, 5:] *= 1 - (random.random((count, 1, 1)) * 0.6 * (much > 0)).astype(F)
    week = (found + much * level).reshape(count, DAYS * hours)
    begin = random.integers(0, DAYS * hours, count)
    week = np.take_along_axis(week, (np.arange(DAYS * hours)[None] + begin[:, None]) % (DAYS * hours), 1)
    return np.tile(week, (1, n // (DAYS * hours) + 1))[:, :n]


def _break(random: np.random.Generator, z: Array) -> None:
    """Levels and slopes that break, shocks that fade, and single values far off."""
    count, n = z.shape
    time = _times(n)
    usual = z.std(1) * 0.7 + 1e-6
    for chance, kind in BREAKS:
        rows = _some(random, count, chance)
        at = random.integers(3, n, (rows.size, 1))
        size = (random.standard_normal((rows.size, 1)) * 1.5 * usual[rows, None]).astype(F)
        after = time >= at
        if kind == "level":
            z[rows] += size * after
        elif kind == "fading":
            life = random.uniform(1, 12, (rows.size, 1))
            z[rows] += size * 1.5 * after * np.exp(-np.maximum(time - at, 0) / life).astype(F)
        else:
            z[rows] += size * after * ((time - at) / (n / 2)).astype(F) * 1.5
    rows = _some(random, count, 0.2)
    hit = random.random((rows.size, n)) < random.uniform(0.005, 0.04, (rows.size, 1))
    z[rows] += hit * (random.standard_normal((rows.size, n), dtype=F) * 2.5 * usual[rows, None])


def _shaped(random: np.random.Generator, z: Array) -> Array:
    """Nearly half as they are, the others growing by factors; a few counts, rounded or upside down."""
    count = len(z)
    kind = random.random(count)
    bend = 10 ** random.uniform(-1.2, 0.15, (count, 1)).astype(F)
    y = np.where((kind < 0.45)[:, None], z, np.expm1(np.clip(bend * z, -8, 8)) / bend)
    peaked = kind > 0.93
    y[peaked] = np.log1p(np.exp(z[peaked] * 2)) ** (1 + random.random((peaked.sum(), 1)).astype(F))
    counts = random.random(count) < 0.1
    if counts.any():
        above = y[counts] - y[counts].min(1, keepdims=True)
        mean = 10 ** random.uniform(0, 2, (counts.sum(), 1))
        rates: Array = np.clip(above / (above.mean(1, keepdims=True) + 1e-6) * mean, 0, 1e5)
        y[counts] = random.poisson(rates).astype(F)
    rows = _some(random, count, 0.12)
    share = np.power(10.0, random.uniform(-1.3, 0, (rows.size, 1)))
    grid = np.asarray(share * y[rows].std(1, keepdims=True), F) + F(1e-6)
    y[rows] = np.round(y[rows] / grid) * grid
    y[random.random(count) < 0.2] *= -1
    return np.clip(np.nan_to_num(y), -1e6, 1e6)
