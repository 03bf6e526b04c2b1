"""Checkers of chapter 04, C3."""

from __future__ import annotations

import numpy as np

from lenet_utils import models, reference
from lenet_utils.architecture import LENET5, TABLE_I, Convolution
from lenet_utils.check.mistakes import MAP, convolution_mistakes
from lenet_utils.check.verdict import (
    Wrong,
    array,
    checker,
    grade,
    plain,
    randoms,
    sizes,
    tell,
    whole,
)


@checker("04_c3")
def c3_small(shape, parameters):
    """The output shape and the parameters of C3 with kernels of 3x3."""
    before, now = LENET5["C3"].input_shape, LENET5["C3"].layer
    small = Convolution("C3", filters=now.filters, kernel=3)
    right = small.output_shape(before)
    side = right[0]
    tell(
        sizes(shape, MAP),
        right,
        [
            (
                LENET5["C3"].output_shape,
                "That is C3 with kernels of 5x5. A smaller window fits at more places.",
            ),
            (
                (side - 1, side - 1, now.filters),
                "Off by one at the border: count the first place, too.",
            ),
            ((before[0], before[1], now.filters), "That would need padding, and C3 has none."),
            ((now.filters, *right[:2]), "The axes are in another order: channels come last."),
            (
                (*right[:2], before[2]),
                "There is one output map for each kernel, not for each input map.",
            ),
        ],
        "For the side, take the kernel off the side of S2's maps and count the first place. For "
        "the channels, count the kernels.",
    )
    weights = 9 * before[2] * now.filters
    tell(
        whole(parameters, "The number of parameters"),
        small.parameters(before),
        [
            (weights, "The shape is right. The parameters lack the biases: one for each kernel."),
            (
                9 * now.filters + now.filters,
                "The shape is right. For the parameters you forgot the channels: a kernel has a "
                "square for each map that it reads.",
            ),
            (
                LENET5["C3"].parameters,
                "The shape is right. Those are the parameters of 5x5 kernels.",
            ),
            (
                weights + before[2] * now.filters,
                "The shape is right. A kernel has one bias, not one for each channel.",
            ),
            (
                small.connections(before),
                "The shape is right. Those are the connections: count each shared weight once.",
            ),
        ],
        "The shape is right. For the parameters count one kernel first: its squares, one for each "
        "map it reads, and its bias.",
    )
    return "More places, fewer weights. In the connections the smaller window wins: about half."


@checker("04_c3")
def c3_pytorch(ours):
    """A function from PyTorch's kernels, (filters, channels, height, width), to Keras's."""
    shapes = [(4, 3, 5, 2), (16, 6, 5, 5), (2, 2, 2, 2), (3, 1, 4, 4)]
    grade(
        ours,
        "theirs",
        [(randoms(seed, *shape),) for seed, shape in enumerate(shapes)],
        lambda theirs: theirs.transpose(2, 3, 1, 0),
        [
            (
                "The shape is right and the values are scattered: a reshape keeps the order in "
                "memory. The axes must be moved.",
                lambda t: t.reshape(t.shape[2], t.shape[3], t.shape[1], t.shape[0]),
            ),
            (
                "Channels and filters are exchanged: the channels in come before the filters.",
                lambda t: t.transpose(2, 3, 0, 1),
            ),
            (
                "Rows and columns are exchanged: `.T` turns all axes round, and height must stay "
                "before width.",
                lambda t: t.T,
            ),
            (
                "Rows and columns are exchanged, and so are channels and filters.",
                lambda t: t.transpose(3, 2, 0, 1),
            ),
            (
                "The kernels come out flipped. Both libraries keep them as they are.",
                lambda t: t.transpose(2, 3, 1, 0)[::-1, ::-1],
            ),
            ("Nothing is moved yet: the axes come out as they went in.", lambda t: t),
        ],
    )
    return "Every weight is where Keras looks for it, for kernels that are not square, too."


