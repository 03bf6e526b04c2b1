"""Checkers of chapters 01 to 05: the input, C1, S2, C3, S4."""

from __future__ import annotations

from math import ceil

import numpy as np

from lenet_utils import mnist, models, reference
from lenet_utils.architecture import (
    LENET5,
    TABLE_I,
    AveragePooling,
    Convolution,
    ReceptiveField,
    output_size,
)
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

MAP = ("height", "width", "channels")


def _random(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


# ---------- 01, the input ----------


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
            (own, "That is the box without the stray pixel. A box asks of each pixel only "
             "whether it is 0, and 30 is not."),
            (five.shape, "That is the whole image. The box begins in the corner now, but where "
             "does it end?"),
            ((columns, rows), "Height comes first, then width."),
            ((rows - 1, columns - 1), "One too few: from row 0 to row r there are r + 1 rows."),
        ],
        "The box now begins at row 0 and column 0. It still ends where the digit ends.",
    )  # fmt: skip
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
            (int(np.sum(~(down | right))), "That counts the images that come back as they were; "
             "the others are asked for."),
            (int(np.sum(down)), "That counts those that move up or down. Some move only sideways."),
            (int(np.sum(right)), "That counts those that move sideways. Some move up or down."),
            (int(np.sum(down & right)), "That counts those that move in both directions; one is "
             "enough to differ."),
            (0, "None? Both rules put the box into the image, but one centers the box and the "
             "other the ink."),
        ],
        "Place every box by the reader's rule, and compare with the image it was cut from: "
        "`np.array_equal` says whether they are the same.",
    )  # fmt: skip
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
        raise Wrong("You divided by the variance. Dividing by a number divides the variance by "
                    "its square.")  # fmt: skip
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
    """A function from grey levels (28, 28) to the network's input (32, 32, 1)."""

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
            ("The border is 0, and background is not: pad with grey level 0 first and scale "
             "then, or pad with the value of the background.",
             lambda image: np.pad(scaled(image), 2)[..., None]),
            ("Level 0 becomes the background value, but full ink comes out too low or too high: "
             "the factor is the distance between the two, not the upper value.",
             lambda image: (mnist.BACKGROUND + mnist.FOREGROUND * wide(image) / 255)[..., None]),
            ("The highest grey level is not 256: there are 256 levels, and they begin at 0.",
             lambda image: scaled(wide(image) * 255 / 256)[..., None]),
            ("The values go from 0 to 1. One step is missing.",
             lambda image: wide(image)[..., None] / 255),
            ("Ink and background are exchanged: MNIST counts ink.",
             lambda image: scaled(255 - wide(image))[..., None]),
            ("Rows and columns are exchanged.", lambda image: scaled(wide(image).T)[..., None]),
            ("The grey levels are as they were: they are not scaled.",
             lambda image: wide(image)[..., None]),
        ],
    )  # fmt: skip
    return "Same shape and same values as `mnist.to_input`, on two digits and on noise."


# ---------- 02, C1 ----------


