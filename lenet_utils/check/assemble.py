"""Checkers of chapter 09, the network put together."""

from __future__ import annotations

import numpy as np

from lenet_utils import mnist, models, reference
from lenet_utils.architecture import LENET5, Convolution
from lenet_utils.check.verdict import Wrong, checker, number, plain, short, tell, whole


@checker("09_assemble")
def assemble_wide(answer):
    """All parameters of the network if C1 has 12 filters."""
    wide = LENET5.replace(Convolution("C1", filters=12, kernel=5))
    c1 = wide["C1"].parameters - LENET5["C1"].parameters
    c3 = wide["C3"].parameters - LENET5["C3"].parameters
    tell(
        whole(answer),
        wide.parameters,
        [
            (
                LENET5.parameters + c1,
                "Only C1 has grown in your count. C3 reads C1's maps, after pooling: its kernels "
                "get a square for each.",
            ),
            (LENET5.parameters + c3, "Only C3 has grown in your count. C1 has more kernels."),
            (
                LENET5.parameters + c1 + c3 + LENET5["C3"].layer.filters,
                "C3 has as many biases as before: one for each of its filters.",
            ),
            (
                LENET5.parameters + c1 + 2 * LENET5["C3"].parameters - LENET5["C3"].parameters,
                "C3's weights double, its biases do not: there is one for each filter.",
            ),
            (LENET5.parameters, "That is the network of the table."),
            (2 * LENET5.parameters, "Not everything doubles. Which layers read C1's maps?"),
            (c1 + c3, "That is how much it grows. The total is asked for."),
            (wide.multiply_accumulates, "Those are the multiply-accumulates."),
        ],
        "Go down the table, and ask of each row: does it have more kernels, or more channels?",
    )
    return "C1 and C3 grow, S2 passes it on, and C5 never notices: the total hardly changes."


def _activation(layer) -> str:
    return getattr(getattr(layer, "activation", None), "__name__", "none")


@checker("09_assemble")
def assemble_network(network):
    """A Keras network for 28x28 images, with the counts and the layers of the table."""
    if isinstance(network, type) or not hasattr(network, "layers"):
        if callable(network):
            raise Wrong("A network is asked for, not the function that makes it. Call it.")
        plain(network)
        raise Wrong(f"A Keras network is asked for, not {short(network)}.")
    parts = [layer for layer in network.layers if type(layer).__name__ != "InputLayer"]
    kinds = [type(layer).__name__ for layer in parts]
    if not getattr(network, "built", False):
        raise Wrong("The network has no shapes yet. Begin it with `keras.Input((28, 28, 1))`.")
    given = tuple(network.input_shape[1:])
    if given == LENET5.input_shape:
        raise Wrong("Its input is 32x32. This one reads images as MNIST has them.")
    if given != (28, 28, 1):
        raise Wrong(f"Its input is {given}, not that of a gray image as MNIST has it.")
    if "MaxPooling2D" in kinds:
        raise Wrong("It takes the maximum of each square. The table averages.")
    if "Flatten" not in kinds and "Reshape" not in kinds:
        raise Wrong(
            "Nothing turns C5's maps of one place into a vector: a dense layer would be used at "
            "each place, and the output keeps axes it should not have."
        )
    rows = [layer for layer in parts if type(layer).__name__ not in ("Flatten", "Reshape")]
    wanted = {
        "convolution": "Conv2D",
        "average pooling": "AveragePooling2D",
        "fully connected": "Dense",
    }
    if len(rows) != len(LENET5.rows):
        raise Wrong(
            f"It has {len(rows)} layers besides the flattening, and the table has another number "
            "of rows."
        )
    for layer, row in zip(rows, LENET5.rows, strict=True):
        if type(layer).__name__ != wanted[row.kind]:
            raise Wrong(
                f"In the place of {row.name} stands a {type(layer).__name__}, and the table has "
                f"{row.kind} there."
            )
        shape = tuple(layer.output.shape[1:])
        if shape != row.output_shape:
            if row.name == "C1" and shape[:2] == (24, 24):
                raise Wrong(
                    "C1 makes the maps smaller than the table's, so a later window will not fit, "
                    "or fit too seldom. It needs the border that is missing."
                )
            raise Wrong(
                f"The output of {row.name} is {shape}, and the table has another shape there."
            )
        if layer.count_params() != row.parameters:
            raise Wrong(
                f"{row.name} has {layer.count_params():,} parameters, and the table has another "
                "number there. Is there a bias? Does the kernel fit?"
            )
        activation = getattr(row.layer, "activation", None)
        if activation and _activation(layer) != activation:
            found = "no activation" if _activation(layer) == "linear" else _activation(layer)
            raise Wrong(
                f"{row.name} has {found}. No count shows it, since an activation has nothing to "
                "train."
            )
    return "Every row has the kind, the shape, the parameters and the activation of the table."


@checker("09_assemble")
def assemble_steps(answer):
    """The coarsest step to which the weights can be rounded with all ten digits right."""
    steps = [1 / 64, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1]
    weights = models.trained_weights()
    batch = mnist.to_input(np.stack([mnist.digit(label) for label in range(10)]))

    def all_right(step):
        rounded = {n: tuple(np.round(a / step) * step for a in p) for n, p in weights.items()}
        outputs = [reference.forward(image, rounded)["Output"].argmax() for image in batch]
        return outputs == list(range(10))

    good = [step for step in steps if all_right(step)]
    given = number(answer)
    if not any(abs(given - step) < 1e-6 for step in steps):
        if any(abs(given - 1 / step) < 1e-6 for step in steps):
            raise Wrong("Is that the number of steps in 1? The step itself is asked for.")
        raise Wrong(f"{given:g} is none of the steps that the hint proposes.")
    if given < max(good):
        raise Wrong("All ten are right with it, but a coarser step works, too.")
    if given > max(good):
        raise Wrong("With this step some of the ten digits are wrong. Count the right answers.")
    return "A few bits hold each weight. Ten digits are a weak test; a better one comes soon."


@checker("09_assemble")
def assemble_small(answer):
    """How many units C5 can have if the network may have 30,000 parameters."""
    units, most = whole(answer), 30_000
    if not 1 <= units <= 10**6:
        raise Wrong(
            f"C5 needs at least one unit, and fits the limit with far fewer than {units:,}."
            if units > 1
            else "C5 needs at least one unit."
        )

    def network(units):
        return LENET5.replace(Convolution("C5", filters=units, kernel=5))

    right = max(n for n in range(1, 200) if network(n).parameters <= most)
    rest = LENET5.parameters - LENET5["C5"].parameters
    own = LENET5["S4"].output_shape
    per_unit = int(np.prod(own)) + 1
    tell(
        units,
        right,
        [
            (
                (most - rest) // per_unit,
                "You kept F6 as it is. It has a weight for each unit of C5 and each of its own, "
                "so it shrinks with C5.",
            ),
            (most // per_unit, "You gave all parameters to C5. The other layers need theirs."),
            (right + 1, "That is just above the limit: compute the total once more."),
            (right - 1, "That fits, and one more unit does, too."),
            (
                LENET5["C5"].layer.filters // 2,
                "Half of the units is not half of the parameters: other layers have theirs, and "
                "not all depend on C5.",
            ),
        ],
        f"With {units} units the network has {network(units).parameters:,} parameters. "
        + ("That is too many." if units > right else "More units fit."),
    )
    return "Each unit of C5 costs its weights, its bias, and one weight in every unit of F6."
