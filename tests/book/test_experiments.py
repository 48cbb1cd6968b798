"""What the pages train is listed once, and its building blocks do what they say."""

import json

import digits
import torch
from experiments import canvas, clothes, poolings, squares
from experiments.__main__ import runs


def test_every_run_is_listed_once_with_arguments_that_name_it():
    """Each can be written as JSON, which the name of its stored result needs."""
    listed = runs()
    named = [json.dumps(run) for run in listed]
    assert len(set(named)) == len(named) > 100
    assert {module for module, _, _ in listed} >= {"canvas", "clothes", "poolings", "squares"}


def test_a_moved_picture_is_moved_and_perhaps_mirrored():
    """By at most two pixels; what falls out at one edge is replaced by the lowest value."""
    x = torch.zeros(200, 1, 28, 28)
    x[:, 0, 10, 5] = 1
    moved = clothes.moved_and_mirrored(x, torch.Generator().manual_seed(0))
    assert moved.shape == x.shape and torch.equal(moved.sum(dim=(1, 2, 3)), torch.ones(200))
    places = {tuple(place) for place in moved[:, 0].nonzero()[:, 1:].tolist()}
    plain = {(10 + i, 5 + j) for i in range(-2, 3) for j in range(-2, 3)}
    mirrored = {(i, 27 - j) for i, j in plain}
    assert places <= plain | mirrored and len(places) > 30
    assert places & plain and places & mirrored


def test_the_ways_to_shrink_end_in_the_same_size():
    """15 becomes 7 and then 3, so that all classifiers are alike."""
    for name in poolings.STAGES:
        net = poolings.two_stages(name)
        assert net[:-2](torch.zeros(1, 1, 15, 15)).shape == (1, 16, 3, 3)


def test_only_the_placed_digits_move():
    """Enlarged ones fill their square: the same picture for every seed of the places."""
    enlarged, placed = (squares.in_squares(way, 24, 0) for way in ("enlarged", "placed"))
    assert torch.equal(enlarged.y_train, placed.y_train)
    rows = enlarged.x_train[:50].amax(dim=(1, 3))
    assert (rows[:, :3] > 0).any() and (rows[:, -3:] > 0).any()
    assert (placed.x_train[:50].flatten(1) > 0).sum(dim=1).max() <= 64


def test_windows_are_labelled_by_what_lies_in_them():
    """A whole digit is named, a cut one has no label, an empty window is nothing."""
    labels = canvas.labels_of([digits.Digit(3, 4, 4)], 8, 8)
    assert labels[1, 1] == 3 and labels[0, 0] == labels[2, 2] == 3
    assert labels[3, 1] == -1 and labels[7, 7] == 10