@checker("02_c1")
def c1_color(answer):
    """The parameters of C1 for an image with three channels."""
    layer, grey = LENET5["C1"].layer, LENET5["C1"].parameters
    color = (*LENET5.input_shape[:2], 3)
    weights = layer.kernel**2 * 3 * layer.filters
    tell(
        whole(answer),
        layer.parameters(color),
        [
            (3 * grey, "You tripled the biases as well. A kernel has one bias, however many "
             "channels it reads."),
            (weights, "Those are the weights. The biases are missing: one for each kernel."),
            (weights + 1, "There is more than one bias: every kernel has its own."),
            (grey, "That is C1 for a grey image. A kernel needs weights for each channel."),
            (layer.kernel * 3 * layer.filters + layer.filters, "A kernel is a square for each "
             "channel: its side counts twice."),
            (layer.connections(color), "Those are the connections. Weights that are used at many "
             "places are stored once."),
            (int(np.prod(layer.output_shape(color))), "Those are the output values. They are "
             "computed, not stored."),
        ],
        "Take one kernel first: how many weights lie on its window, over all channels, and how "
        "many biases has it? Then count the kernels.",
    )  # fmt: skip
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
            ("Off by one at the border: with n steps between the first and the last place there "
             "are n + 1 places.", lambda i, k, s, p: (i + 2 * p - k) // s),
            ("One too many: put the window at the last place and look where it ends.",
             lambda i, k, s, p: (i + 2 * p - k) // s + 2),
            ("The padding is added on one side only. It lies on both.",
             lambda i, k, s, p: (i + p - k) // s + 1),
            ("The padding makes no difference in your function.",
             lambda i, k, s, p: (i - k) // s + 1),
            ("The stride makes no difference in your function.",
             lambda i, k, s, p: i + 2 * p - k + 1),
            ("Where the division does not come out even, the result is a fraction. A window that "
             "does not fit whole is not counted.", lambda i, k, s, p: (i + 2 * p - k) / s + 1),
            ("You round up where the division does not come out even. The last window would "
             "stick out of the image.", lambda i, k, s, p: ceil((i + 2 * p - k) / s) + 1),
            ("You round to the nearest whole number. A window that does not fit whole is not "
             "counted, however little is missing.",
             lambda i, k, s, p: round((i + 2 * p - k) / s) + 1),
            ("That is the rule for a padding that keeps the size. The kernel has to count.",
             lambda i, k, s, p: ceil(i / s)),
        ],
    )  # fmt: skip
    return "All sizes, strides and paddings that were tried, those that do not divide evenly too."


def _edge_answers(kernel: np.ndarray) -> tuple[float, float]:
    """Return a kernel's strongest answer at the left and at the right edge of a bar of ink."""
    bar = np.full((20, 24, 1), mnist.BACKGROUND)
    bar[:, 8:16] = mnist.FOREGROUND
    line = reference.convolve(bar, kernel[..., None, None], np.zeros(1))[8, :, 0]
    left, right = line[4:8], line[12:16]
    return left[np.abs(left).argmax()], right[np.abs(right).argmax()]


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
        raise Wrong("It answers to plain paper and to plain ink, too: where all pixels are "
                    "equal, the positive and the negative weights should cancel.")  # fmt: skip
    left, right = _edge_answers(weights)
    upper, _ = _edge_answers(weights.T)
    if abs(upper) > 2 * abs(left):
        raise Wrong("It answers to upper or lower edges. Rows and columns are exchanged: the "
                    "weights must change from left to right.")  # fmt: skip
    if abs(left) < 0.1 * size:
        raise Wrong("It hardly answers to a left edge: weights of both signs stand on each side "
                    "of the kernel, and cancel.")  # fmt: skip
    if left < 0 < right:
        raise Wrong("It answers to right edges. To the left of a left edge there is background; "
                    "which weights should lie on the ink?")  # fmt: skip
    if left < 0 or right > 0:
        raise Wrong("It does not tell the two edges of a stroke apart: it answers to a thin line.")
    if abs(upper) > 0.5 * abs(left):
        raise Wrong("It answers to left edges, and nearly as much to upper or lower ones: a "
                    "slanted edge would please it most.")  # fmt: skip
    return "Left edges come out positive, right ones negative, and plain paper gives 0."


def _windows(maps, kernel, stride=1):
    """Return all windows of maps: (rows, columns, channels, k, k)."""
    view = np.lib.stride_tricks.sliding_window_view(maps, kernel.shape[:2], axis=(0, 1))
    return view[::stride, ::stride]


def _convolution_mistakes(right, axes=(0, 1)):
    """Return wrong ways to convolve, for any `right(maps, kernel, bias, more)`."""
    zero = np.zeros_like
    return [
        ("The biases are forgotten.", lambda m, k, b, x: right(m, k, zero(b), x)),
        ("The kernel is flipped. Deep-learning libraries do not flip it, nor does this course.",
         lambda m, k, b, x: right(m, k[::-1, ::-1], b, x)),
        ("The kernel's rows and columns are exchanged.",
         lambda m, k, b, x: right(m, k.swapaxes(0, 1), b, x)),
        ("The products are averaged. A weighted sum is wanted.",
         lambda m, k, b, x: right(m, k / np.prod(k.shape[:3]), b, x)),
        ("The products are averaged over the window. A weighted sum is wanted.",
         lambda m, k, b, x: right(m, k / np.prod(k.shape[:2]), b, x)),
        ("The bias is added once for every product. It belongs to the sum, once.",
         lambda m, k, b, x: right(m, k, b * np.prod(k.shape[:3]), x)),
        ("The bias is added once for every channel. It belongs to the whole sum, once.",
         lambda m, k, b, x: right(m, k, b * k.shape[2], x)),
        ("Only the first channel is read.",
         lambda m, k, b, x: right(m * (np.arange(m.shape[2]) == 0), k, b, x)),
        ("The first channel of the kernel is used for all channels. Each has a square of its own.",
         lambda m, k, b, x: right(m, np.repeat(k[:, :, :1], k.shape[2], axis=2), b, x)),
        ("The first filter is used for all maps. Each output channel has its own.",
         lambda m, k, b, x: right(m, np.repeat(k[..., :1], k.shape[3], axis=3), b, x)),
        ("tanh is applied. The weighted sums are asked for, before any activation.",
         lambda m, k, b, x: np.tanh(right(m, k, b, x))),
        ("The output is transposed: rows come first, then columns.",
         lambda m, k, b, x: right(m, k, b, x).swapaxes(0, 1)),
        ("The axes are in another order: channels come last.",
         lambda m, k, b, x: np.moveaxis(right(m, k, b, x), 2, 0)),
    ]  # fmt: skip


@checker("02_c1")
def c1_strided(convolve):
    """A convolution with a stride: (maps, kernel, bias, stride) to weighted sums."""
    cases = []
    for seed, (shape, size, stride) in enumerate(
        [((7, 9, 1), 3, 1), ((9, 7, 2), 3, 2), ((8, 11, 3), 2, 3), ((5, 5, 1), 5, 2)]
    ):
        kernel = _random(seed, size, size, shape[2], 2)
        cases.append((_random(seed + 10, *shape), kernel, _random(seed + 20, 2), stride))

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
            ("The stride makes no difference in your function.",
             lambda m, k, b, s: reference.convolve(m, k, b)),
            ("The output has the right shape, but its windows lie next to each other: window "
             "number r begins at row r times the stride.", side_by_side),
            ("Off by one at the border: the last window that fits is left out, in rows and in "
             "columns.", shorter),
            ("The stride is used for rows only.",
             lambda m, k, b, s: reference.convolve(m, k, b)[::s]),
            ("The stride is used for columns only.",
             lambda m, k, b, s: reference.convolve(m, k, b)[:, ::s]),
            ("The image is padded. No border is asked for.", padded),
            *_convolution_mistakes(reference.convolve),
        ],
    )  # fmt: skip
    return "Same values as `reference.convolve` on four shapes, with strides from 1 to 3."


