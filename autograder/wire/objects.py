"""Describe tensors, networks and records by plain data, with the tag that each travels under."""

from __future__ import annotations

import dataclasses
import sys
from typing import Any

from autograder.wire import tags


def describe_object(value: Any) -> tuple[str, Any] | None:
    """(tag, description) of a tensor, a network or a dataclass instance; None for anything else.

    The fields of a record stay what they are, so whoever sends it has to encode them in turn.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = [getattr(value, field.name) for field in dataclasses.fields(value)]
        return tags.RECORD, [type(value).__name__, fields]
    torch = sys.modules.get("torch")  # where there is a tensor or a network, PyTorch is imported
    if torch is None:
        return None
    from autograder.wire import networks

    if isinstance(value, torch.Tensor):
        return tags.TENSOR, networks.serialize_tensor(value)
    if isinstance(value, torch.nn.Module):
        return tags.NETWORK, networks.serialize_network(value)
    return None
