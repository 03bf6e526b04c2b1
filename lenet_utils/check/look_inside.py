"""Checkers of chapter 12, what the network learned."""

from __future__ import annotations

import numpy as np

from lenet_utils import mnist
from lenet_utils.check.verdict import (
    Wrong,
    checker,
    error_rate,
    grade,
    number,
    randoms,
    tell,
)


@checker("12_look_inside")
def look_direction(answer):
    """Where the ink lies in the edge that a kernel, positive above, negative below, likes best."""
    degrees = number(answer) % 360
    tell(
        degrees,
        90,
        [
            (270, "There the negative weights lie on the ink: that is the edge it likes least."),
            (0, "That edge has ink at the right, on weights of both signs: they cancel."),
            (180, "That edge has ink at the left, on weights of both signs: they cancel."),
            (
                45,
                "Nearly. A slanted edge puts ink on some negative weights. Which puts it on none?",
            ),
            (
                135,
                "Nearly. A slanted edge puts ink on some negative weights. Which puts it on none?",
            ),
        ],
        "Ink is high and background is low. Turn the edge until all of its ink lies on positive "
        "weights; in `edge`, 0 is right and a quarter turn further is up.",
        near=1,
    )
    return "The ink has to lie where the weights are positive: above."


@checker("12_look_inside")
def look_invert(invert):
    """A function that exchanges ink and background in network input."""
    low, high = mnist.BACKGROUND, mnist.FOREGROUND
    cases = [(mnist.to_input(mnist.digit(d)),) for d in (4, 9)]
    cases.append((np.array([low, high, 0.0, 0.5]),))
    grade(
        invert,
        "images",
        cases,
        lambda x: low + high - x,
        [
            (
                "You change the sign. Ink becomes darker than any background, and background 0.1: "
                "neither is a value of the input.",
                lambda x: -x,
            ),
            ("You take the values off 1. Here they do not go from 0 to 1.", lambda x: 1 - x),
            (
                "You take the values off 255. Those are gray levels; the input is scaled.",
                lambda x: 255 - x,
            ),
            (
                "You take the values off the highest one. Ink becomes 0 then, and 0 is not "
                "background.",
                lambda x: high - x,
            ),
            (
                "You take the values off the distance of ink and background. Both ends are off.",
                lambda x: high - low - x,
            ),
            ("The images come out as they went in.", lambda x: x),
            (
                "Everything became ink or background. Gray pixels stay in between.",
                lambda x: np.where(x > (low + high) / 2, low, high),
            ),
        ],
    )
    return "Background becomes ink, ink becomes background, and gray stays in between."


@checker("12_look_inside")
def look_recenter(shifted, placed):
    """The errors on digits shifted down by 4 pixels, and on the same ones placed again."""
    moved, again = (
        error_rate(shifted, "The error when shifted"),
        error_rate(placed, "The error when placed"),
    )
    if again > moved:
        raise Wrong("Placing makes it worse? Are the two exchanged?")
    if moved < 0.08:
        raise Wrong(
            "The shifted digits are read nearly as well as ever. Was the shift 4 pixels, and was "
            "it the shifted images that the network got?"
        )
    if again > 0.05:
        raise Wrong(
            "After placing, too many are still wrong. Cut out the box of each shifted image with "
            "`mnist.bounding_box`, and give that to `mnist.place`."
        )
    return "What the preparation takes out, no layer has to learn."


@checker("12_look_inside")
def look_cover(cover):
    """A function from (image, size) to all copies with one square of background."""
    cases = [(randoms(0, 6, 7, 1) + 2, 3), (randoms(1, 5, 5, 1) + 2, 4), (randoms(2, 4, 6, 1), 1)]

    def covered(image, size, value=mnist.BACKGROUND, less=0, by_column=False, keep=False):
        rows, columns = (side - size + 1 - less for side in image.shape[:2])
        places = [(r, c) for r in range(rows) for c in range(columns)]
        places = sorted(places, key=lambda place: place[::-1]) if by_column else places
        copies = []
        copy = image.copy()
        for row, column in places:
            copy = copy if keep else image.copy()
            copy[row : row + size, column : column + size] = value
            copies.append(copy.copy())
        return np.stack(copies)

    grade(
        cover,
        "image, size",
        cases,
        covered,
        [
            (
                "The squares are filled with 0. Background has another value, and 0 is a faint "
                "gray.",
                lambda i, s: covered(i, s, 0),
            ),
            (
                "The squares add up: each copy has those of the copies before. Begin each with a "
                "fresh copy of the image.",
                lambda i, s: covered(i, s, keep=True),
            ),
            (
                "Every copy is the same, and covered all over: they are one array, many times.",
                lambda i, s: np.stack([covered(i, s, keep=True)[-1]] * len(covered(i, s))),
            ),
            (
                "The last row and column of places are missing: off by one at the border.",
                lambda i, s: covered(i, s, less=1),
            ),
            (
                "The places go down the columns first. Go along the rows, so that a reshape makes "
                "a map.",
                lambda i, s: covered(i, s, by_column=True),
            ),
            ("The squares are filled with full ink.", lambda i, s: covered(i, s, mnist.FOREGROUND)),
            ("Nothing is covered in any copy.", lambda i, s: np.stack([i] * len(covered(i, s)))),
        ],
    )
    return "One copy for each place, row by row, and the image itself is left as it was."


@checker("12_look_inside")
def look_correlation(alike):
    """A function from two states to their correlation."""
    a, b = randoms(0, 50), randoms(1, 50)
    cases = [(a, b), (a, a + 0.5 * b), (3 * a + 5, a + 2), (a + 4, 3 - b), (a, -2 * a)]

    def parts(one, other):
        return one - one.mean(), other - other.mean()

    def over(x, y):
        return x @ y / (np.linalg.norm(x) * np.linalg.norm(y))

    grade(
        alike,
        "one, other",
        cases,
        lambda x, y: over(*parts(x, y)),
        [
            (
                "The means are not taken off. Two states far from 0 look alike then, whatever "
                "their pattern.",
                over,
            ),
            (
                "That is the covariance: it grows with the size of the states. Divide by both "
                "standard deviations.",
                lambda x, y: np.mean(np.prod(parts(x, y), axis=0)),
            ),
            (
                "That is the covariance: it grows with the size of the states. Divide by both "
                "standard deviations.",
                lambda x, y: np.cov(x, y)[0, 1],
            ),
            (
                "It comes out a little too large: the covariance divides by one less than the "
                "standard deviations do.",
                lambda x, y: np.cov(x, y)[0, 1] / (x.std() * y.std()),
            ),
            (
                "It comes out a little too small: the standard deviations divide by one less than "
                "the covariance does.",
                lambda x, y: (
                    np.mean(np.prod(parts(x, y), axis=0)) / (x.std(ddof=1) * y.std(ddof=1))
                ),
            ),
            (
                "That is the square: opposite patterns look alike.",
                lambda x, y: over(*parts(x, y)) ** 2,
            ),
            (
                "The sign is lost: opposite patterns look alike.",
                lambda x, y: abs(over(*parts(x, y))),
            ),
            (
                "That is the whole matrix. The correlation of the two stands off its diagonal.",
                np.corrcoef,
            ),
        ],
    )
    return "1 for the same pattern at any size, -1 for its opposite."
