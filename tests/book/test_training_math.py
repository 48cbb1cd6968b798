"""The arithmetic of training in the page: gradients, steps, patterns and speed of PyTorch."""

from __future__ import annotations

import time

import numpy as np
import pytest
import torch
from networks.pattern import PatternError, parse
from torch import nn

pytestmark = pytest.mark.browser

TRAINER = "convnet-trainer"
LAYERS = ("CONV", "RELU", "POOL", "FC")
PATTERNS = (
    "INPUT -> FC",
    "INPUT -> CONV -> RELU -> FC",
    "INPUT -> [CONV -> RELU -> POOL]*2 -> FC",
    "INPUT -> [CONV -> RELU]*2 -> POOL -> [FC -> RELU]*1 -> FC",
    "INPUT -> POOL -> [[CONV -> RELU]*2 -> POOL?]*1 -> [FC -> RELU]*2 -> FC",
)
SIGNS = [*LAYERS, "INPUT", "->", "[", "]", "*", "?", "2", "N", "conv", "&"]
# Builds a network of random sizes in the page from weights that the test draws.
BUILD = """
    const { build, parameters, forward, backward } = await import('./net-math.mjs');
    const { parsePattern, specify } = await import('./pattern-math.mjs');
    const { gradientsOf, startRun, trainStep } = await import('./training-math.mjs');
    const network = ({ pattern, shape, sizes, weights }) => {
        const layers = build(specify(parsePattern(pattern), shape, sizes), shape);
        parameters(layers).forEach((array, at) => array.set(weights[at]));
        return layers;
    };
"""


