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
        (lambda: transform.deslant(DIGIT), "images must be uint8 gray levels"),
        (lambda: transform.slant(np.zeros((20, 20), np.uint8)), "images must have shape"),
        (lambda: transform.deslant(mnist.digit(4), 21), "size must be an even number of pixels"),
        (lambda: transform.invert(DIGIT, 1.5), "probability must be between 0 and 1, not 1.5"),
    ],
)
def test_wrong_arguments_get_a_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def leaning(columns_per_row):
    """A tall bar of 20 rows and 4 columns that leans to the right, with soft ends."""
    places = np.arange(28)
    middle = 13.5 + columns_per_row * (13.5 - places)[:, np.newaxis]
    ink = np.clip(2.5 - np.abs(places - middle), 0, 1) * (np.abs(places - 13.5) < 10)[:, np.newaxis]
    return np.rint(255 * ink).astype(np.uint8)


def test_an_upright_image_is_not_deslanted():
    bar = leaning(0)
    assert transform.slant(bar)[0] == pytest.approx(0, abs=1e-6)
    assert np.array_equal(transform.deslant(bar, 28)[0], bar)
    assert np.array_equal(transform.deslant(bar)[0], bar[4:24, 4:24])


@pytest.mark.parametrize("columns_per_row", [0.5, 0.25, -0.3])
def test_a_leaning_image_stands_up(columns_per_row):
    bar = leaning(columns_per_row)
    assert transform.slant(bar)[0] == pytest.approx(columns_per_row, abs=0.02)
    upright = transform.deslant(bar, 28)
    assert transform.slant(upright)[0] == pytest.approx(0, abs=0.02)
    before, after = (np.abs(x.astype(int) - leaning(0)).mean() for x in (bar, upright[0]))
    assert after < before / 3  # what is left is the softness of the edges


def test_deslanting_shears_real_digits_and_keeps_their_center():
    digits = np.stack([mnist.digit(label) for label in range(10)])
    upright = transform.deslant(digits, 28)
    assert np.abs(transform.slant(upright)).max() < 0.01 < np.abs(transform.slant(digits)).max()
    for before, after in zip(digits, upright, strict=True):
        # Rows only move sideways: none of them gains or loses ink.
        assert np.allclose(before.sum(axis=1), after.sum(axis=1), atol=14)
        assert mnist.center_of_mass(after) == pytest.approx(mnist.center_of_mass(before), abs=0.05)
    assert transform.deslant(digits[3]).shape == (1, 20, 20)


def test_deslanting_in_parts_is_deslanting(monkeypatch):
    digits = np.stack([mnist.digit(label) for label in range(10)])
    whole = transform.deslant(digits)
    monkeypatch.setattr(transform, "CHUNK", 3)
    assert np.array_equal(transform.deslant(digits), whole)


def test_images_without_an_axis_stay_as_they_are():
    blank, line = np.zeros((28, 28), np.uint8), np.zeros((28, 28), np.uint8)
    line[10, 5:20] = 255
    assert np.array_equal(transform.deslant([blank, line], 28), [blank, line])
