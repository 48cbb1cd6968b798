"""What a machine can do at most, what a convolutional layer asks of it, and how to time the two.

Times are CPU time beside wall time, each the smallest of several runs: on a machine that others
use too, a disturbance only ever makes a run longer.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch


class Layer(NamedTuple):
    """A convolution on square images and all that follows from its sizes. Values are float32."""

    name: str
    images: int
    channels: int
    side: int
    filters: int
    kernel: int
    stride: int
    pad: int

    @property
    def out_side(self) -> int:
        return (self.side - self.kernel + 2 * self.pad) // self.stride + 1

    @property
    def taps(self) -> int:
        """Numbers in one window: the rows of the matrix of columns."""
        return self.channels * self.kernel**2

    @property
    def places(self) -> int:
        """Windows of all images: the columns of that matrix."""
        return self.images * self.out_side**2

    @property
    def flops(self) -> int:
        """Multiplications and additions, each counted."""
        return 2 * self.filters * self.taps * self.places

    @property
    def bytes(self) -> int:
        """What must be moved in any case: the input and the filters in, the output out."""
        volume = self.images * self.channels * self.side**2
        return 4 * (volume + self.filters * self.taps + self.filters * self.places)

    @property
    def column_bytes(self) -> int:
        """The matrix of columns; it is written once and read once on top of `bytes`."""
        return 4 * self.taps * self.places

    def arrays(self, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Some x, w and b of these sizes."""
        rng = np.random.default_rng(seed)
        x = (self.images, self.channels, self.side, self.side)
        w = (self.filters, self.channels, self.kernel, self.kernel)
        return tuple(rng.standard_normal(shape, dtype=np.float32) for shape in (x, w, w[:1]))


class Seconds(NamedTuple):
    cpu: float
    wall: float


class Machine(NamedTuple):
    """Peak arithmetic in float32 (flop/s) and memory bandwidth (bytes/s) of one thread.

    `numpy` is what NumPy's products reach of the peak. Its library may hold no kernel that uses
    all of a processor, while another library does.
    """

    peak: float
    bandwidth: float
    numpy: float = 0.0

    def roof(self, intensity: float) -> float:
        """The most flop/s that code can reach which does `intensity` flops for each byte."""
        return min(self.peak, intensity * self.bandwidth)


def conv_layers(make: Callable[[], torch.nn.Module], images: int = 1) -> list[Layer]:
    """The convolutions of a network in the order in which they run, each size once."""
    with torch.device("meta"):
        network = make().eval()
        image = torch.empty(images, *network.input_shape)
    found: dict[tuple, Layer] = {}

    def note(name):
        def hook(conv, inputs, _):
            window = (pair[0] for pair in (conv.kernel_size, conv.stride, conv.padding))
            sizes = (*inputs[0].shape[:3], conv.out_channels, *window)
            found.setdefault(sizes, Layer(name, *sizes))

        return hook

    for name, module in network.named_modules():
        if isinstance(module, torch.nn.Conv2d):
            module.register_forward_hook(note(name))
    with torch.no_grad():
        network(image)
    return list(found.values())


def race(calls: dict[str, Callable[[], object]], rounds: int) -> dict[str, Seconds]:
    """The least CPU and wall time of each call, after a first one that does not count.

    They take turns, so that all share what disturbs.
    """
    return least(laps(calls, rounds))


def least(taken: dict[str, list[Seconds]]) -> dict[str, Seconds]:
    """Of each call the least CPU and the least wall time of its runs."""
    return {name: Seconds(*map(min, zip(*runs, strict=True))) for name, runs in taken.items()}


def laps(calls: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[Seconds]]:
    """The same, but every single run."""
    for call in calls.values():
        call()
    taken: dict[str, list[Seconds]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            wall, cpu = time.perf_counter(), time.process_time()
            call()
            taken[name].append(Seconds(time.process_time() - cpu, time.perf_counter() - wall))
    return taken


def measure_machine(rounds: int = 40) -> Machine:
    """One thread's flop/s in large products, and bytes/s in a copy too large for caches.

    What was reached can only be too low. So the libraries behind NumPy's product, PyTorch's product
    and PyTorch's convolution all try, and the fastest sets the peak. Each tries by itself, its
    numbers in a cache. Limit the threads to one before (`threadpoolctl` and
    `torch.set_num_threads`, or OMP_NUM_THREADS=1).
    """
    side = 768
    a, b, product = np.ones((3, side, side), dtype=np.float32)
    ta, tb, tp = torch.ones(3, side, side)
    # Once glibc has freed 24 MiB, it keeps what is freed later: outputs come in no new pages.
    spare = np.empty(3 * 2**20)
    del spare
    layer = Layer("", 1, 128, 30, 256, 3, 1, 0)  # without padding: nothing may be skipped
    x, w = (torch.from_numpy(array) for array in layer.arrays()[:2])
    products = {
        "numpy": (2 * side**3, lambda: np.matmul(a, b, out=product)),
        "torch": (2 * side**3, lambda: torch.mm(ta, tb, out=tp)),
        "conv2d": (layer.flops, lambda: torch.nn.functional.conv2d(x, w)),
    }
    speed = {
        name: flops / race({name: call}, rounds)[name].cpu
        for name, (flops, call) in products.items()
    }
    source, target = np.ones((2, 2**24), dtype=np.float32)  # 64 MiB each; a copy reads and writes
    copied = race({"copy": lambda: np.copyto(target, source)}, rounds)["copy"]
    return Machine(max(speed.values()), 2 * source.nbytes / copied.cpu, speed["numpy"])


def peak_bytes(call: Callable[[], object]) -> int:
    """The most memory that NumPy held at one time during the call, its arguments left out."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