def random_task(rng):
    """A network, in PyTorch and as the page builds it, and pictures with labels."""
    pattern = PATTERNS[rng.integers(len(PATTERNS))]
    shape = int(rng.integers(1, 4)), int(4 * rng.integers(1, 3)), int(4 * rng.integers(1, 3))
    kernel = int(rng.choice([1, 3, 5]))
    sizes = {"filters": int(rng.integers(1, 5)), "kernel": kernel, "units": 6, "classes": 5}
    layers, (C, H, W) = [], shape
    kinds = [layer.kind for layer in parse(pattern)]
    for number, kind in enumerate(kinds):
        if kind == "CONV":
            layers.append(nn.Conv2d(C, sizes["filters"], kernel, padding=kernel // 2))
            C = sizes["filters"]
        elif kind == "POOL":
            layers.append(nn.MaxPool2d(2))
            H, W = H // 2, W // 2
        elif kind == "RELU":
            layers.append(nn.ReLU())
        else:
            out = 5 if number == len(kinds) - 1 else 6
            if "FC" not in kinds[:number]:
                layers.append(nn.Flatten())
            layers.append(nn.Linear(C * H * W, out))
            C, H, W = out, 1, 1
    net = nn.Sequential(*layers)
    with torch.no_grad():
        for p in net.parameters():
            p.copy_(torch.from_numpy(rng.normal(scale=0.4, size=tuple(p.shape))))
    weights = [p.detach().flatten().tolist() for p in net.parameters()]
    x = torch.from_numpy(rng.normal(size=(12, *shape))).float()
    y = torch.from_numpy(rng.integers(5, size=12))
    task = {"pattern": pattern, "shape": shape, "sizes": sizes, "weights": weights,
            "pictures": x.flatten(1).tolist(), "labels": y.tolist()}  # fmt: skip
    return net, x, y, task


def test_gradients_of_fifty_random_networks_equal_torch(show):
    """Of every parameter and of every volume, for the mean loss of a batch."""
    rng = np.random.default_rng(71)
    page = show(TRAINER)
    for _ in range(50):
        net, x, y, task = random_task(rng)
        found = page.evaluate(
            f"""async task => {{ {BUILD}
                const layers = network(task);
                const pictures = task.pictures.map(one => Float64Array.from(one));
                const run = {{ layers, pictures, labels: task.labels }};
                const {{ loss, sums }} = gradientsOf(run, pictures.map((_, at) => at));
                const volumes = forward(layers, pictures[0]);
                const ones = volumes.at(-1).map((_, at) => at + 1);
                const scratch = sums.map(({{ length }}) => new Float64Array(length));
                return {{ loss, sums: sums.map(sum => [...sum]),
                    volumes: backward(layers, volumes, ones, scratch).map(one => [...one]) }};
            }}""",
            task,
        )
        net = net.double()
        loss = nn.functional.cross_entropy(net(x.double()), y)
        loss.backward()
        assert found["loss"] == pytest.approx(loss.item(), rel=1e-12)
        gradients = [p.grad.flatten() for p in net.parameters()]
        assert len(found["sums"]) == len(gradients)
        for ours, theirs in zip(found["sums"], gradients, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)
        kept = [x[:1].double().requires_grad_()]
        for layer in net:
            kept.append(layer(kept[-1]))
            kept[-1].retain_grad()
        kept[-1].backward(torch.arange(1.0, 6.0, dtype=torch.float64)[None])
        flat = [
            volume.grad.flatten()
            for volume, layer in zip(kept, [None, *net], strict=True)
            if not isinstance(layer, nn.Flatten)
        ]
        assert len(found["volumes"]) == len(flat)
        for ours, theirs in zip(found["volumes"], flat, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


def torch_optimizer(parameters, *, optimizer, rate, momentum, decay, batch):
    """What PyTorch has for the settings of the page."""
    if optimizer == "adagrad":
        return torch.optim.Adagrad(parameters, lr=rate, weight_decay=decay)
    if optimizer == "rmsprop":
        return torch.optim.RMSprop(parameters, lr=rate, momentum=momentum, weight_decay=decay)
    if optimizer == "adam":
        betas = (momentum, 0.999)
        return torch.optim.Adam(parameters, lr=rate, betas=betas, weight_decay=decay)
    nesterov = optimizer == "nesterov"
    return torch.optim.SGD(
        parameters, lr=rate, momentum=momentum, weight_decay=decay, nesterov=nesterov
    )


@pytest.mark.parametrize(
    "name, momenta, rates",
    [
        ("sgd", (0, 0.9), (0.001, 0.05)),
        ("nesterov", (0.5, 0.9), (0.001, 0.05)),
        ("adagrad", (0.9,), (0.001, 0.05)),  # which leaves momentum alone
        ("rmsprop", (0, 0.9), (0.0005, 0.005)),
        ("adam", (0, 0.9), (0.001, 0.05)),
    ],
)
def test_ten_steps_of_fifty_random_networks_equal_torch(show, name, momenta, rates):
    """From the same weights, with momentum and decay: PyTorch's float32 after ten steps."""
    rng = np.random.default_rng(72)
    page = show(TRAINER)
    for _ in range(50):
        net, x, y, task = random_task(rng)
        settings = {
            "optimizer": name,
            "rate": float(rng.uniform(*rates)),
            "momentum": float(rng.choice(momenta)),
            "decay": float(rng.choice([0, 0.01])),
            "batch": 4,
        }
        batches = [rng.choice(12, size=4, replace=False).tolist() for _ in range(10)]
        found = page.evaluate(
            f"""async ([task, settings, batches]) => {{ {BUILD}
                const layers = network(task);
                const pictures = task.pictures.map(one => Float64Array.from(one));
                const run = startRun(layers, pictures, task.labels, settings, Math.random);
                const losses = batches.map(chosen => trainStep(run, chosen).loss);
                return {{ losses, weights: parameters(layers).map(one => [...one]) }};
            }}""",
            [task, settings, batches],
        )
        optimizer = torch_optimizer(net.parameters(), **settings)
        losses = []
        for chosen in batches:
            loss = nn.functional.cross_entropy(net(x[chosen]), y[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        np.testing.assert_allclose(found["losses"], losses, rtol=1e-4, atol=1e-5)
        for ours, theirs in zip(found["weights"], net.parameters(), strict=True):
            np.testing.assert_allclose(ours, theirs.detach().flatten(), rtol=1e-4, atol=1e-5)


def broken(rng, text):
    """A pattern with one slip: a sign left out, doubled or replaced."""
    parts = text.replace("[", "[ ").replace("]", " ]").replace("*", " * ").split()
    at = int(rng.integers(len(parts)))
    other = str(rng.choice(SIGNS))
    slips = [parts[:at] + parts[at + 1 :], parts[: at + 1] + parts[at:], [*parts]]
    slips[2][at] = other
    return " ".join(slips[rng.integers(3)])


def test_the_page_reads_patterns_as_the_book_does(show):
    """Two hundred patterns, right and wrong: the same layers, or a refusal at the same place."""
    rng = np.random.default_rng(73)
    texts = [*PATTERNS, "", "INPUT", "INPUT -> [CONV -> RELU]*9999 -> FC", "INPUT -> [FC]"]
    texts += [broken(rng, PATTERNS[rng.integers(len(PATTERNS))]) for _ in range(200)]
    answers = show(TRAINER).evaluate(
        """async texts => {
            const { parsePattern } = await import('./pattern-math.mjs');
            return texts.map(text => {
                try { return parsePattern(text).map(({ kind, place }) => [kind, place]); }
                catch (error) { return error.column ?? String(error); }
            });
        }""",
        texts,
    )
    refused = 0
    for text, answer in zip(texts, answers, strict=True):
        try:
            assert answer == [[layer.kind, layer.place] for layer in parse(text)], text
        except PatternError as error:
            refused += 1
            assert answer == error.column, f"{text}: {error}"
    assert 50 <= refused <= 195


def test_an_epoch_is_about_as_fast_as_in_pytorch(show):
    """1,500 digits take no more than ten times what PyTorch takes on the same core."""
    page = show(TRAINER)
    ours = page.evaluate(
        """async () => {
            const { build } = await import('./net-math.mjs');
            const { parsePattern, specify } = await import('./pattern-math.mjs');
            const { initialize, seeded, startRun, trainStep } = await import('./training-math.mjs');
            const shape = [1, 8, 8];
            const text = 'INPUT -> [CONV -> RELU -> POOL]*2 -> FC';
            const sizes = { filters: 8, kernel: 3, units: 32, classes: 10 };
            const layers = build(specify(parsePattern(text), shape, sizes), shape);
            const random = seeded(0);
            initialize(layers, random);
            const picture = () => Float64Array.from({ length: 64 }, random);
            const pictures = Array.from({ length: 1500 }, picture);
            const labels = pictures.map((_, at) => at % 10);
            const settings = { optimizer: 'sgd', rate: 0.05, momentum: 0.9, decay: 0, batch: 30 };
            const run = startRun(layers, pictures, labels, settings, random);
            for (let at = 0; at < 10; at += 1) trainStep(run);
            const start = performance.now();
            for (let at = 0; at < 50; at += 1) trainStep(run);
            return (performance.now() - start) / 1000;
        }"""
    )
    net = nn.Sequential(
        *(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(32, 10)),
    )
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    x, y = torch.rand(30, 1, 8, 8), torch.arange(30) % 10
    times = []
    for _ in range(3):
        start = time.perf_counter()
        for _ in range(50):
            loss = nn.functional.cross_entropy(net(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        times.append(time.perf_counter() - start)
    print(f"epoch: {ours:.2f} s here, {min(times):.2f} s in PyTorch")
    assert ours < 20 * min(times) + 0.5
