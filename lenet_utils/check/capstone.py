"""Checkers of chapter 19, the capstone: a budget, a claim, and a network."""

from __future__ import annotations

import math

import numpy as np

from lenet_utils import capstone, mnist
from lenet_utils.architecture import LENET5
from lenet_utils.check.verdict import Wrong, checker, error_rate, grade, quoted, tell, whole


@checker("19_capstone")
def capstone_budget(answer):
    """The most units of a hidden layer between 24 maps of 3x3 and ten outputs."""
    inputs, outputs, spent = 3 * 3 * 24, 10, 4856
    each = inputs + 1 + outputs

    def units(budget, cost=each):
        return budget // cost

    left = capstone.BUDGET - spent
    tell(
        whole(answer),
        units(left - outputs),
        [
            (units(left, inputs), "Each unit costs its bias and its ten outgoing weights, too."),
            (units(left, inputs + 1), "Each unit also costs the ten weights that lead out of it."),
            (units(left - outputs, each - 1), "One too many. Has each unit its bias?"),
            (units(capstone.BUDGET - outputs), "The convolutions have spent part of the budget."),
            (units(left - outputs, 24 + 1 + outputs), "Each unit sees all nine places of a map."),
        ],
        "A unit costs one weight for each input, a bias, and one weight for each output. Ten "
        "biases of the outputs come on top.",
    )
    return "It is the seam between maps and units that is expensive, here as in LeNet-5."


@checker("19_capstone")
def capstone_sure(surely):
    """A function from (one, other), errors as lists of seeds, to whether the means surely differ.

    Surely: by more than twice the root of the summed squared standard errors.
    """
    cases = [
        ([0.0088, 0.0096, 0.0078, 0.0095, 0.0088], [0.0060, 0.0055, 0.0058]),
        ([0.0088, 0.0096, 0.0078, 0.0095, 0.0088], [0.0085, 0.0081, 0.0090]),
        ([0.0060, 0.0055, 0.0058], [0.0088, 0.0096, 0.0078, 0.0095, 0.0088]),
        ([0.010, 0.012], [0.008, 0.0085, 0.0082]),
        ([0.010, 0.011, 0.012, 0.010, 0.012], [0.0101, 0.0099, 0.0100, 0.0101]),
        ([0.010, 0.014, 0.012, 0.013], [0.0105, 0.0095, 0.0100]),
        ([0.02, 0.02, 0.021], [0.02, 0.02, 0.021]),
        ([0.0120, 0.0126, 0.0123, 0.0119], [0.0117, 0.0115, 0.0119]),
        ([0.0090, 0.0094, 0.0092], [0.0091, 0.0093, 0.0062]),
        ([0.0100, 0.0104, 0.0102], [0.0099, 0.0099, 0.0101]),
        ([0.0096, 0.0100, 0.0098], [0.0101, 0.0101, 0.0099]),
        ([0.0098, 0.0095, 0.0101], [0.0096, 0.0092, 0.0094]),
        ([0.0090, 0.0110, 0.0100], [0.0090, 0.0100, 0.0105]),
        ([0.0090, 0.0100, 0.0105], [0.0090, 0.0110, 0.0100]),
        ([0.0100, 0.0103, 0.0106], [0.0099, 0.0103, 0.0104]),
        ([0.0100, 0.0103, 0.0106], [0.0098, 0.0101, 0.0102]),
    ]

    def decided(one, other, times=2.0, error=None, sign=abs):
        def squared(errors):
            return np.var(errors, ddof=1) / len(errors)

        apart = sign(np.mean(one) - np.mean(other))
        return apart > times * (error or (lambda a, b: math.sqrt(squared(a) + squared(b))))(
            one, other
        )

    def spread(errors, ddof=1):
        return np.std(errors, ddof=ddof)

    grade(
        surely,
        "one, other",
        cases,
        decided,
        [
            (
                "You compare with how far single seeds spread. A mean of several is surer than "
                "one seed: divide by the root of their number.",
                lambda a, b: decided(a, b, error=lambda a, b: math.hypot(spread(a), spread(b))),
            ),
            (
                "Only the first list may be worse in your function. The means may differ either "
                "way.",
                lambda a, b: decided(a, b, sign=lambda d: d),
            ),
            (
                "Only the first list may be better in your function. The means may differ either "
                "way.",
                lambda a, b: decided(a, b, sign=lambda d: -d),
            ),
            (
                "Twice the error of the difference is asked for, and you take it once.",
                lambda a, b: decided(a, b, times=1),
            ),
            ("You decide by the means alone.", lambda a, b: np.mean(a) != np.mean(b)),
            (
                "You decide by the means alone, and in one direction.",
                lambda a, b: np.mean(a) < np.mean(b),
            ),
            (
                "You decide by the means alone, and in one direction.",
                lambda a, b: np.mean(a) > np.mean(b),
            ),
            (
                "You decide by the best seed of each. A lucky seed is no better recipe.",
                lambda a, b: min(a) != min(b),
            ),
            (
                "You decide by the best seed of each. A lucky seed is no better recipe.",
                lambda a, b: min(a) < min(b),
            ),
            (
                "You decide by the best seed of each. A lucky seed is no better recipe.",
                lambda a, b: min(a) > min(b),
            ),
            (
                "The standard deviation of a few values divides by one less than their number: "
                "`ddof=1`.",
                lambda a, b: decided(
                    a,
                    b,
                    error=lambda a, b: math.hypot(
                        spread(a, 0) / math.sqrt(len(a)), spread(b, 0) / math.sqrt(len(b))
                    ),
                ),
            ),
        ],
    )
    return "Seeds decide whether a difference is one, and so does how many of them you ran."