# ---------- 03, S2 ----------


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
            ((larger, larger, channels), "You rounded up. A square that sticks out of the map is "
             "not averaged."),
            ((slid, slid, channels), "That is a window that moves by one. These squares do not "
             "overlap: the stride equals their size."),
            ((*right[:2], channels // 3), "Pooling works on each map alone; the channels stay."),
            ((*right[:2], 1), "Pooling works on each map alone; the maps are not mixed."),
            ((channels, *right[:2]), "The axes are in another order: channels come last."),
            (LENET5["S2"].output_shape, "That is S2 as it is, with squares of 2x2."),
        ],
        "How many whole squares of 3 fit side by side into a row of C1's maps?",
    )  # fmt: skip
    return "Squares that fit whole are counted; the last row and column of each map are not read."


def _pool_cases(count: int) -> list[tuple]:
    shapes = [(4, 6, 1), (6, 4, 3), (7, 5, 2), (8, 8, 6)]
    return [(_random(seed, *shape),) for seed, shape in enumerate(shapes[:count])]


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
            ("Four neighbors of one row are averaged, not a square: a reshape keeps the order of "
             "the values, so split rows and columns each into two axes.", in_a_row),
            ("The four values are added. Their average is a quarter of that.",
             lambda maps: _four(maps).sum(axis=0)),
            ("That is the maximum of each square.", lambda maps: _four(maps).max(axis=0)),
            ("That is one pixel of each square: the others are not read.",
             lambda maps: maps[::2, ::2]),
            ("That is one pixel of each square: the others are not read.",
             lambda maps: _four(maps)[0]),
            ("The window moves by one pixel. Squares must not overlap.", sliding),
            ("The maps are mixed: each is averaged on its own.",
             lambda maps: np.repeat(
                 _four(maps).mean(axis=(0, 3))[..., None], maps.shape[2], axis=2)),
            ("The maps are mixed: each is averaged on its own.",
             lambda maps: _four(maps).mean(axis=(0, 3))),
            ("Each map became one number. The squares are 2x2.",
             lambda maps: maps.mean(axis=(0, 1))),
            ("Only pairs of one column are averaged: a square has two columns.",
             lambda maps: _four(maps)[[0, 2]].mean(axis=0)),
            ("Only pairs of one row are averaged: a square has two rows.",
             lambda maps: _four(maps)[[0, 1]].mean(axis=0)),
            ("Rows and columns are exchanged in the output.",
             lambda maps: reference.average_pool(maps).swapaxes(0, 1)),
        ],
    )  # fmt: skip
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
            [np.mean([size(*pair) for pair in zip(*each, strict=True)])
             for each in zip(new, old, strict=True)]
        )  # fmt: skip

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
            (changes(1, 0, lambda new, old: np.linalg.norm(new - old)), "Those are the distances. "
             "Divide each by the size of the old maps."),
            (changes(1, 0, lambda new, old: np.abs(new - old).mean()), "Those are mean absolute "
             "differences. The chapter compares the norms of the maps."),
        ],
        "Move each of the ten digits down, run the layers, use the chapter's `change`, and take "
        "the mean over the digits, for C1 and for S2.",
        near=0.006,
    )  # fmt: skip
    return "Down as sideways: one pooling takes off only a small part of the change."


