"""How many bytes of tensors a network needs, as PyTorch itself holds them (the chapter on memory).

Both measures look at storages, of which each is counted once, however many views it has. They need
shapes and no values, so networks of any size can be measured on the meta device, without a GPU and
without their memory. A storage is known by `_cdata`, the one name that it has on that device too,
and operations are met in a dispatch mode: neither is public, which is why they stay in this file.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.checkpoint import checkpoint_sequential


def kept_for_backward(run: Callable[[], Tensor], parameters: Iterable[Tensor]) -> int:
    """The bytes that `run()` saves for the backward pass, apart from the parameters."""
    own = {p.untyped_storage()._cdata for p in parameters}
    kept: dict[int, int] = {}

    def note(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in own:
            kept[storage._cdata] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        out = run()  # held until all is counted, or storages would be used again
    assert out.grad_fn is not None
    return sum(kept.values())


class Recorder(TorchDispatchMode):
    """The bytes of all tensors that are alive, after each operation within a `with` block.

    tensors : what is alive before, such as the input and the parameters

    `start` has the bytes before the first operation, `curve` those after each one, and `names` the
    operations.
    """

    def __init__(self, *tensors: Tensor):
        super().__init__()
        self.alive: dict[int, int] = {}
        self.curve: list[int] = []
        self.names: list[str] = []
        for tensor in tensors:
            self.note(tensor)
        self.start = sum(self.alive.values())

    def note(self, tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        if storage._cdata not in self.alive:
            self.alive[storage._cdata] = storage.nbytes()
            weakref.finalize(storage, self.alive.pop, storage._cdata, None)

    def __torch_dispatch__(
        self, operation: Any, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        out = operation(*args, **(kwargs or {}))
        for tensor in out if isinstance(out, (tuple, list)) else [out]:
            if isinstance(tensor, Tensor):
                self.note(tensor)
        self.curve.append(sum(self.alive.values()))
        self.names.append(str(operation))
        return out


def on_meta(
    make: Callable[[], nn.Module], images: int, dtype: torch.dtype = torch.float32
) -> tuple[nn.Module, Tensor]:
    """A network and a batch for it that have shapes and no values."""
    with torch.device("meta"):
        network = make().to(dtype)
        return network, torch.empty(images, *network.input_shape, dtype=dtype)


def training_step(
    make: Callable[[], nn.Module],
    images: int,
    *,
    segments: int = 0,
    dtype: torch.dtype = torch.float32,
) -> Recorder:
    """One forward and backward pass, recorded; `middle` is the first operation of the backward.

    segments : into how many parts to cut the network that are computed again; 0 for none
    """
    network, x = on_meta(make, images, dtype)
    with Recorder(x, *network.parameters()) as recorder:
        if segments:
            loss = checkpoint_sequential(network, segments, x, use_reentrant=False).sum()
        else:
            loss = network(x).sum()
        recorder.middle = len(recorder.curve)
        loss.backward()
    return recorder
