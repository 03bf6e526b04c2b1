"""Checkers of chapter 13, the original network."""

from __future__ import annotations

import numpy as np

from lenet_utils.architecture import LENET5_1998, Subsampling
from lenet_utils.check.verdict import checker, grade, randoms, tell, whole


@checker("13_original")
def original_coarse(parameters, connections):
    """The parameters and connections of S2 of 1998 with squares of 4x4."""
    before, size = LENET5_1998["C1"].output_shape, 4
    coarse = Subsampling("S2", size=size)
    maps, units = before[2], np.prod(coarse.output_shape(before))
    tell(
        whole(parameters, "The number of parameters"),
        coarse.parameters(before),
        [
            (maps, "A map has a coefficient and a bias, and one of them is forgotten."),
            (2, "Each map has a coefficient and a bias of its own."),
            (0, "That is average pooling. The layer of 1998 is trained."),
            (
                maps * (size**2 + 1),
                "The inputs of a square share one coefficient: they are added first.",
            ),
            (
                2 * units,
                "All units of a map share one coefficient and one bias, wherever they are.",
            ),
        ],
        "For the parameters, count the maps. What has each of them to train?",
    )
    finer = LENET5_1998["S2"]
    tell(
        whole(connections, "The number of connections"),
        coarse.connections(before),
        [
            (
                finer.connections,
                "The parameters are right. Those are the connections of 2x2 squares.",
            ),
            (
                units * size**2,
                "The parameters are right. For the connections you forgot the biases: each unit "
                "has one.",
            ),
            (
                units // maps * (size**2 + 1),
                "The parameters are right. Those are the connections of one map.",
            ),
            (units * 5, "The parameters are right. A unit has more inputs now than four."),
            (
                np.prod(finer.output_shape) * (size**2 + 1),
                "The parameters are right. The maps that come out are smaller now: how many "
                "squares fit?",
            ),
            (
                units * (size**2 + 2),
                "The parameters are right. The coefficient is no input of its own.",
            ),
        ],
        "The parameters are right. For the connections count the units that come out, then the "
        "inputs of one.",
    )
    return "Larger squares make fewer units with more inputs each. What is trained stays as it is."


def _keep(gradient, table, chosen=list, at=lambda number: number):
    kept = np.zeros_like(gradient)
    for number, channels in enumerate(table):
        kept[:, :, chosen(channels), at(number)] = gradient[:, :, chosen(channels), at(number)]
    return kept


@checker("13_original")
def original_masked(masked):
    """A function that sets the gradient of a dense kernel to zero at missing links."""
    cases = [
        (randoms(0, 5, 5, 3, 4), ((0, 1), (1, 2), (0, 2), (0, 1, 2))),
        (randoms(1, 3, 3, 6, 6), ((0,), (1, 5), (2, 3), (0, 4), (5,), (0, 2, 4))),
        (randoms(2, 1, 1, 2, 3), ((1,), (0,), (0, 1))),
    ]

    def others(gradient, table):
        return gradient - _keep(gradient, table)

    def squares(gradient, table):
        return _keep(gradient.swapaxes(2, 3), table[: gradient.shape[2]]).swapaxes(2, 3)

    grade(
        masked,
        "gradient, table",
        cases,
        _keep,
        [
            ("Nothing is set to zero.", lambda g, t: g),
            ("It is the other way round: the links are gone, the missing ones are left.", others),
            ("Channels and filters are exchanged: a row of the table is a filter.", squares),
            (
                "Only the first channel of each row is kept.",
                lambda g, t: _keep(g, t, chosen=lambda channels: list(channels)[:1]),
            ),
            (
                "That is the mask. What is asked for is the gradient, with zeros in it.",
                lambda g, t: _keep(np.ones_like(g), t),
            ),
            (
                "From the first to the last channel of a row all are kept. A row may leave out "
                "channels between.",
                lambda g, t: _keep(g, t, chosen=lambda c: list(range(min(c), max(c) + 1))),
            ),
        ],
    )
    return "Steps without a gradient go nowhere, so the zeros stay, and are stored and counted."


@checker("13_original")
def original_penalties(penalties):
    """The squared distances of a batch of states to all codes, (count, classes)."""
    cases = [
        (randoms(0, 3, 5), np.sign(randoms(1, 4, 5))),
        (randoms(2, 1, 84), np.sign(randoms(3, 10, 84))),
        (randoms(4, 6, 6), np.sign(randoms(5, 6, 6))),
        (np.sign(randoms(6, 2, 7)), np.sign(randoms(6, 2, 7))),
    ]

    def apart(states, codes):
        return states[:, np.newaxis] - codes

    grade(
        penalties,
        "states, codes",
        cases,
        lambda s, c: (apart(s, c) ** 2).sum(axis=-1),
        [
            ("The root is too much: a penalty is the *squared* distance.",
             lambda s, c: np.sqrt((apart(s, c) ** 2).sum(axis=-1))),
            ("Those are the mean squares. The paper adds them.",
             lambda s, c: (apart(s, c) ** 2).mean(axis=-1)),
            ("Those are sums of absolute differences. They must be squared.",
             lambda s, c: np.abs(apart(s, c)).sum(axis=-1)),
            ("The differences are summed before they are squared, and cancel.",
             lambda s, c: apart(s, c).sum(axis=-1) ** 2),
            ("The result is transposed: images come first, then classes.",
             lambda s, c: (apart(s, c) ** 2).sum(axis=-1).T),
            ("Those are scalar products, as of a dense layer. Distances are asked for.",
             lambda s, c: s @ c.T),
            ("The sign is turned: penalties are positive, and the smallest wins.",
             lambda s, c: -(apart(s, c) ** 2).sum(axis=-1)),
        ],
    )  # fmt: skip
    return "One penalty for each image and class: this is the whole layer."
