"""What live figures load beside their code: trained weights and pictures, as JavaScript modules.

    cd book && python -m figure_data ../_build/figure-data # `make book` does it

Arrays are base64 of little-endian bytes. Scripts load where `fetch` does not: from a folder
without a server.
"""

from __future__ import annotations

import base64
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import digits
import fashion
import numpy as np
import torch
from experiments import clothes, reading
from skimage import data
from torch import Tensor, nn

SAMPLES = 2  # of each class, in the figure that reads
SHORT = (",", ":")
DIGITS_TRAINED_ON = 1_500  # in the figure that trains; 297 are held back
CLOTHES_TRAINED_ON, CLOTHES_HELD_BACK = 900, 200


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


def trainer_digits() -> str:
    """The pictures of <convnet-trainer>: 8 × 8, from 0 to 16.

    A pixel is a letter from "a" to "q"; half of them are 0, and "B" stands for "aa", "Z" for 26.
    """
    split = digits.load(seed=0, test=297)
    x = torch.cat([split.x_train, split.x_test])
    y = torch.cat([split.y_train, split.y_test])
    letters = ((x * 16).round().byte().numpy() + ord("a")).tobytes().decode()
    short = re.sub("a{2,26}", lambda run: chr(ord("A") - 1 + len(run[0])), letters)
    return _module(DIGITS=_pictures(short, y, most=16, side=8, train=DIGITS_TRAINED_ON))


def trainer_clothes() -> str:
    """Clothes at 12 × 12 with 16 shades, two pixels a byte: light enough for a page."""
    count = CLOTHES_TRAINED_ON + CLOTHES_HELD_BACK
    split, _ = fashion.load(count)
    grey = (split.x_train * 0.353 + 0.286).clamp(0, 1)
    small = nn.functional.interpolate(grey, size=12, mode="area")
    nibbles = (small * 15).round().byte().numpy().reshape(-1, 2)
    packed = nibbles[:, 0] << 4 | nibbles[:, 1]
    sizes = {"most": 15, "side": 12, "train": CLOTHES_TRAINED_ON, "mean": 0.286, "spread": 0.353}
    return _module(CLOTHES=_pictures(_base64(packed), split.y_train, **sizes))


def photographs() -> dict[str, np.ndarray]:
    """The photographs of the figures by their names: grey, 128 × 128, from 0 to 255."""
    photos = {
        "cat": data.chelsea()[10:290, 60:340],
        "coffee": data.coffee()[:, 100:500],
        "astronaut": data.astronaut(),
    }
    grey = {}
    for name, photo in photos.items():
        mean = torch.from_numpy(photo.mean(axis=2))[None, None]
        small = nn.functional.interpolate(mean, size=128, mode="area")
        grey[name] = small[0, 0].round().byte().numpy()
    return grey


def photo_pictures() -> str:
    """The module that holds them."""
    return _module(PHOTOS={name: _base64(grey) for name, grey in photographs().items()})


def _pictures(
    pixels: str,
    labels: Tensor,
    *,
    most: int,
    side: int,
    train: int,
    mean: float = 0,
    spread: float = 1,
) -> dict:
    """Pictures to learn from, the first `train`, and to be tested on, the rest."""
    sizes = {"side": side, "most": most, "train": train, "mean": mean, "spread": spread}
    return {**sizes, "labels": labels.tolist(), "pixels": pixels}


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
    written = {name: json.dumps(value, separators=SHORT) for name, value in constants.items()}
    return "".join(f"export const {name} = {text};\n" for name, text in written.items())


def _base64(values: np.ndarray) -> str:
    return base64.b64encode(values.tobytes()).decode()


FILES: dict[str, Callable[[], str]] = {
    "reader-networks.mjs": reader_networks,
    "trainer-digits.mjs": trainer_digits,
    "trainer-clothes.mjs": trainer_clothes,
    "photo-pictures.mjs": photo_pictures,
}


def main(folder: Path) -> None:
    """Write all of FILES into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        (folder / name).write_text(written(name), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
