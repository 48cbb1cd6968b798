"""Descriptions: the plain data that stands for a tensor or a network on the wire."""

from __future__ import annotations

from typing import Any, TypedDict

import numpy as np


class TensorDescription(TypedDict):
    """A tensor as plain data.

    device, dtype : as in "cpu" and "float32"
    strided : whether it has PyTorch's ordinary layout
    grad : whether it requires a gradient
    values : None where NumPy cannot hold them, as on the meta device
    """

    device: str
    dtype: str
    shape: tuple[int, ...]
    strided: bool
    grad: bool
    values: np.ndarray | None


class NetworkDescription(TypedDict):
    """A network, or a layer of one, as plain data.

    kind : the name of the class
    own : whether the class is PyTorch's
    number : the same for the same layer object, which may be used twice
    settings : what `networks.SETTINGS` lists for this kind
    parameters, buffers : by name; None for one that the layer lacks, such as a bias
    layers : [name, description] of each layer in it, in order
    """

    kind: str
    own: bool
    number: int
    sequential: bool
    training: bool
    settings: dict[str, Any]
    parameters: dict[str, TensorDescription | None]
    buffers: dict[str, TensorDescription | None]
    layers: list[list[Any]]


class Facts(TypedDict):
    """The kind of an object in a student's process, and its description.

    kind : one of `tags.KINDS`
    description : of a tensor or a network, else None; it is unchecked where a process sent it
    """

    kind: str
    description: object