@checker("03_s2")
def s2_subsample(subsample):
    """The 1998 layer before its squashing: sum, times a coefficient, plus a bias."""
    cases = [
        (maps[0], _random(30 + seed, maps[0].shape[2]), _random(40 + seed, maps[0].shape[2]))
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
            ("The four values are averaged. The layer of 1998 adds them; its coefficient does "
             "the rest.", lambda m, c, b: right(m, c / 4, b)),
            ("The biases are forgotten.", lambda m, c, b: right(m, c, np.zeros_like(b))),
            ("The coefficients are forgotten.", lambda m, c, b: right(m, np.ones_like(c), b)),
            ("The bias is added before the coefficient is multiplied: it should come last.",
             lambda m, c, b: right(m, c, b * c)),
            ("The bias is added to each of the four values, so it counts four times.",
             lambda m, c, b: right(m, c, 4 * b)),
            ("The bias is added to each of the four values, before the coefficient.",
             lambda m, c, b: right(m, c, 4 * b * c)),
            ("The result is squashed. The sums before it are asked for.",
             lambda m, c, b: reference.scaled_tanh(right(m, c, b))),
            ("The result goes through tanh. The sums before it are asked for.",
             lambda m, c, b: np.tanh(right(m, c, b))),
            ("All maps use the first coefficient and the first bias. Each map has its own.",
             lambda m, c, b: right(m, np.full_like(c, c[0]), np.full_like(b, b[0]))),
            ("The largest of the four values is taken. All four are added.",
             lambda m, c, b: _four(m).max(axis=0) * c + b),
        ],
    )  # fmt: skip
    return "Sum, scale, shift, map by map, as `reference.subsample` does."


# ---------- 04, C3 ----------


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
            (LENET5["C3"].output_shape, "That is C3 with kernels of 5x5. A smaller window fits "
             "at more places."),
            ((side - 1, side - 1, now.filters), "Off by one at the border: count the first place, "
             "too."),
            ((before[0], before[1], now.filters), "That would need padding, and C3 has none."),
            ((now.filters, *right[:2]), "The axes are in another order: channels come last."),
            ((*right[:2], before[2]), "There is one output map for each kernel, not for each "
             "input map."),
        ],
        "For the side, take the kernel off the side of S2's maps and count the first place. For "
        "the channels, count the kernels.",
    )  # fmt: skip
    weights = 9 * before[2] * now.filters
    tell(
        whole(parameters, "The number of parameters"),
        small.parameters(before),
        [
            (weights, "The shape is right. The parameters lack the biases: one for each kernel."),
            (9 * now.filters + now.filters, "The shape is right. For the parameters you forgot "
             "the channels: a kernel has a square for each map that it reads."),
            (LENET5["C3"].parameters, "The shape is right. Those are the parameters of 5x5 "
             "kernels."),
            (weights + before[2] * now.filters, "The shape is right. A kernel has one bias, not "
             "one for each channel."),
            (small.connections(before), "The shape is right. Those are the connections: count "
             "each shared weight once."),
        ],
        "The shape is right. For the parameters count one kernel first: its squares, one for each "
        "map it reads, and its bias.",
    )  # fmt: skip
    return "More places, fewer weights. In the connections the smaller window wins: about half."


