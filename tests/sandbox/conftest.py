"""A jail without PyTorch."""

import pytest

from autograder.sandbox.jail import Jail


@pytest.fixture(scope="module", params=["isolated", "restricted"])
def numpy_jail(request):
    """A jail of each tier that protects; PyTorch would make a fork slower and is not needed."""
    jail = Jail(request.param, ("scipy", "torch"))
    yield jail
    jail.close()
