"""Checkers of chapter 02, C1."""

from __future__ import annotations

from math import ceil

import numpy as np

from lenet_utils import mnist, reference
from lenet_utils.architecture import LENET5, output_size
from lenet_utils.check.mistakes import convolution_mistakes
from lenet_utils.check.verdict import (
    Wrong,
    array,
    checker,
    grade,
    plain,
    randoms,
    tell,
    whole,
)


@checker("02_c1")
def c1_color(answer):
    """The parameters of C1 for an image with three channels."""
    layer, gray = LENET5["C1"].layer, LENET5["C1"].parameters
    color = (*LENET5.input_shape[:2], 3)
    weights = layer.kernel**2 * 3 * layer.filters
    tell(
        whole(answer),
        layer.parameters(color),
        [
            (
                3 * gray,
                "You tripled the biases as well. A kernel has one bias, however many channels it "
                "reads.",
            ),
            (weights, "Those are the weights. The biases are missing: one for each kernel."),
            (weights + 1, "There is more than one bias: every kernel has its own."),
            (gray, "That is C1 for a gray image. A kernel needs weights for each channel."),
            (
                layer.kernel * 3 * layer.filters + layer.filters,
                "A kernel is a square for each channel: its side counts twice.",
            ),
            (
                layer.connections(color),
                "Those are the connections. Weights that are used at many places are stored once.",
            ),
            (
                int(np.prod(layer.output_shape(color))),
                "Those are the output values. They are computed, not stored.",
            ),
        ],
        "Take one kernel first: how many weights lie on its window, over all channels, and how "
        "many biases has it? Then count the kernels.",
    )
    return "Each kernel has a square of weights for each channel and still one bias."


@checker("02_c1")
def c1_side(side):
    """A function that gives the side of a convolution's output."""
    cases = [(32, 5, 1, 0), (32, 5, 2, 0), (32, 5, 1, 2), (28, 3, 2, 1), (5, 5, 1, 0)]
    cases += [(7, 2, 3, 0), (10, 4, 3, 2), (31, 5, 5, 1), (6, 1, 2, 0)]
    grade(
        side,
        "size, kernel, stride, padding",
        cases,
        output_size,
        [
            (
                "Off by one at the border: with n steps between the first and the last place "
                "there are n + 1 places.",
                lambda i, k, s, p: (i + 2 * p - k) // s,
            ),
            (
                "One too many: put the window at the last place and look where it ends.",
                lambda i, k, s, p: (i + 2 * p - k) // s + 2,
            ),
            (
                "The padding is added on one side only. It lies on both.",
                lambda i, k, s, p: (i + p - k) // s + 1,
            ),
            (
                "The padding makes no difference in your function.",
                lambda i, k, s, p: (i - k) // s + 1,
            ),
            (
                "The stride makes no difference in your function.",
                lambda i, k, s, p: i + 2 * p - k + 1,
            ),
            (
                "Where the division does not come out even, the result is a fraction. A window "
                "that does not fit whole is not counted.",
                lambda i, k, s, p: (i + 2 * p - k) / s + 1,
            ),
            (
                "You round up where the division does not come out even. The last window would "
                "stick out of the image.",
                lambda i, k, s, p: ceil((i + 2 * p - k) / s) + 1,
            ),
            (
                "You round to the nearest whole number. A window that does not fit whole is not "
                "counted, however little is missing.",
                lambda i, k, s, p: round((i + 2 * p - k) / s) + 1,
            ),
            (
                "That is the rule for a padding that keeps the size. The kernel has to count.",
                lambda i, k, s, p: ceil(i / s),
            ),
        ],
    )
    return "All sizes, strides and paddings that were tried, those that do not divide evenly too."


