"""Checkers of chapter 18, how far a network can be pushed."""

from __future__ import annotations

import numpy as np

from lenet_utils import mnist
from lenet_utils.architecture import LENET5
from lenet_utils.check.verdict import checker, grade, number, tell


@checker("18_robustness")
def robustness_pixels(answer):
    """The pixels of the network's input that noise of one in ten inverts on average."""
    side, share = LENET5.input_shape[0], 0.1
    tell(
        number(answer),
        share * side**2,
        [
            (share * 28**2, "That is for MNIST's images. The network's input has a border more."),
            (share * 20**2, "That is for the digit's box. Background is inverted as well."),
            (share * side, "That is for one row of pixels."),
            (side**2, "Those are all pixels. One in ten of them is inverted."),
            ((1 - share) * side**2, "Those are the pixels that stay as they are."),
            (share**2 * side**2, "One in ten is 0.1, and it counts once."),
        ],
        "Every pixel of the input counts, border and background as well, with the same "
        "probability.",
        near=0.5,
    )
    return "About as many pixels as a whole digit has ink in."


@checker("18_robustness")
def robustness_down(down):
    """A function from (image, by) to the image moved down by whole pixels, filled with 0."""
    cases = [
        (mnist.digit(7), 4),
        (mnist.digit(5), -3),
        (mnist.digit(2), 0),
        (np.arange(1, 31, dtype=np.uint8).reshape(6, 5), 2),
        (np.arange(1, 31, dtype=np.uint8).reshape(6, 5), -5),
    ]

    def moved(image, by):
        result = np.zeros_like(image)
        rows = len(image)
        result[max(by, 0) : rows + min(by, 0)] = image[max(-by, 0) : rows + min(-by, 0)]
        return result

    def only_one_way(image, by):
        return moved(image, abs(by))

    def nothing_left(image, by):
        return moved(image, by) if by else np.zeros_like(image)

    grade(
        down,
        "image, by",
        cases,
        moved,
        [
            (
                "Rows that leave at one edge come back at the other. Fill up with background.",
                lambda i, by: np.roll(i, by, axis=0),
            ),
            ("The image moves up where it should move down.", lambda i, by: moved(i, -by)),
            ("The columns are moved. Down means along the rows.", lambda i, by: moved(i.T, by).T),
            ("A negative number must move the image up.", only_one_way),
            (
                "Moved by 0, nothing is left: a slice that ends at -0 is empty.",
                nothing_left,
            ),
            ("Everything is rolled as one long row: give `np.roll` an axis.", np.roll),
            (
                "The new rows are full of ink. Background is 0 in MNIST's gray levels.",
                lambda i, by: np.where(moved(np.ones_like(i), by), moved(i, by), 255),
            ),
            ("The image comes out as it went in.", lambda i, by: i),
        ],
    )
    return "What leaves the image is lost, and background comes in."


@checker("18_robustness")
def robustness_reach(reach):
    """A function from (amounts, errors, limit) to the amount where the error reaches the limit."""
    cases = [
        ([0, 2, 4, 6, 10], [0.01, 0.02, 0.12, 0.5, 0.9], 0.05),
        ([0, 15, 30, 45], [0.01, 0.03, 0.02, 0.20], 0.1),
        (list(range(12)), [0.01] * 5 + [0.2] + [0.03] * 5 + [0.5], 0.1),
        ([0, 1, 2], [0.01, 0.02, 0.03], 0.05),
        ([0, 10, 20], [0.01, 0.05, 0.3], 0.05),
    ]

    def over(errors, limit):
        return next((i for i, error in enumerate(errors) if error >= limit), None)

    def right(amounts, errors, limit):
        i = over(errors, limit)
        if i is None:
            return amounts[-1]
        share = (limit - errors[i - 1]) / (errors[i] - errors[i - 1])
        return amounts[i - 1] + share * (amounts[i] - amounts[i - 1])

    def measured(amounts, errors, limit, step):
        i = over(errors, limit)
        return amounts[-1] if i is None else amounts[i + step]

    def from_the_end(amounts, errors, limit):
        below = [i for i, error in enumerate(errors) if error < limit][-1]
        if below == len(errors) - 1:
            return amounts[-1]
        share = (limit - errors[below]) / (errors[below + 1] - errors[below])
        return amounts[below] + share * (amounts[below + 1] - amounts[below])

    grade(
        reach,
        "amounts, errors, limit",
        cases,
        right,
        [
            (
                "That is the last measured amount below the limit. Go on to where the line between "
                "two points meets it.",
                lambda a, e, m: measured(a, e, m, -1),
            ),
            (
                "That is the first measured amount beyond the limit. Go back to where the line "
                "between two points meets it.",
                lambda a, e, m: measured(a, e, m, 0),
            ),
            (
                "You look from the end, as `np.interp` may do, too. Where the error goes up, down "
                "and up again, the first time counts.",
                from_the_end,
            ),
            (
                "Amounts and errors are exchanged: that is the error at an amount.",
                lambda a, e, m: np.interp(m, a, e),
            ),
            (
                "You go halfway between the two points. Go as far as the limit lies between their "
                "errors.",
                lambda a, e, m: (
                    a[-1]
                    if over(e, m) is None
                    else (measured(a, e, m, 0) + measured(a, e, m, -1)) / 2
                ),
            ),
        ],
    )
    return "One number for each curve, as long as everyone names the limit with it."
