"""Checkers of chapter 01, the input."""

from __future__ import annotations

import numpy as np

from lenet_utils import mnist
from lenet_utils.check.verdict import (
    Wrong,
    array,
    checker,
    grade,
    number,
    plain,
    sizes,
    tell,
    whole,
)


@checker("01_input")
def input_stray(answer):
    """The size of the box of a 5 with a stray pixel in the upper left corner."""
    five = mnist.digit(5)
    stray = five.copy()
    stray[0, 0] = 30
    (top, left), (rows, columns) = (
        [part.start for part in mnist.bounding_box(five)],
        [part.stop for part in mnist.bounding_box(stray)],
    )
    own = (rows - top, columns - left)
    tell(
        sizes(answer, ("height", "width"), "The size"),
        (rows, columns),
        [
            (
                own,
                "That is the box without the stray pixel. A box asks of each pixel only whether "
                "it is 0, and 30 is not.",
            ),
            (
                five.shape,
                "That is the whole image. The box begins in the corner now, but where does it end?",
            ),
            ((columns, rows), "Height comes first, then width."),
            ((rows - 1, columns - 1), "One too few: from row 0 to row r there are r + 1 rows."),
        ],
        "The box now begins at row 0 and column 0. It still ends where the digit ends.",
    )
    return "One pale pixel decides the box, and the digit would be scaled down far too much."


@checker("01_input")
def input_moved(answer, images):
    """How many of some images change if their box is centered, not their mass."""
    images = plain(images, "The second argument")
    if images.ndim != 3 or images.shape[1:] != (28, 28) or not 0 < len(images) <= 10_000:
        raise Wrong("Give the thousand images as the second argument: (count, 28, 28).")
    moves = []
    for image in images:
        box = mnist.bounding_box(image)
        moves.append([(28 - part.stop + part.start) // 2 - part.start for part in box])
    down, right = np.array(moves).T != 0
    tell(
        whole(answer),
        int(np.sum(down | right)),
        [
            (
                int(np.sum(~(down | right))),
                "That counts the images that come back as they were; the others are asked for.",
            ),
            (int(np.sum(down)), "That counts those that move up or down. Some move only sideways."),
            (int(np.sum(right)), "That counts those that move sideways. Some move up or down."),
            (
                int(np.sum(down & right)),
                "That counts those that move in both directions; one is enough to differ.",
            ),
            (
                0,
                "None? Both rules put the box into the image, but one centers the box and the "
                "other the ink.",
            ),
        ],
        "Place every box by the reader's rule, and compare with the image it was cut from: "
        "`np.array_equal` says whether they are the same.",
    )
    return "The box's center and the ink's center are two places, and most digits show it."


@checker("01_input")
def input_scaling(answer, share):
    """The values of background and full ink that give a mean of 0 and a variance of 1."""
    share = array(share, (256,), "The share of the levels")
    values = plain(answer)
    if values.size != 2:
        raise Wrong("Two values are asked for: (background, full ink).")
    low, high = (number(value) for value in values.reshape(-1))
    levels = np.arange(256) / 255
    ours = mnist.BACKGROUND + (mnist.FOREGROUND - mnist.BACKGROUND) * levels
    mean = np.sum(share * ours)
    variance = np.sum(share * (ours - mean) ** 2)
    ends = ours[[0, -1]]

    def is_near(wrong):
        return np.allclose([low, high], wrong, rtol=0.01, atol=0.005)

    if is_near((ends - mean) / variance):
        raise Wrong(
            "You divided by the variance. Dividing by a number divides the variance by its square."
        )
    if is_near(ends / np.sqrt(variance)):
        raise Wrong("The variance is 1, but the mean is not 0: it has to be taken off first.")
    if is_near(ends - mean):
        raise Wrong("The mean is 0 now. The variance is what it was: the spread did not change.")
    if low > high:
        raise Wrong("Background comes first, then full ink, and ink has the higher value.")
    new = low + (high - low) * levels
    mean = np.sum(share * new)
    variance = np.sum(share * (new - mean) ** 2)
    if abs(mean) > 0.01 or abs(variance - 1) > 0.02:
        raise Wrong(
            f"With these two values the mean is {mean:.2f} and the variance {variance:.2f}."
        )
    return "Most pixels are background, so it lies near the mean, and ink far from it."


@checker("01_input")
def input_prepare(prepare):
    """A function from gray levels (28, 28) to the network's input (32, 32, 1)."""

    def scaled(image):
        return mnist.BACKGROUND + (mnist.FOREGROUND - mnist.BACKGROUND) * image / 255

    def wide(image, border=2):
        return np.pad(np.asarray(image, float), border)

    noise = np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8)
    grade(
        prepare,
        "image",
        [(mnist.digit(5),), (mnist.digit(8),), (noise,)],
        lambda image: mnist.to_input(image)[0],
        [
            (
                "The border is 0, and background is not: pad with gray level 0 first and scale "
                "then, or pad with the value of the background.",
                lambda image: np.pad(scaled(image), 2)[..., None],
            ),
            (
                "Level 0 becomes the background value, but full ink comes out too low or too "
                "high: the factor is the distance between the two, not the upper value.",
                lambda image: (mnist.BACKGROUND + mnist.FOREGROUND * wide(image) / 255)[..., None],
            ),
            (
                "The highest gray level is not 256: there are 256 levels, and they begin at 0.",
                lambda image: scaled(wide(image) * 255 / 256)[..., None],
            ),
            (
                "The values go from 0 to 1. One step is missing.",
                lambda image: wide(image)[..., None] / 255,
            ),
            (
                "Ink and background are exchanged: MNIST counts ink.",
                lambda image: scaled(255 - wide(image))[..., None],
            ),
            ("Rows and columns are exchanged.", lambda image: scaled(wide(image).T)[..., None]),
            (
                "The gray levels are as they were: they are not scaled.",
                lambda image: wide(image)[..., None],
            ),
        ],
    )
    return "Same shape and same values as `mnist.to_input`, on two digits and on noise."