@checker("04_c3")
def c3_pytorch(ours):
    """A function from PyTorch's kernels, (filters, channels, height, width), to Keras's."""
    shapes = [(4, 3, 5, 2), (16, 6, 5, 5), (2, 2, 2, 2), (3, 1, 4, 4)]
    grade(
        ours,
        "theirs",
        [(_random(seed, *shape),) for seed, shape in enumerate(shapes)],
        lambda theirs: theirs.transpose(2, 3, 1, 0),
        [
            ("The shape is right and the values are scattered: a reshape keeps the order in "
             "memory. The axes must be moved.",
             lambda t: t.reshape(t.shape[2], t.shape[3], t.shape[1], t.shape[0])),
            ("Channels and filters are exchanged: the channels in come before the filters.",
             lambda t: t.transpose(2, 3, 0, 1)),
            ("Rows and columns are exchanged: `.T` turns all axes round, and height must stay "
             "before width.", lambda t: t.T),
            ("Rows and columns are exchanged, and so are channels and filters.",
             lambda t: t.transpose(3, 2, 0, 1)),
            ("The kernels come out flipped. Both libraries keep them as they are.",
             lambda t: t.transpose(2, 3, 1, 0)[::-1, ::-1]),
            ("Nothing is moved yet: the axes come out as they went in.", lambda t: t),
        ],
    )  # fmt: skip
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
        ("Those are plain sums: weights of both signs cancel, and a large kernel can look small.",
         kernel.sum(axis=(0, 1))),
        ("Those are sums of squares. The root of each is missing.", right**2),
        ("Those are means: divide by nothing, so that the size is that of the whole square.",
         np.sqrt((kernel**2).mean(axis=(0, 1)))),
        ("Those are sums of absolute values. The chapter's measure is the root of the sum of "
         "squares.", np.abs(kernel).sum(axis=(0, 1))),
        ("Those are the largest weights. One number for all 25 is asked for.",
         np.abs(kernel).max(axis=(0, 1))),
    ]:  # fmt: skip
        if np.allclose(given, wrong, rtol=0.01, atol=1e-4):
            raise Wrong(sentence)
    if not np.allclose(given, right, rtol=0.01):
        raise Wrong("The shape is right. For each pair take the root of the sum of the squares of "
                    "its 25 weights: axes 0 and 1 of the kernel.")  # fmt: skip
    return "Links differ in size, but none is near zero: the trained C3 uses all of them."


def _by_table(maps, kernel, bias, table):
    mask = np.zeros(kernel.shape[2:])
    for number_, channels in enumerate(table):
        mask[list(channels), number_] = 1
    return reference.convolve(maps, kernel * mask, bias)