def scores(model, images) -> np.ndarray:
    """Return what a reader's model makes of network input; says what is wrong with it if not."""
    try:
        values = np.asarray(model(images))
    except Exception as error:
        raise Wrong(
            "The network fails for a batch of the course's network input, of shape "
            f"{images.shape}: {quoted(error)}"
        ) from None
    if values.shape != (len(images), 10):
        raise Wrong(
            f"For {len(images)} images the network gives an array of shape {values.shape}. Ten "
            "scores for each image are asked for."
        )
    if values.dtype.kind not in "iuf" or not np.all(np.isfinite(values)):
        raise Wrong("Some scores are infinite or not a number.")
    return values


@checker("19_capstone")
def capstone_network(model, error):
    """A trained Keras network within the budget, and the error of the reader's own chapter 10."""
    if not callable(model) or not hasattr(model, "count_params"):
        raise Wrong("The first answer must be a Keras model, the trained network itself.")
    if isinstance(model, type):
        raise Wrong("That is a class. Make a model of it, train it, and give that.")
    own = error_rate(error, "The error of your chapter 10")
    if own > 0.2:
        raise Wrong(
            f"An error of {own:.0%} is that of a network that hardly learned. Was it meant in "
            "percent? Half a percent is 0.005 as a fraction."
        )
    if own == 0:
        raise Wrong("An error of 0 cannot be beaten, and chapter 10 does not reach it.")
    try:
        parameters = int(model.count_params())
        largest = max(model.layers, key=lambda layer: layer.count_params())
        share = largest.count_params() / max(parameters, 1)
    except Exception as fault:
        raise Wrong(f"The model's parameters cannot be counted: {quoted(fault)}") from None
    if parameters > capstone.BUDGET:
        raise Wrong(
            f"The network has {parameters:,} parameters, {parameters - capstone.BUDGET:,} too "
            f"many. Its layer {largest.name} holds {share:.0%} of them."
        )
    data = mnist.load()
    few = scores(model, mnist.to_input(data.test_images[:64]))
    if np.ptp(few, axis=1).max() == 0:
        raise Wrong("All ten scores are the same for every image. Was the network trained?")
    wrong = 0
    for start in range(0, len(data.test_images), 1000):
        part = slice(start, start + 1000)
        answers = scores(model, mnist.to_input(data.test_images[part])).argmax(axis=1)
        wrong += int(np.sum(answers != data.test_labels[part]))
    count = len(data.test_images)
    reached = wrong / count
    if reached > 0.7:
        raise Wrong(
            f"The network is wrong on {reached:.0%} of the test images, as one that was not "
            "trained. Or does it want other gray levels than `mnist.to_input` gives?"
        )
    if reached >= own:
        raise Wrong(
            f"The network fits the budget and is wrong on {reached:.2%} of the test images; your "
            f"chapter 10 had {own:.2%}. Go back to the validation images, and ask for the test "
            "images again when those say that something has changed."
        )
    sure = 2 * math.sqrt(own * (1 - own) / count)
    close = (
        " They differ by less than the test images can tell, though: more seeds would."
        if own - reached < sure
        else ""
    )
    return (
        f"{parameters:,} parameters of {LENET5.parameters:,}, and {reached:.2%} wrong, where your "
        f"chapter 10 had {own:.2%}.{close}"
    )
