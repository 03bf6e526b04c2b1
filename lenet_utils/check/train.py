"""Checkers of chapter 10, training."""

from __future__ import annotations

from math import ceil

import numpy as np

from lenet_utils import training
from lenet_utils.check.verdict import (
    WORK,
    Wrong,
    call,
    checker,
    error_rate,
    grade,
    has_dots,
    plain,
    tell,
    whole,
)


@checker("10_train")
def train_steps(steps, last):
    """The steps of one pass over 55,000 images in batches of 64, and the last batch."""
    count, size = 55_000, 64
    tell(
        whole(steps, "The number of steps"),
        ceil(count / size),
        [
            (count // size, "The images that are left over make one more batch, a smaller one."),
            (ceil(60_000 / size), "That is for all training images. Some were set aside."),
            (count, "That would be one image a step."),
        ],
        "Divide the images by the size of a batch, and round up.",
    )
    tell(
        whole(last, "The last batch"),
        count % size,
        [
            (size, "The steps are right. The last batch has only what is left."),
            (size - count % size, "The steps are right. That is what the last batch lacks."),
            (0, "The steps are right. The division does not come out even."),
        ],
        "The steps are right. The last batch has what whole batches leave over.",
    )
    return "Images of the small last batch count a little more than the others in their step."


def _split(result, what):
    if not isinstance(result, list | tuple) or len(result) != 2:
        raise Wrong(f"{what} must be a pair: the images to learn from, those to choose by.")
    return [plain(part, "Each part") for part in result]


@checker("10_train")
def train_split(split):
    """A function from (count, held_out, seed) to the indices (to learn from, to choose by)."""
    if not callable(split):
        plain(split)
        raise Wrong("A function is asked for. Give its name alone, without brackets behind it.")
    for count, held_out in [(12, 3), (100, 10), (1000, 200)]:
        results = []
        for seed in (0, 0, 1):
            result, _ = call(split, (count, held_out, seed), "count, held_out, seed")
            if result is None or has_dots(result):
                raise Wrong(WORK)
            results.append(_split(result, "What the function returns"))
        rest, kept = results[0]
        said = f"For {count} images, {held_out} of them held out,"
        for part in (rest, kept):
            if part.ndim != 1 or part.dtype.kind not in "iu" or part.size > count:
                raise Wrong(f"{said} each part must be a list of at most {count} whole numbers.")
        if rest.size == held_out != kept.size:
            raise Wrong("The parts are exchanged: those to learn from come first.")
        together = np.concatenate([rest, kept])
        if together.size and (together.min() < 0 or together.max() >= count):
            raise Wrong(f"{said} there is an index outside 0 to {count - 1}.")
        if kept.size != held_out:
            raise Wrong(f"{said} the second part has {kept.size}.")
        if np.unique(kept).size < kept.size:
            raise Wrong(f"{said} some are held out twice. Draw without putting back.")
        if np.intersect1d(rest, kept).size:
            raise Wrong(
                "Some images are in both parts. What is learned from may not be chosen by: the "
                "validation error would be too low."
            )
        if np.unique(together).size < count:
            raise Wrong(f"{said} some images are in neither part.")
        if any(not np.array_equal(a, b) for a, b in zip(results[0], results[1], strict=True)):
            raise Wrong(
                "The same seed gives another split the second time. Use the seed, and nothing "
                "else that is random."
            )
        if np.array_equal(np.sort(kept), np.sort(results[2][1])):
            raise Wrong(
                "Every seed holds the same images out. If a set is ordered by writer or by digit, "
                "a fixed piece of it is unlike the rest."
            )
    return "No image in both parts, none lost, and the same seed gives the same split."


@checker("10_train")
def train_rate(rate):
    """The step size at one step: a warm-up, then half a cosine to zero."""
    cases = []
    for epochs, steps, warm_up, peak in [(2, 5, 1.0, 1.0), (6, 10, 1.0, 0.002), (3, 4, 0.5, 0.1)]:
        total, rising = epochs * steps, round(warm_up * steps)
        cases += [
            (step, rising, total, peak)
            for step in (0, 1, rising - 1, rising, rising + 2, total // 2, total - 1)
        ]

    def right(step, rising, total, peak):
        recipe = training.Recipe(epochs=total, peak_rate=peak, warm_up=rising)
        return recipe.rates(1)[step]

    def wrong(first=1, turn=np.pi, start=lambda rising: rising, decay=True, up=True, half=2):
        def rate(step, rising, total, peak):
            if up and step < rising:
                return peak * (step + first) / rising
            if not decay:
                return peak
            progress = (step - start(rising)) / (total - start(rising))
            return peak * (1 + np.cos(turn * progress)) / half

        return rate

    grade(
        rate,
        "step, rising, total, peak",
        cases,
        right,
        [
            (
                "The first step has size 0, so nothing is learned from its batch. Let step 0 be "
                "the first of the rise.",
                wrong(first=0),
            ),
            (
                "The cosine goes through a whole period and rises again. Half a period ends at 0.",
                wrong(turn=2 * np.pi),
            ),
            ("The cosine goes through a quarter of its period only.", wrong(turn=np.pi / 2)),
            ("The cosine takes degrees in your function; `np.cos` takes radians.", wrong(turn=180)),
            (
                "The fall begins at step 0 in your count. It begins where the rise ends.",
                wrong(start=lambda rising: 0),
            ),
            ("The warm-up is missing.", wrong(up=False)),
            ("After the rise the step size stays. It has to fall to 0.", wrong(decay=False)),
            (
                "It is twice as high as it should be: one plus cosine goes from 2 to 0.",
                wrong(half=1),
            ),
            (
                "The peak makes no difference in your function.",
                lambda s, r, t, p: right(s, r, t, 1.0),
            ),
            (
                "It falls along a straight line. Half a cosine is asked for.",
                lambda s, r, t, p: p * (s + 1) / r if s < r else p * (t - s) / (t - r),
            ),
        ],
    )
    return "The step sizes of the course's recipe, at the start, at the peak and at the end."


@checker("10_train")
def train_batches(small, large):
    """The validation errors after one pass over 3,000 images: batches of 64, and of 256."""
    fine, coarse = error_rate(small, "The error with 64"), error_rate(large, "The error with 256")
    for error, size in ((fine, 64), (coarse, 256)):
        if error > 0.8:
            raise Wrong(
                f"With batches of {size} the error is that of a network that knows nothing. Was "
                "it trained, and tested on the same kind of images?"
            )
        if error < 0.02:
            raise Wrong(
                f"With batches of {size} the error is too low for 3,000 images and one pass. Was "
                "the network trained before, or on more?"
            )
    if fine == coarse:
        raise Wrong("The two errors are the same number. Were both measured on one network?")
    if coarse < fine / 1.5:
        raise Wrong(
            "Are the two exchanged? Or did the second training go on with the network of the "
            "first? Build a new one for each."
        )
    if coarse < fine:
        raise Wrong(
            "Larger batches came out better. Use the same seed for both, and the same recipe but "
            "for the batch."
        )
    return "One pass in larger batches has fewer steps, and gets less far."
