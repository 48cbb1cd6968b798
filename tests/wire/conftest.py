"""What the tests of networks have in common."""

import pytest
import torch


@pytest.fixture(autouse=True)
def seeded():
    """Parameters are drawn by PyTorch's own generator."""
    torch.manual_seed(1)
