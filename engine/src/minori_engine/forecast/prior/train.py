# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPrivateImportUsage=false
"""Teaches the network of one season on simulated series, and writes its weights.

    python -m minori_engine.forecast.prior.train SEASON STEPS FILE.npz

About 800 steps a minute on one core. The weights in `weights/` are those after the steps in `SHIPPED`, with
numpy 2.4.6 and torch 2.13.0 on one thread; the same series come again, the last digits of sums may not.
"""

import sys
from collections.abc import Iterator
from itertools import islice
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from minori_engine.forecast.prior.inputs import REACHES, Array, Reach, inputs
from minori_engine.forecast.prior.network import (
    MIDDLE,
    NARROW,
    QUANTILES,
    Layers,
    between_knots,
    packed,
)
from minori_engine.forecast.prior.simulation import simulate

SHIPPED: Final = {1: 14_000, 4: 16_000, 7: 14_000, 12: 20_000, 24: 2_500, 52: 9_000}
SEED: Final = 1
WIDTH: Final = 320
BLOCKS: Final = 4
SIMULATED: Final = 4096
CUTS: Final = 2
"""How often each simulated series is cut at another end and length."""
PASSES: Final = 3
BATCH: Final = 512
LEARNING_RATE: Final = 2e-3
WARM_UP: Final = 200
WEIGHT_DECAY: Final = 0.02
LONGEST_MEMORY: Final = 0.998
"""Of the running mean of the weights that is kept."""
HARD: Final = 3.0
"""Losses above it count by their logarithm: what cannot be known must not lead the learning."""
MARGIN: Final = {1: 12, 4: 8, 7: 14, 12: 24, 24: 48, 52: 26}
"""Values by which the end of a cut moves."""
Batch = tuple[Tensor, Tensor, Tensor]


class Network(nn.Module):
    """What `network.quantiles` computes, for learning."""

    def __init__(self, features: int, candidates: int, horizon: int) -> None:
        super().__init__()
        self.horizon = horizon
        self.inp = nn.Linear(features, WIDTH)
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(BLOCKS))
        self.up = nn.ModuleList(nn.Linear(WIDTH, WIDTH) for _ in range(BLOCKS))
        self.down = nn.ModuleList(nn.Linear(WIDTH, WIDTH) for _ in range(BLOCKS))
        self.out_norm = nn.LayerNorm(WIDTH)
        knots = between_knots(horizon)
        self.head = nn.Linear(WIDTH, horizon * len(QUANTILES) + candidates * len(knots))
        self.knots = torch.from_numpy(knots)
        with torch.no_grad():
            self.head.weight *= 0.1
            self.head.bias.zero_()
            for down in self.down:
                down.get_parameter("weight").mul_(0.3)

    def forward(self, net: Tensor, candidates: Tensor) -> Tensor:
        hidden = self.inp(net)
        for norm, up, down in zip(self.norms, self.up, self.down, strict=True):
            hidden = hidden + down(functional.silu(up(norm(hidden))))
        out = self.head(self.out_norm(hidden))
        values = self.horizon * len(QUANTILES)
        gates = torch.softmax(out[:, values:].view(len(net), len(self.knots), -1), -1)
        mix = torch.einsum("bgk,gh->bkh", gates, self.knots)
        own = out[:, :values].view(len(net), self.horizon, -1)
        median = ((mix * candidates).sum(1) + own[:, :, MIDDLE])[..., None]
        widths = functional.softplus(own + NARROW)
        above = torch.cumsum(widths[:, :, MIDDLE + 1 :], -1)
        below = torch.cumsum(widths[:, :, :MIDDLE].flip(-1), -1).flip(-1)
        return torch.cat([median - below, median, median + above], -1)

    def layers(self) -> Layers:
        return {name: values.detach().numpy() for name, values in self.state_dict().items()}


def cut(random: np.random.Generator, y: Array, reach: Reach) -> Batch:
    """Histories of random length that end anywhere, and what came after them at their scale."""
    rows, n = y.shape
    whole = reach.context + reach.horizon
    begin = random.integers(0, n - whole + 1, rows)
    window = np.take_along_axis(y, begin[:, None] + np.arange(whole)[None], 1)
    short = np.exp(random.uniform(np.log(reach.fewest), np.log(reach.context), rows))
    known = np.where(random.random(rows) < 0.5, reach.context, short).astype(int)
    mask = np.arange(reach.context)[None] >= (reach.context - known)[:, None]
    told = inputs(window[:, : reach.context], mask, reach)
    future = (window[:, reach.context :] - told.center[:, None]) / told.scale[:, None]
    future = np.clip(future, -1e4, 1e4).astype(np.float32)
    return torch.from_numpy(told.net), torch.from_numpy(told.candidates), torch.from_numpy(future)


def batches(random: np.random.Generator, reach: Reach) -> Iterator[Batch]:
    """Without end."""
    while True:
        n = reach.context + reach.horizon + MARGIN[reach.season]
        y = simulate(random, SIMULATED, n, reach.season)
        cuts = [cut(random, y, reach) for _ in range(CUTS)]
        pool = [
            (net[at : at + BATCH], candidates[at : at + BATCH], future[at : at + BATCH])
            for net, candidates, future in cuts
            for at in range(0, SIMULATED, BATCH)
        ]
        for which in random.permutation(len(pool) * PASSES):
            yield pool[which % len(pool)]


def loss(network: Network, batch: Batch) -> Tensor:
    """(rows,) mean quantile loss at the scale of the history."""
    net, candidates, future = batch
    errors = future[..., None] - network(net, candidates)
    quantile = torch.tensor(QUANTILES)
    return torch.maximum(quantile * errors, (quantile - 1) * errors).mean((1, 2))


def learn(season: int, steps: int) -> Network:
    """The running mean of the weights after so many steps."""
    torch.manual_seed(SEED)
    random = np.random.default_rng(SEED)
    reach = REACHES[season]
    source = batches(random, reach)
    net, candidates, _ = first = next(source)
    shape = net.shape[1], candidates.shape[1], reach.horizon
    network, kept = Network(*shape), Network(*shape)
    kept.load_state_dict(network.state_dict())
    optimizer = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    for step, batch in enumerate(islice(source, steps)):
        for group in optimizer.param_groups:
            warm = min(1, (step + 1) / WARM_UP)
            group["lr"] = LEARNING_RATE * warm * (0.5 + 0.5 * np.cos(np.pi * step / steps)) + 1e-6
        each = loss(network, batch)
        missed = torch.where(each > HARD, HARD * (1 + torch.log(each.clamp(min=1e-6) / HARD)), each).mean()
        optimizer.zero_grad(set_to_none=True)
        missed.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        memory = min(LONGEST_MEMORY, 1 - 1 / (step + 2))
        with torch.no_grad():
            for mean, value in zip(kept.parameters(), network.parameters(), strict=True):
                mean.lerp_(value, 1 - memory)
        if step % 500 == 0:
            print(step, round(float(loss(kept, first).detach().clamp(max=5).mean()), 4), flush=True)
    return kept


def main() -> None:
    season, steps, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    torch.set_num_threads(1)
    np.savez_compressed(path, allow_pickle=False, **packed(learn(season, steps).layers()))


if __name__ == "__main__":
    main()
