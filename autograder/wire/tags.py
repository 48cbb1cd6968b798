"""The tags of the wire: what the one key of a JSON object says of the value beside it.

`None`, `bool`, `int`, `float` and `str` are carried as JSON has them. Everything else is an object
with a single key, one of these tags. Both ends of a remote call use this table.
"""

from __future__ import annotations

# Plain data, which `codec` encodes and decodes by itself at either end.
LIST = "l"
TUPLE = "t"
DICT = "d"
SET = "s"
FROZENSET = "f"
BYTES = "b"
ARRAY = "a"
SCALAR = "n"
# Objects described by plain data. Either end may send them.
TENSOR = "T"
NETWORK = "M"
RECORD = "R"
VIEW = "V"
# References to objects, which only one of the two ends may send.
HANDLE = "h"
LENT = "L"
COUNTED = "C"

MEANINGS = {
    LIST: "A list: its items, in order.",
    TUPLE: "A tuple: its items, in order.",
    DICT: "A dict: a list of [key, value], in order.",
    SET: "A set: its items, in any order.",
    FROZENSET: "A frozenset: its items, in any order.",
    BYTES: "Raw bytes: the index of a buffer of the frame.",
    ARRAY: "A NumPy array: [index of its buffer, name of the dtype, shape].",
    SCALAR: "A NumPy scalar: [index of its buffer, name of the dtype, []].",
    TENSOR: "A tensor: what `networks.serialize_tensor` says of it.",
    NETWORK: "A network: what `networks.serialize_network` says of it, layer by layer.",
    RECORD: "A dataclass instance: [name of the class, list of its fields' values].",
    VIEW: "A tensor that is an argument in another shape: [position of the argument, shape].",
    HANDLE: "An object that stays in the student's process: from there [number, kind], to there "
    "its number.",
    LENT: "To the student's process: [key, object], which the student works on and which can be "
    "asked about by its key afterwards.",
    COUNTED: "To the student's process: [key, network], whose passes are answered and counted "
    "outside, where the network is known by its key.",
}
SERIALIZED = frozenset((TENSOR, NETWORK, RECORD, VIEW))

# What a handle and an answer about an object may call it; a class that is none of these is "other".
KINDS = (
    *("tensor", "module", "ndarray", "list", "tuple", "dict", "set", "int", "float", "bool"),
    "str",
    *("NoneType", "other"),
)
