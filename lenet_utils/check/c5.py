"""Checkers of chapter 06, C5."""

from __future__ import annotations

import numpy as np

from lenet_utils import mnist, models, reference
from lenet_utils.architecture import LENET5, Network, output_size
from lenet_utils.check.verdict import (
    Wrong,
    checker,
    grade,
    pair,
    plain,
    randoms,
    sizes,
    tell,
)


@checker("06_c5")
def c5_large(answer):
    """The output shape of C5 for an image of 48x48."""
    up_to_c5 = LENET5.layers[:5]
    right = Network("large", (48, 48, 1), up_to_c5)["C5"].output_shape
    side, units = right[0], right[2]
    s4 = Network("large", (48, 48, 1), up_to_c5)["S4"].output_shape[0]
    step = LENET5["C5"].receptive_field.step
    tell(
        sizes(answer, ("height", "width", "channels")),
        right,
        [
            (
                LENET5["C5"].output_shape,
                "That is C5 for an image of 32x32. A convolution takes any size, and its map "
                "grows with the image.",
            ),
            ((s4, s4, units), "That is the side of S4's maps. C5's window still has to fit."),
            (
                (17, 17, units),
                "That would be a place for every pixel. Pooling halves the resolution twice.",
            ),
            ((side - 1, side - 1, units), "Off by one at the border: count the first place, too."),
            (
                (48 // step, 48 // step, units),
                "There is a place every few pixels, but the last window has to end inside the "
                "image.",
            ),
            ((units, side, side), "The axes are in another order: channels come last."),
        ],
        "Follow one side through C1, S2, C3 and S4, then see at how many places 5 fits.",
    )
    return "C5 becomes a map with the weights that it had. A dense layer could not do that."


@checker("06_c5")
def c5_matrix(as_matrix):
    """A function from a kernel, (k, k, channels, filters), to a dense layer's matrix."""
    shapes = [(5, 5, 16, 120), (2, 3, 4, 5), (3, 3, 1, 2)]
    grade(
        as_matrix,
        "kernel",
        [(randoms(seed, *shape),) for seed, shape in enumerate(shapes)],
        lambda kernel: kernel.reshape(-1, kernel.shape[3]),
        [
            (
                "The shape is right and the weights are scattered: filters are neighbors in "
                "memory, and were cut as if they were not.",
                lambda k: k.reshape(k.shape[3], -1).T,
            ),
            (
                "The matrix is transposed: inputs go down, units across.",
                lambda k: k.reshape(-1, k.shape[3]).T,
            ),
            (
                "The inputs are in the order channel, row, column. The maps are flattened row by "
                "row, with the channels last.",
                lambda k: k.transpose(2, 0, 1, 3).reshape(-1, k.shape[3]),
            ),
            (
                "The inputs are in the order column, row, channel: rows and columns are exchanged.",
                lambda k: k.transpose(1, 0, 2, 3).reshape(-1, k.shape[3]),
            ),
            ("The kernel comes out flipped.", lambda k: k[::-1, ::-1].reshape(-1, k.shape[3])),
        ],
    )
    return "`maps.ravel() @ matrix` is now what the convolution computes."


def _places(height: int, width: int) -> tuple[int, int]:
    c5 = Network("wide", (height, width, 1), LENET5.layers[:5])["C5"]
    return c5.output_shape[:2]


@checker("06_c5")
def c5_places(places):
    """A function from an image's height and width to the rows and columns of answers."""
    size, step = LENET5["C5"].receptive_field.size, LENET5["C5"].receptive_field.step
    cases = [(32, 32), (32, 64), (64, 64), (36, 32), (40, 100), (35, 39), (33, 66), (48, 36)]

    def both(rule):
        return lambda height, width: (rule(height), rule(width))

    grade(
        places,
        "height, width",
        cases,
        _places,
        [
            (
                "Off by one at the border: an image of one window has one place, not none.",
                both(lambda side: (side - size) // step),
            ),
            (
                "One too many: the last window has to end inside the image.",
                both(lambda side: (side - size) // step + 2),
            ),
            (
                "That would be a place for every pixel. S2 and S4 each have a stride.",
                both(lambda side: side - size + 1),
            ),
            (
                "Only one of the two poolings is counted: the places lie further apart.",
                both(lambda side: (side - size) // (step // 2) + 1),
            ),
            (
                "The windows lie side by side in your function. They overlap.",
                both(lambda side: side // size),
            ),
            (
                "Where the division does not come out even, the result is a fraction. A window "
                "that does not fit whole is not counted.",
                both(lambda side: (side - size) / step + 1),
            ),
            (
                "You count a place every few pixels, but the last window has to end inside the "
                "image.",
                both(lambda side: side // step),
            ),
            ("Rows and columns are exchanged.", lambda height, width: _places(width, height)),
        ],
        read=pair,
    )
    return "Right for eight sizes, sides that do not divide evenly among them."


@checker("06_c5")
def c5_page(read):
    """The answers of a sweep over a page: 7 and 2 above, 0 and 6 below."""
    values = plain(read)
    side = output_size(64, LENET5["C5"].receptive_field.size, LENET5["C5"].receptive_field.step)
    if values.shape == (side, side, 10):
        raise Wrong("Those are the ten shares of each place. Take the largest along the last axis.")
    if values.shape != (side, side):
        raise Wrong(
            f"The answers have shape {values.shape}. The page should be 64 pixels high and 64 "
            "wide, and `sweep` gives rows, places, classes."
        )
    corners = values[[0, 0, -1, -1], [0, -1, 0, -1]].tolist()
    wanted = [7, 2, 0, 6]
    for order, sentence in [
        (
            [7, 0, 2, 6],
            "Rows and columns are exchanged: join digits along axis 1 to make a line, and lines "
            "along axis 0 to make the page.",
        ),
        ([0, 6, 7, 2], "The two lines are exchanged: 7 and 2 come first."),
        ([2, 7, 6, 0], "Each line is exchanged: 7 comes before 2, and 0 before 6."),
    ]:
        if corners == order:
            raise Wrong(sentence)
    if corners != wanted:
        raise Wrong(
            f"The four corners say {corners}, and each sees one whole digit of the page. Which "
            "digits are where?"
        )
    weights = models.trained_weights()
    page = np.block(
        [[mnist.to_input(mnist.digit(d))[0, ..., 0] for d in line] for line in ((7, 2), (0, 6))]
    )[..., np.newaxis]
    at = [
        reference.forward(page[4 * r : 4 * r + 32, 4 * c : 4 * c + 32], weights)["Output"].argmax()
        for r in range(side)
        for c in range(side)
    ]
    if not np.array_equal(values.ravel(), at):
        raise Wrong(
            "The corners are right, but not all places between them are what the network says of "
            "their 32x32 pixels."
        )
    return "The corners see one digit each; what stands between them has half of two or four."
