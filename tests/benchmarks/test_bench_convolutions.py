"""What the comparison of convolutions says is right: ratios, verdicts, a wrong contender."""

import json
from io import StringIO

import numpy as np
import pytest
import torch
from rich.console import Console

from benchmarks import convolutions
from benchmarks.convolutions import CASES, CONTENDERS, OURS, PEER, Case, compare, verdicts
from benchmarks.measure import BenchmarkError
from book.roofline import Layer, Machine, Seconds

TINY = Case(Layer("tiny", 2, 3, 5, 4, 3, 2, 1), target=1000.0, rounds=3)


def test_ratios_divide_by_the_peer_of_the_same_run():
    """The least by the least, and the median of the rounds."""
    peer = [Seconds(2.0, 3.0), Seconds(4.0, 6.0), Seconds(3.0, 6.0)]
    ours = [Seconds(3.0, 6.0), Seconds(4.0, 6.0), Seconds(9.0, 9.0)]
    found = compare({PEER: peer, OURS: ours})
    assert found[PEER] == {"cpu": 2, "wall": 3, "ratio": 1, "ratio_median": 1, "ratio_wall": 1}
    assert found[OURS] == {"cpu": 3, "wall": 6, "ratio": 1.5, "ratio_median": 1.5, "ratio_wall": 2}


@pytest.mark.parametrize(("ratio", "word"), [(1.3, "met"), (1.31, "MISSED")])
def test_the_verdict_says_whether_the_target_was_met(ratio, word):
    """The target itself is good enough."""
    case = {"target": 1.3, "contenders": {OURS: {"ratio": ratio}}}
    (said,) = verdicts({"a layer": case})
    assert said.endswith(f"{word})") and "a layer" in said and "at most 1.3×" in said


def test_the_targets_are_those_that_were_asked_for():
    """VGG's layer of 56 × 56 × 256 at 1.3, the batch of 100 small images at 4."""
    assert [(case.layer.side, case.layer.channels, case.target) for case in CASES] == [
        (56, 256, 1.3),
        (31, 3, 4.0),
    ]


def test_a_measurement_is_printed_and_kept(tmp_path, monkeypatch):
    """A row for each contender in the table and in the JSON, and the threads as they were."""
    monkeypatch.setattr(convolutions, "CASES", (TINY,))
    monkeypatch.setattr(convolutions, "measure_machine", lambda: Machine(1e9, 1e9))
    threads, printed = torch.get_num_threads(), StringIO()
    path = tmp_path / "convolutions.json"
    convolutions.compare_convolutions(path, Console(file=printed, width=120))
    report = json.loads(path.read_text(encoding="utf-8"))
    contenders = report["cases"]["tiny"]["contenders"]
    assert list(contenders) == [PEER, *CONTENDERS]
    assert all(name in printed.getvalue() for name in contenders)
    assert report["machine"]["peak"] == 1e9
    assert torch.get_num_threads() == threads


@pytest.mark.parametrize("kind", ["shape", "value"])
def test_a_wrong_contender_is_not_timed(monkeypatch, kind):
    """Fast and wrong is no ratio."""
    shape = TINY.layer.images, TINY.layer.filters, 3, 3
    wrong = {"shape": lambda x, w, b, **_: x, "value": lambda x, w, b, **_: np.zeros(shape)}[kind]
    monkeypatch.setattr(convolutions.fast_convolution, OURS, wrong)
    with pytest.raises(BenchmarkError, match="in_blocks does not agree"):
        convolutions.measure_case(TINY)
