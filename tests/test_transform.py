"""Shifts, turns and noise do what they say, at the edges too."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenet_utils import mnist, transform

DIGIT = mnist.to_input(mnist.digit(4))


@given(st.integers(-40, 40), st.integers(-40, 40))
def test_a_shift_moves_every_pixel_that_stays(down, right):
    moved = transform.shift(DIGIT, down, right)
    assert moved.shape == DIGIT.shape
    for row in (0, 10, 20, 31):
        for column in (0, 9, 21, 31):
            inside = 0 <= row - down < 32 and 0 <= column - right < 32
            expected = DIGIT[0, row - down, column - right, 0] if inside else np.float32(-0.1)
            assert moved[0, row, column, 0] == expected


def test_turns():
    assert np.allclose(transform.turn(DIGIT), DIGIT, atol=1e-6)
    for quarters, degrees in ((1, 90), (2, 180), (3, -90)):
        expected = np.rot90(DIGIT, quarters, axes=(1, 2))
        assert np.allclose(transform.turn(DIGIT, degrees), expected, atol=1e-4)
    there_and_back = transform.turn(transform.turn(DIGIT, 20), -20)
    assert np.abs(there_and_back - DIGIT).mean() < 0.05


def test_scaling_changes_the_ink_by_the_square():
    def ink(images):
        return float(np.sum(images + 0.1))

    assert np.isclose(ink(transform.turn(DIGIT, factor=1.2)) / ink(DIGIT), 1.2**2, rtol=0.05)
    assert np.isclose(ink(transform.turn(DIGIT, factor=0.7)) / ink(DIGIT), 0.7**2, rtol=0.1)


def test_inverting():
    assert np.array_equal(transform.invert(DIGIT, 0), DIGIT)
    everything = transform.invert(DIGIT, 1)
    assert np.allclose(everything, 1.075 - DIGIT)
    some = transform.invert(np.repeat(DIGIT, 50, axis=0), 0.1)
    assert 0.09 < np.mean(some != DIGIT) < 0.11
    assert np.array_equal(
        transform.invert(DIGIT, 0.1, seed=3), transform.invert(DIGIT, 0.1, seed=3)
    )


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: transform.shift(DIGIT[0]), "images must have shape"),
        (lambda: transform.shift(DIGIT, 0.5), "down must be a whole number of pixels"),
        (lambda: transform.turn(DIGIT, float("nan")), "degrees must be a finite number"),
        (lambda: transform.turn(DIGIT, 0, 0), "factor must be positive, not 0"),
        (lambda: transform.invert(DIGIT, 1.5), "probability must be between 0 and 1, not 1.5"),
    ],
)
def test_wrong_arguments_get_a_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
