"""Records about objects are found by identity, and handles of one process are kept apart."""

import copy
import gc

import torch
from torch import nn

from autograder.sandbox.handles import HandleTable, Loan, PassCounter, Registry


def test_an_object_has_its_own_record():
    """Not that of another one which is equal; the last record holds."""
    registry = Registry()
    tensors = [torch.ones(3) for _ in range(3)]
    records = [Loan(key=str(number)) for number in range(3)]
    for obj, record in zip(tensors[:2], records[:2], strict=True):
        registry.add(obj, record)
    assert [registry.get(obj) for obj in tensors] == [records[0], records[1], None]
    registry.add(tensors[0], records[2])
    assert registry.get(tensors[0]) is records[2]
    assert registry.get(3) is registry.get("text") is None


def test_a_copy_has_no_record():
    """Nothing about the record is kept in the object itself."""
    registry, model = Registry(), nn.Linear(2, 2)
    before = set(vars(model))
    registry.add(model, Loan())
    assert registry.get(copy.deepcopy(model)) is None
    assert set(vars(model)) == before


def test_a_record_ends_with_its_object():
    """Though an object of the same number may come later."""
    registry = Registry()
    for _ in range(100):
        obj = nn.Linear(2, 2)
        assert registry.get(obj) is None
        obj.itself = [obj]  # a circle, which only the collector ends
        registry.add(obj, Loan())
    del obj
    gc.collect()
    assert len(registry) == 0


def test_keys_are_never_used_again():
    """A process may hold on to a key that was forgotten here."""
    table = HandleTable()
    first = table.new_key("pass")
    table.counters[first] = PassCounter(None, b"", [])
    table.clear()
    assert not table.counters
    assert table.new_key("pass") != first