@checker("04_c3")
def c3_learned(size):
    """The size of the trained weights of C3 for each pair of S2 map and C3 map."""
    kernel, _ = models.trained_weights()["C3"]
    right = np.sqrt((kernel**2).sum(axis=(0, 1)))
    values = plain(size)
    if values.shape == right.T.shape and np.allclose(values, right.T, rtol=0.01):
        raise Wrong("The axes are exchanged: S2 maps go down, C3 maps go across.")
    given = array(values, right.shape)
    for sentence, wrong in [
        (
            "Those are plain sums: weights of both signs cancel, and a large kernel can look "
            "small.",
            kernel.sum(axis=(0, 1)),
        ),
        ("Those are sums of squares. The root of each is missing.", right**2),
        (
            "Those are means: divide by nothing, so that the size is that of the whole square.",
            np.sqrt((kernel**2).mean(axis=(0, 1))),
        ),
        (
            "Those are sums of absolute values. The chapter's measure is the root of the sum of "
            "squares.",
            np.abs(kernel).sum(axis=(0, 1)),
        ),
        (
            "Those are the largest weights. One number for all 25 is asked for.",
            np.abs(kernel).max(axis=(0, 1)),
        ),
    ]:
        if np.allclose(given, wrong, rtol=0.01, atol=1e-4):
            raise Wrong(sentence)
    if not np.allclose(given, right, rtol=0.01):
        raise Wrong(
            "The shape is right. For each pair take the root of the sum of the squares of its 25 "
            "weights: axes 0 and 1 of the kernel."
        )
    return "Links differ in size, but none is near zero: the trained C3 uses all of them."


def _by_table(maps, kernel, bias, table):
    mask = np.zeros(kernel.shape[2:])
    for number, channels in enumerate(table):
        mask[list(channels), number] = 1
    return reference.convolve(maps, kernel * mask, bias)


@checker("04_c3")
def c3_sparse(sparse):
    """A convolution with a table: (maps, kernel, bias, table) to weighted sums."""
    tables = [((0,), (1, 2)), ((0, 1), (1,), (0,)), TABLE_I]
    shapes = [(6, 7, 3), (5, 4, 2), (6, 6, 6)]
    cases = []
    for seed, (shape, table) in enumerate(zip(shapes, tables, strict=True)):
        kernel = randoms(seed, 3, 3, shape[2], len(table))
        cases.append((randoms(seed + 10, *shape), kernel, randoms(seed + 20, len(table)), table))

    def opposite(maps, kernel, bias, table):
        everything = set(range(maps.shape[2]))
        return _by_table(maps, kernel, bias, [everything - set(row) for row in table])

    def bias_by_link(maps, kernel, bias, table):
        return _by_table(maps, kernel, bias * [len(row) for row in table], table)

    def first_ones(maps, kernel, bias, table):
        return _by_table(maps, kernel, bias, [range(len(row)) for row in table])

    def packed(maps, kernel, bias, table):
        outputs = [
            reference.convolve(maps[..., list(row)], kernel[:, :, : len(row), [i]], bias[[i]])
            for i, row in enumerate(table)
        ]
        return np.concatenate(outputs, axis=2)

    grade(
        sparse,
        "maps, kernel, bias, table",
        cases,
        _by_table,
        [
            (
                "The table makes no difference: every map is fed by all channels.",
                lambda m, k, b, t: reference.convolve(m, k, b),
            ),
            (
                "The table is read the wrong way round: the channels it lists are left out.",
                opposite,
            ),
            (
                "The bias is added once for every link. It belongs to the whole sum, once.",
                bias_by_link,
            ),
            (
                "Each map reads as many channels as its row is long, but always the first ones.",
                first_ones,
            ),
            (
                "The channels are chosen from the maps but not from the kernel: the two no longer "
                "belong together.",
                packed,
            ),
            *convolution_mistakes(_by_table),
        ],
    )
    return "Same values as a dense convolution with zeros, for three tables, Table I among them."
