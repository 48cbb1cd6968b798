"""What live figures load beside their code: trained weights and pictures, as JavaScript modules.

    for name in FILES:
        (folder / name).write_text(written(name))

The build of the book writes them (`_ext/figure_files.py`). Arrays are base64 of little-endian
bytes. Scripts load where `fetch` does not: from a folder without a server.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import digits
import fashion
import numpy as np
from experiments import clothes, reading
from torch import Tensor, nn

SAMPLES = 2  # of each class, in the figure that reads
TRAINED_ON = 1_500  # digits or clothes, in the figure that trains; the rest is held back


def written(name: str) -> str:
    """The text of one of FILES."""
    return FILES[name]()


def reader_networks() -> str:
    """The networks of <network-reader>, with some test pictures to try them on."""
    split = digits.load(seed=0, test=297)
    networks = {
        "digits": {
            **_network(reading.learn(reading.EPOCHS, 0)["weights"]),
            "mean": 0,
            "spread": 1,
            **_samples((split.x_test * 16).byte(), split.y_test, 16),
        }
    }
    if fashion.source() == "Fashion-MNIST":
        split, _ = fashion.load(10)
        bytes_ = ((split.x_test[:200] * 0.353 + 0.286) * 255).round().byte()
        run = clothes.learn(fashion.source(), clothes.MANY, 5, 0)
        networks["clothes"] = {
            **_network(run["weights"]),
            "mean": 0.286,
            "spread": 0.353,
            **_samples(bytes_, split.y_test[:200], 255),
        }
    return _module(NETWORKS=networks)


def _network(weights: dict[str, Tensor]) -> dict:
    """The layers of `clothes.small` and its parameters, one after the other."""
    net = clothes.small()
    net.load_state_dict(weights)
    layers = []
    for layer in net:
        if isinstance(layer, nn.Conv2d):
            size = {"filters": layer.out_channels, "kernel": layer.kernel_size[0], "pad": 0}
            layers.append({"kind": "CONV", **size})
        elif isinstance(layer, nn.ReLU):
            layers.append({"kind": "RELU"})
        elif isinstance(layer, nn.MaxPool2d):
            layers.append({"kind": "POOL", "size": layer.kernel_size})
        elif isinstance(layer, nn.Linear):
            layers.append({"kind": "FC", "units": layer.out_features})
    flat = np.concatenate([w.numpy().ravel() for w in net.state_dict().values()])
    return {"layers": layers, "parameters": _base64(flat.astype("<f4"))}


def _samples(pictures: Tensor, labels: Tensor, most: int) -> dict:
    """The first few pictures of each class, in turn, as bytes from 0 to `most`."""
    places = [(labels == k).nonzero().flatten()[:SAMPLES] for k in range(10)]
    chosen = [int(some[turn]) for turn in range(SAMPLES) for some in places]
    return {
        "samples": {
            "side": pictures.shape[-1],
            "most": most,
            "labels": labels[chosen].tolist(),
            "bytes": _base64(pictures[chosen].numpy()),
        }
    }


def _module(**constants: object) -> str:
    return "".join(
        f"export const {name} = {json.dumps(value)};\n" for name, value in constants.items()
    )


def _base64(values: np.ndarray) -> str:
    return base64.b64encode(values.tobytes()).decode()


FILES: dict[str, Callable[[], str]] = {"reader-networks.mjs": reader_networks}
