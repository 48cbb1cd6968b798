"""Small ConvNets on Fashion-MNIST (the chapter on training, and the one on seeing).

`learn` trains one network with one seed. The pictures to validate on are the last 2,000 of the
training file; the 10,000 test pictures are looked at once, at the end.
"""

from __future__ import annotations

import digits
import fashion
import torch
from networks import seeded
from results import stored
from torch import Tensor, nn

SEEDS = (0, 1, 2)
MANY, FEW = 10_000, 1_000  # training pictures
# One thing added at a time, where there are few pictures.
HELPS = {
    "plain": {},
    "batch normalization": {"normalize": True},
    "dropout 0.5": {"dropout": 0.5},
    "weight decay 0.001": {"decay": 0.001},
    "moved and mirrored": {"augment": True},
}
RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)


def small(*, normalize: bool = False, dropout: float = 0.0) -> nn.Module:
    """Pictures (N, 1, 28, 28) -> scores (N, 10)."""

    def after(maps: int) -> list[nn.Module]:
        return [*([nn.BatchNorm2d(maps)] if normalize else []), nn.ReLU(), nn.MaxPool2d(2)]

    return nn.Sequential(
        *(nn.Conv2d(1, 12, 5), *after(12)),  # 24×24, then 12×12
        *(nn.Conv2d(12, 24, 3), *after(24)),  # 10×10, then 5×5
        *(nn.Flatten(), nn.Dropout(dropout), nn.Linear(24 * 5 * 5, 10)),
    )


def moved_and_mirrored(x: Tensor, generator: torch.Generator) -> Tensor:
    """Each picture by up to two pixels in each direction, every second one mirrored."""
    wide = nn.functional.pad(x, (2, 2, 2, 2), value=float(x.min()))
    N = len(x)
    top, left = torch.randint(5, (2, N, 1), generator=generator)
    rows, columns = top + torch.arange(28), left + torch.arange(28)  # (N, 28)
    moved = wide[torch.arange(N)[:, None, None], :, rows[:, :, None], columns[:, None, :]]
    moved = moved.permute(0, 3, 1, 2)
    mirror = torch.rand(N, 1, 1, 1, generator=generator) < 0.5
    return torch.where(mirror, moved.flip(3), moved)


def quick(net: nn.Module) -> nn.Module:
    """The same network with its channels last in memory: on a CPU it trains a third faster."""
    return net.to(memory_format=torch.channels_last)


@stored
def learn(
    source: str, count: int, epochs: int, seed: int, help: str = "plain", lr: float = 0.05
) -> dict:
    """Train with `count` pictures of `source`; the curves, the test share and the weights.

    Up to five epochs the curves have a point for each of them, beyond that only their last one.
    """
    split, (x, y) = fashion.load(count)
    settings = dict(HELPS[help])
    augment, decay = settings.pop("augment", False), settings.pop("decay", 0.0)
    net = quick(seeded(lambda: small(**settings), seed=seed))
    curve = digits.fit(
        net,
        digits.Split(split.x_train, split.y_train, x, y),
        epochs=epochs,
        seed=seed,
        lr=lr,
        batch=50,
        decay=decay,
        every=1 if epochs <= 5 else epochs,
        prepare=moved_and_mirrored if augment else digits.unchanged,
    )
    return {
        "loss": curve.loss,
        "train": curve.train,
        "validation": curve.test,
        "test": digits.accuracy(net, split.x_test, split.y_test),
        "weights": dict(net.state_dict()),
    }


def with_weights(run: dict, **settings) -> nn.Module:
    """The network of a run, ready to look at pictures."""
    net = small(**settings)
    net.load_state_dict(run["weights"])
    return net.eval()


@stored
def search(source: str, lr: float) -> float:
    """The mean training loss of a second pass over 2,000 pictures at a fixed learning rate."""
    split, _ = fashion.load(2_000)
    few = split._replace(x_test=split.x_test[:10], y_test=split.y_test[:10])
    net = quick(seeded(small))
    curve = digits.fit(net, few, epochs=2, seed=0, lr=lr, batch=50, falling=False, every=2)
    return curve.loss[-1]


def main_runs() -> list[dict]:
    return [learn(fashion.source(), MANY, 5, seed) for seed in SEEDS]


def helped() -> dict[str, list[dict]]:
    return {name: [learn(fashion.source(), FEW, 15, s, name) for s in SEEDS] for name in HELPS}


def calls():
    pictures = fashion.source()
    runs = [(learn, (pictures, MANY, 5, seed)) for seed in SEEDS]
    runs += [(learn, (pictures, FEW, 15, seed, name)) for name in HELPS for seed in SEEDS]
    return runs + [(search, (pictures, lr)) for lr in RATES]
