"""A student's functions behind a pipe: what checks ask of them, and what they may ask back."""

import os

import numpy as np
import pytest
import torch

from autograder.checks.torchchecks import array, count_passes, held, lend, network, share, tensor
from autograder.course.errors import LimitHit, StudentError
from autograder.course.limits import Limits
from autograder.grading.reference import Reference
from autograder.grading.remote_student import RemoteStudent
from autograder.sandbox.handles import HandleTable
from autograder.sandbox.remote_call import GARBLED, RemoteCalls
from tests.grading.thread_jail import LATE, ThreadJail, ThreadProcess


@pytest.fixture
def student_of():
    """The student of a cell; of `double` and `secret`, the reference answers for `double`."""
    given = "def double(x):\n    return x + x\n\n\ndef secret(x):\n    return x\n"
    jail = ThreadJail()
    reference = Reference(jail, (("given", given),), Limits(), {})

    def make(source):
        calls, handles = RemoteCalls(jail.admit(None)), HandleTable()
        body = {"source": source, "earlier": ["double", "secret"], "room": 0}
        assert calls.ask("cell", body, LATE)[0] == "ok"
        return RemoteStudent(calls, handles, reference, ("double",), LATE)

    yield make
    jail.close()


def test_what_was_lent_is_looked_at_in_the_process(student_of):
    """What the call did to it is seen there; the object here stays as it is."""
    student = student_of("def clear(x, y):\n    x.zero_()\n    y.zero_()\n")
    lent, other = lend(tensor(np.ones(2))), tensor(np.ones(2))
    before = held(lent), held(other)
    student.clear(lent, other)
    assert student.changed == ["0", "1"]
    assert held(lent) != before[0] and held(other) == before[1]
    assert torch.equal(lent, torch.ones(2, dtype=torch.float64))


def test_shared_memory_is_seen_in_the_process(student_of):
    """Of a network that was lent, and of none that was copied there."""
    student = student_of(
        "import copy\n\n\ndef same(model):\n    return model\n\n\n"
        "def copied(model):\n    return copy.deepcopy(model)\n"
    )
    model = lend(network(np.random.default_rng(0), ("linear", 2, 3)))
    assert share(model, student.same(model))
    assert not share(model, student.copied(model))


def test_an_object_is_described_once(student_of):
    """What the student does to it later changes no answer."""
    student = student_of(
        "import torch\nKEPT = torch.ones(2)\n\n\n"
        "def give():\n    return KEPT\n\n\ndef spoil():\n    KEPT.zero_()\n"
    )
    result = student.give()
    first = array(result)
    student.spoil()
    assert np.array_equal(array(result), first) and first.all()
    assert not array(student.give()).any()


def test_passes_are_answered_by_the_true_network_and_counted(student_of):
    """Until the handles are cleared; then the process has no key to it any more."""
    student = student_of(
        "KEPT = []\n\n\ndef scores(model, images):\n    KEPT.append(model)\n"
        "    return model(images)\n\n\ndef again(images):\n    return KEPT[0](images)\n"
    )
    model = network(np.random.default_rng(0), ("linear", 2, 3), ("relu",), ("linear", 3, 2))
    given, shapes = count_passes(model)
    images = np.random.default_rng(1).normal(size=(5, 2)).astype("f4")
    with torch.no_grad():
        want = model(tensor(images)).numpy()
    np.testing.assert_allclose(array(student.scores(given, tensor(images))), want, rtol=1e-5)
    assert shapes == [(5, 2)]
    student._handles.clear()
    with pytest.raises(StudentError, match="NameError"):
        student.again(tensor(images))
    assert shapes == [(5, 2)]


def test_the_reference_answers_for_some_earlier_functions_only(student_of):
    """It does not for the others, though a stand-in for them is there."""
    student = student_of(
        "def twice(x):\n    return double(x) + 1\n\n\ndef steal(x):\n    return secret(x)\n"
    )
    assert np.array_equal(student.twice(np.arange(3)), [1, 3, 5])
    with pytest.raises(StudentError, match="secret is not answered here"):
        student.steal(np.arange(3))


def test_functions_are_called_on_a_device(student_of):
    """On another one and on the same process."""
    student = student_of("import torch\n\n\ndef make():\n    return torch.ones(2)\n")
    facts = [each.make() for each in (student, student.on_device("meta"))]
    assert [student.facts(handle)["description"]["device"] for handle in facts] == ["cpu", "meta"]


@pytest.mark.parametrize(
    "body",
    [
        '{"t": [1]}',
        '{"l": [1, {"l": []}]}',
        '{"t": [1, {"l": [1]}]}',
        '{"t": [{"h": [0]}, {"l": []}]}',
        '{"t": [{"h": ["0", "int"]}, {"l": []}]}',
        '{"t": [{"h": [0, "Tensor"]}, {"l": []}]}',
        '{"t": [{"L": ["lent:1", 1]}, {"l": []}]}',
        '{"t": [{"x": 1}, {"l": []}]}',
    ],
)
def test_an_answer_of_another_form_ends_the_process(body):
    """Whatever a process writes into its pipe."""

    def serve(channel):
        header, _ = channel.receive()
        text = f'{{"n": {header["n"]}, "kind": "ok", "body": {body}, "sizes": []}}'.encode()
        os.write(channel.write_end, len(text).to_bytes(4, "big") + text)
        channel.receive()

    process = ThreadProcess(serve)
    student = RemoteStudent(RemoteCalls(process), HandleTable(), None, (), LATE)
    with pytest.raises(LimitHit, match=GARBLED):
        student.function()
    assert process.channel is None
