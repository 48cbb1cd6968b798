"""What a network holds and shares is asked of PyTorch, and not of the network's own methods."""

import copy

from torch import nn

from autograder.wire import questions
from tests.wire.small_networks import whole_network


def behind_hooks(model):
    """What a network says of itself, by methods and hooks, is what it was."""
    before = copy.deepcopy(model)
    model._register_state_dict_hook(lambda *given: before.state_dict())
    model.named_modules = before.named_modules
    model.parameters, model.buffers = before.parameters, before.buffers
    return model


def test_no_hook_hides_what_changes_and_what_is_shared():
    """Parameters, buffers and modes are looked at where PyTorch holds them."""
    shared = behind_hooks(nn.Sequential(whole_network(), nn.ReLU()))
    assert questions.share(shared[0], behind_hooks(nn.Sequential(shared[0][1])))
    assert not questions.share(shared, copy.deepcopy(shared[0]))
    norm = shared[0][1]
    for change in (norm.weight.data.zero_, norm.running_mean.zero_, norm.eval):
        before = questions.content(shared)
        assert before == questions.content(shared)
        change()
        assert before != questions.content(shared)
