"""Checkers of chapter 03, S2."""

from __future__ import annotations

from math import ceil

import numpy as np

from lenet_utils import mnist, models, reference
from lenet_utils.architecture import LENET5, AveragePooling, output_size
from lenet_utils.check.mistakes import MAP
from lenet_utils.check.verdict import checker, grade, number, randoms, sizes, tell


@checker("03_s2")
def s2_threes(answer):
    """The shape of S2's output if it averages squares of 3x3."""
    shape = LENET5["S2"].input_shape
    right = AveragePooling("S2", size=3).output_shape(shape)
    side, channels = shape[0], shape[2]
    larger = ceil(side / 3)
    slid = output_size(side, 3)
    tell(
        sizes(answer, MAP),
        right,
        [
            (
                (larger, larger, channels),
                "You rounded up. A square that sticks out of the map is not averaged.",
            ),
            (
                (slid, slid, channels),
                "That is a window that moves by one. These squares do not overlap: the stride "
                "equals their size.",
            ),
            ((*right[:2], channels // 3), "Pooling works on each map alone; the channels stay."),
            ((*right[:2], 1), "Pooling works on each map alone; the maps are not mixed."),
            ((channels, *right[:2]), "The axes are in another order: channels come last."),
            (LENET5["S2"].output_shape, "That is S2 as it is, with squares of 2x2."),
        ],
        "How many whole squares of 3 fit side by side into a row of C1's maps?",
    )
    return "Squares that fit whole are counted; the last row and column of each map are not read."


def _pool_cases(count: int) -> list[tuple]:
    shapes = [(4, 6, 1), (6, 4, 3), (7, 5, 2), (8, 8, 6)]
    return [(randoms(seed, *shape),) for seed, shape in enumerate(shapes[:count])]


def _trimmed(maps: np.ndarray) -> np.ndarray:
    return maps[: maps.shape[0] // 2 * 2, : maps.shape[1] // 2 * 2]


def _four(maps: np.ndarray) -> np.ndarray:
    """Return the four values of each 2x2 square along a first axis."""
    whole_squares = _trimmed(maps)
    return np.stack([whole_squares[down::2, right::2] for down in (0, 1) for right in (0, 1)])


@checker("03_s2")
def s2_pool(pool):
    """Average pooling over squares of 2x2, without loops."""

    def in_a_row(maps):
        kept = _trimmed(maps)
        rows, columns, channels = kept.shape
        return kept.reshape(rows // 2, columns // 2, 2, 2, channels).mean(axis=(2, 3))

    def sliding(maps):
        return (maps[:-1, :-1] + maps[1:, :-1] + maps[:-1, 1:] + maps[1:, 1:]) / 4

    grade(
        pool,
        "maps",
        _pool_cases(4),
        reference.average_pool,
        [
            (
                "Four neighbors of one row are averaged, not a square: a reshape keeps the order "
                "of the values, so split rows and columns each into two axes.",
                in_a_row,
            ),
            (
                "The four values are added. Their average is a quarter of that.",
                lambda maps: _four(maps).sum(axis=0),
            ),
            ("That is the maximum of each square.", lambda maps: _four(maps).max(axis=0)),
            (
                "That is one pixel of each square: the others are not read.",
                lambda maps: maps[::2, ::2],
            ),
            (
                "That is one pixel of each square: the others are not read.",
                lambda maps: _four(maps)[0],
            ),
            ("The window moves by one pixel. Squares must not overlap.", sliding),
            (
                "The maps are mixed: each is averaged on its own.",
                lambda maps: np.repeat(
                    _four(maps).mean(axis=(0, 3))[..., None], maps.shape[2], axis=2
                ),
            ),
            (
                "The maps are mixed: each is averaged on its own.",
                lambda maps: _four(maps).mean(axis=(0, 3)),
            ),
            (
                "Each map became one number. The squares are 2x2.",
                lambda maps: maps.mean(axis=(0, 1)),
            ),
            (
                "Only pairs of one column are averaged: a square has two columns.",
                lambda maps: _four(maps)[[0, 2]].mean(axis=0),
            ),
            (
                "Only pairs of one row are averaged: a square has two rows.",
                lambda maps: _four(maps)[[0, 1]].mean(axis=0),
            ),
            (
                "Rows and columns are exchanged in the output.",
                lambda maps: reference.average_pool(maps).swapaxes(0, 1),
            ),
        ],
    )
    return "Same values as `reference.average_pool`, on odd sides, too."


def _shifted(image: np.ndarray, by: int, axis: int) -> np.ndarray:
    """Return an image moved down (axis 0) or right (axis 1), as the chapter does."""
    image = np.moveaxis(image, axis, 0)
    moved = np.concatenate([image[:1]] * by + [image[: len(image) - by]]) if by > 0 else image
    if by < 0:
        moved = np.concatenate([image[-by:]] + [image[-1:]] * -by)
    return np.moveaxis(moved, 0, axis)


@checker("03_s2")
def s2_down(c1, s2):
    """The mean relative changes of C1 and S2 when the ten digits move down by one pixel."""
    given = np.array([number(c1, "The change of C1"), number(s2, "The change of S2")])
    weights = models.trained_weights()
    images = mnist.to_input(np.stack([mnist.digit(label) for label in range(10)]))

    def forward(images):
        states = [reference.forward(image, weights) for image in images]
        return [[state[name] for state in states] for name in ("C1", "S2")]

    old = forward(images)

    def changes(by, axis, size=lambda new, old: np.linalg.norm(new - old) / np.linalg.norm(old)):
        new = forward([_shifted(image, by, axis) for image in images])
        return np.array(
            [
                np.mean([size(*pair) for pair in zip(*each, strict=True)])
                for each in zip(new, old, strict=True)
            ]
        )

    right = changes(1, 0)
    tell(
        given,
        right,
        [
            (right[::-1], "C1 comes first, then S2; these two seem exchanged."),
            (changes(1, 1), "That is the change for a shift to the right. Down is the other axis."),
            (100 * right, "Those are percent. The chapter gives the change as a fraction."),
            (changes(-1, 0), "The digits moved up."),
            (changes(2, 0), "The digits moved by two pixels."),
            (
                changes(1, 0, lambda new, old: np.linalg.norm(new - old)),
                "Those are the distances. Divide each by the size of the old maps.",
            ),
            (
                changes(1, 0, lambda new, old: np.abs(new - old).mean()),
                "Those are mean absolute differences. The chapter compares the norms of the maps.",
            ),
        ],
        "Move each of the ten digits down, run the layers, use the chapter's `change`, and take "
        "the mean over the digits, for C1 and for S2.",
        near=0.006,
    )
    return "Down as sideways: one pooling takes off only a small part of the change."


@checker("03_s2")
def s2_subsample(subsample):
    """The 1998 layer before its squashing: sum, times a coefficient, plus a bias."""
    cases = [
        (maps[0], randoms(30 + seed, maps[0].shape[2]), randoms(40 + seed, maps[0].shape[2]))
        for seed, maps in enumerate(_pool_cases(4))
        if maps[0].shape[0] % 2 == 0
    ]
    right = reference.subsample
    grade(
        subsample,
        "maps, coefficients, biases",
        cases,
        right,
        [
            (
                "The four values are averaged. The layer of 1998 adds them; its coefficient does "
                "the rest.",
                lambda m, c, b: right(m, c / 4, b),
            ),
            ("The biases are forgotten.", lambda m, c, b: right(m, c, np.zeros_like(b))),
            ("The coefficients are forgotten.", lambda m, c, b: right(m, np.ones_like(c), b)),
            (
                "The bias is added before the coefficient is multiplied: it should come last.",
                lambda m, c, b: right(m, c, b * c),
            ),
            (
                "The bias is added to each of the four values, so it counts four times.",
                lambda m, c, b: right(m, c, 4 * b),
            ),
            (
                "The bias is added to each of the four values, before the coefficient.",
                lambda m, c, b: right(m, c, 4 * b * c),
            ),
            (
                "The result is squashed. The sums before it are asked for.",
                lambda m, c, b: reference.scaled_tanh(right(m, c, b)),
            ),
            (
                "The result goes through tanh. The sums before it are asked for.",
                lambda m, c, b: np.tanh(right(m, c, b)),
            ),
            (
                "All maps use the first coefficient and the first bias. Each map has its own.",
                lambda m, c, b: right(m, np.full_like(c, c[0]), np.full_like(b, b[0])),
            ),
            (
                "The largest of the four values is taken. All four are added.",
                lambda m, c, b: _four(m).max(axis=0) * c + b,
            ),
        ],
    )
    return "Sum, scale, shift, map by map, as `reference.subsample` does."