def _edge_answers(kernel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a kernel's answers at the left and at the right edge of a bar of ink."""
    bar = np.full((20, 24, 1), mnist.BACKGROUND)
    bar[:, 8:16] = mnist.FOREGROUND
    line = reference.convolve(bar, kernel[..., None, None], np.zeros(1))[8, :, 0]
    return line[4:8], line[12:16]


@checker("02_c1")
def c1_edge(kernel):
    """A 5x5 kernel that answers to left edges of strokes."""
    values = plain(kernel, "The kernel")
    if values.size == 25 and values.ndim in (2, 3, 4):
        values = values.reshape([size for size in values.shape if size != 1])
    weights = array(values, (5, 5), "The kernel")
    size = np.abs(weights).sum()
    if size == 0:
        raise Wrong("All weights are 0, so this kernel answers to nothing.")
    if abs(weights.sum()) > 0.01 * size:
        raise Wrong(
            "It answers to plain paper and to plain ink, too: where all pixels are equal, the "
            "positive and the negative weights should cancel."
        )
    left, right = _edge_answers(weights)
    upper = np.abs(_edge_answers(weights.T)[0]).max()
    strongest = np.abs(left).max()
    if upper > 2 * strongest:
        raise Wrong(
            "It answers to upper or lower edges. Rows and columns are exchanged: the weights must "
            "change from left to right."
        )
    if strongest < 0.1 * size:
        raise Wrong(
            "It hardly answers to a left edge: weights of both signs stand on each side of the "
            "kernel, and cancel."
        )
    if min(left.max(), -left.min()) > 0.5 * strongest:
        raise Wrong(
            "It does not tell the two edges of a stroke apart: at each of them it is first "
            "positive, then negative, or the reverse. It answers to a thin line."
        )
    if strongest > left.max() or np.abs(right).max() > -right.min():
        raise Wrong(
            "It answers to right edges. To the left of a left edge there is background; which "
            "weights should lie on the ink?"
        )
    if upper > 0.5 * strongest:
        raise Wrong(
            "It answers to left edges, and nearly as much to upper or lower ones: a slanted edge "
            "would please it most."
        )
    return "Left edges come out positive, right ones negative, and plain paper gives 0."


@checker("02_c1")
def c1_strided(convolve):
    """A convolution with a stride: (maps, kernel, bias, stride) to weighted sums."""
    cases = []
    for seed, (shape, size, stride) in enumerate(
        [((7, 9, 1), 3, 1), ((9, 7, 2), 3, 2), ((8, 11, 3), 2, 3), ((5, 5, 1), 5, 2)]
    ):
        kernel = randoms(seed, size, size, shape[2], 2)
        cases.append((randoms(seed + 10, *shape), kernel, randoms(seed + 20, 2), stride))

    def shorter(maps, kernel, bias, stride):
        size = kernel.shape[0]
        rows, columns = ((side - size) // stride for side in maps.shape[:2])
        return reference.convolve(maps, kernel, bias, stride)[:rows, :columns]

    def side_by_side(maps, kernel, bias, stride):
        rows, columns, _ = reference.convolve(maps, kernel, bias, stride).shape
        return reference.convolve(maps, kernel, bias)[:rows, :columns]

    def padded(maps, kernel, bias, stride):
        return reference.convolve(maps, kernel, bias, stride, kernel.shape[0] // 2)

    grade(
        convolve,
        "maps, kernel, bias, stride",
        cases,
        reference.convolve,
        [
            (
                "The stride makes no difference in your function.",
                lambda m, k, b, s: reference.convolve(m, k, b),
            ),
            (
                "The output has the right shape, but its windows lie next to each other: window "
                "number r begins at row r times the stride.",
                side_by_side,
            ),
            (
                "Off by one at the border: the last window that fits is left out, in rows and in "
                "columns.",
                shorter,
            ),
            (
                "The stride is used for rows only.",
                lambda m, k, b, s: reference.convolve(m, k, b)[::s],
            ),
            (
                "The stride is used for columns only.",
                lambda m, k, b, s: reference.convolve(m, k, b)[:, ::s],
            ),
            ("The image is padded. No border is asked for.", padded),
            *convolution_mistakes(reference.convolve),
        ],
    )
    return "Same values as `reference.convolve` on four shapes, with strides from 1 to 3."