@checker("04_c3")
def c3_sparse(sparse):
    """A convolution with a table: (maps, kernel, bias, table) to weighted sums."""
    tables = [((0,), (1, 2)), ((0, 1), (1,), (0,)), TABLE_I]
    shapes = [(6, 7, 3), (5, 4, 2), (6, 6, 6)]
    cases = []
    for seed, (shape, table) in enumerate(zip(shapes, tables, strict=True)):
        kernel = _random(seed, 3, 3, shape[2], len(table))
        cases.append((_random(seed + 10, *shape), kernel, _random(seed + 20, len(table)), table))

    def opposite(maps, kernel, bias, table):
        everything = set(range(maps.shape[2]))
        return _by_table(maps, kernel, bias, [everything - set(row) for row in table])

    def bias_by_link(maps, kernel, bias, table):
        return _by_table(maps, kernel, bias * [len(row) for row in table], table)

    def first_ones(maps, kernel, bias, table):
        return _by_table(maps, kernel, bias, [range(len(row)) for row in table])

    def packed(maps, kernel, bias, table):
        outputs = [
            reference.convolve(
                maps[..., list(row)], kernel[:, :, : len(row), [i]], bias[[i]]
            )
            for i, row in enumerate(table)
        ]  # fmt: skip
        return np.concatenate(outputs, axis=2)

    grade(
        sparse,
        "maps, kernel, bias, table",
        cases,
        _by_table,
        [
            ("The table makes no difference: every map is fed by all channels.",
             lambda m, k, b, t: reference.convolve(m, k, b)),
            ("The table is read the wrong way round: the channels it lists are left out.",
             opposite),
            ("The bias is added once for every link. It belongs to the whole sum, once.",
             bias_by_link),
            ("Each map reads as many channels as its row is long, but always the first ones.",
             first_ones),
            ("The channels are chosen from the maps but not from the kernel: the two no longer "
             "belong together.", packed),
            *_convolution_mistakes(_by_table),
        ],
    )  # fmt: skip
    return "Same values as a dense convolution with zeros, for three tables, Table I among them."


# ---------- 05, S4 ----------


@checker("05_s4")
def s4_threes(side, parameters):
    """The receptive field and the parameters of two 3x3 convolutions in a row."""
    layer = Convolution("A", kernel=3)
    one = layer.parameters((32, 32, 1))
    tell(
        whole(side, "The side"),
        ReceptiveField().through(3).through(3).size,
        [
            (6, "You added the two kernels. Neighboring windows overlap: the second adds its "
             "kernel less one."),
            (9, "You multiplied the two kernels. Neighboring windows overlap."),
            (3, "That is the field of the first one. A unit of the second reads three of its "
             "units."),
            (4, "One unit more on each side, not on one side."),
        ],
        "Use the rule twice, with a step of 1: a window adds its kernel less one.",
    )  # fmt: skip
    tell(
        whole(parameters, "The number of parameters"),
        2 * one,
        [
            (2 * (one - 1), "The side is right. The parameters lack the biases."),
            (one, "The side is right. Those are the parameters of one of the two."),
            (Convolution("B", kernel=5).parameters((32, 32, 1)), "The side is right. Those are "
             "the parameters of one 5x5 kernel."),
            (2 * one - 1, "The side is right. Each of the two kernels has a bias."),
        ],
        "The side is right. For the parameters count the weights of a 3x3 square and a bias, for "
        "both layers.",
    )  # fmt: skip
    return "The same field as one 5x5 kernel, for fewer parameters, and with a bend in between."


def _field(layers):
    field = ReceptiveField()
    for kernel, stride in layers:
        field = field.through(kernel, stride)
    return field.size, field.step


def _field_wrong(layers, grow, step_first=False):
    size = step = 1
    for kernel, stride in layers:
        step = step * stride if step_first else step
        size = grow(size, kernel, step)
        step = step if step_first else step * stride
    return size, step


LENET_SIDES = [LENET5[name].layer.window[:2] for name in ("C1", "S2", "C3", "S4")]


def _pair(result, what):
    values = plain(result, what)
    if values.shape != (2,):
        raise Wrong(f"{what} must be two numbers, not {values.size}.")
    return values


@checker("05_s4")
def s4_field(field):
    """A function from [(kernel, stride), ...] to (size, step) of the receptive field."""
    lists = [[], [(5, 1)], LENET_SIDES, [(2, 2), (2, 2)], [(3, 2), (3, 1), (3, 3)], [(4, 3)]]
    grade(
        field,
        "layers",
        [(layers,) for layers in lists],
        _field,
        [
            ("The step is multiplied before the size grows. A window spans units of the layer "
             "before, so the old step counts.",
             lambda ls: _field_wrong(ls, lambda size, k, step: size + (k - 1) * step, True)),
            ("The size grows by the whole kernel. A window of k units reaches k - 1 steps "
             "further than one unit.",
             lambda ls: _field_wrong(ls, lambda size, k, step: size + k * step)),
            ("The size grows as if all units were one pixel apart. After a stride they are not.",
             lambda ls: _field_wrong(ls, lambda size, k, step: size + k - 1)),
            ("The sizes are multiplied. Fields overlap, so a window adds to the size.",
             lambda ls: _field_wrong(ls, lambda size, k, step: size * k)),
            ("The two results are exchanged: the size comes first.",
             lambda ls: _field(ls)[::-1]),
            ("The list is read from the end. The step grows from the image on.",
             lambda ls: _field(ls[::-1])),
            ("The strides are added. A stride multiplies the step.",
             lambda ls: (_field(ls)[0], 1 + sum(s - 1 for _, s in ls))),
            ("The step is that of the last layer alone: the strides before it count, too.",
             lambda ls: (_field(ls)[0], ls[-1][1] if ls else 1)),
        ],
        read=_pair,
    )  # fmt: skip
    return "Right for LeNet-5, for other strides, and for no layer at all: one pixel sees itself."


