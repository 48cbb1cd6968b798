"""A jail without PyTorch, and one that has imported it."""

import pytest

from autograder.sandbox.jail import Jail


@pytest.fixture(scope="module", params=["isolated", "restricted"])
def numpy_jail(request):
    """A jail of each tier that protects; PyTorch would make a fork slower and is not needed."""
    jail = Jail(request.param, ("scipy", "torch"))
    yield jail
    jail.close()


@pytest.fixture(scope="module", params=["isolated", "restricted"])
def torch_jail(request):
    """A jail of each tier that protects, which has imported PyTorch as that of a class does."""
    jail = Jail(request.param)
    yield jail
    jail.close()