@checker("05_s4")
def s4_shifts(c3, s4):
    """The shifts, from 1 to 8 pixels, that move the maps of C3 and of S4 exactly."""
    for name, answer in (("C3", c3), ("S4", s4)):
        step = LENET5[name].receptive_field.step
        values = plain(answer, f"The answer for {name}").reshape(-1)
        if values.size > 100:
            raise Wrong(f"The answer for {name} has {values.size:,} values; eight at most can be.")
        given = {whole(value, f"Each shift of {name}") for value in values}
        right = set(range(step, 9, step))
        finer = set(range(step // 2, 9, step // 2))
        if not given <= set(range(1, 9)):
            raise Wrong(f"For {name}, choose among the shifts from 1 to 8.")
        if given == finer:
            raise Wrong(f"For {name} these are too many: there is another stride before its units "
                        "that you left out.")  # fmt: skip
        if given == set(range(1, 9)):
            raise Wrong(f"For {name} not all shifts fit: units stand every few pixels, and a shift "
                        "between them makes new values.")  # fmt: skip
        if given < right:
            raise Wrong(f"For {name} there are more: what holds for one unit holds for two.")
        if right < given:
            raise Wrong(f"For {name} there are shifts among them that fit no move of the maps.")
        if given != right:
            raise Wrong(f"For {name} try each shift: move the image, and compare the new maps with "
                        "the old ones, moved by one unit or two.")  # fmt: skip
    return "A map moves exactly when the shift is a multiple of its layer's step."


def _span(unit, layers):
    first = last = unit
    for kernel, stride in reversed(layers):
        first, last = first * stride, last * stride + kernel - 1
    return first, last


@checker("05_s4")
def s4_span(span):
    """A function from a unit and [(kernel, stride), ...] to the first and last row it sees."""
    cases = [(unit, LENET_SIDES) for unit in (0, 2, 4)]
    cases += [(27, [(5, 1)]), (3, []), (1, [(3, 2), (2, 2)]), (2, [(2, 3), (4, 1), (3, 2)])]

    def centered(unit, layers):
        size, step = _field(layers)
        return unit * step - size // 2, unit * step + size // 2

    grade(
        span,
        "unit, layers",
        cases,
        _span,
        [
            ("Off by one at the end: that is the row after the last one that the unit sees.",
             lambda u, ls: (_span(u, ls)[0], _span(u, ls)[1] + 1)),
            ("The layers are taken from the image on. Follow the unit backward: the last layer "
             "comes first.", lambda u, ls: _span(u, ls[::-1])),
            ("The first row is right. The last one grows by the whole kernel in every layer; a "
             "window of k rows ends k - 1 rows below its first.",
             lambda u, ls: (_span(u, ls)[0], _end(u, ls, lambda k: k))),
            ("The strides make no difference in your function.",
             lambda u, ls: _span(u, [(k, 1) for k, _ in ls])),
            ("The field is laid around the unit. Without padding it begins at the unit's first "
             "row, not above it.", centered),
            ("Those are the first row and the size. The last row is asked for.",
             lambda u, ls: (_span(u, ls)[0], _field(ls)[0])),
            ("The two rows are exchanged.", lambda u, ls: _span(u, ls)[::-1]),
        ],
        read=_pair,
    )  # fmt: skip
    return "Right for all layers that were tried, strides and even windows among them."


def _end(unit, layers, reach):
    for kernel, stride in reversed(layers):
        unit = unit * stride + reach(kernel)
    return unit
