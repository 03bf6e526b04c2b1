"""What the checkers of several chapters share: typical wrong ways to convolve."""

from __future__ import annotations

import numpy as np

#: The axes of maps, as an exercise asks for them.
MAP = ("height", "width", "channels")


def convolution_mistakes(right):
    """Return wrong ways to convolve, for any `right(maps, kernel, bias, more)`."""
    zero = np.zeros_like
    return [
        ("The biases are forgotten.", lambda m, k, b, x: right(m, k, zero(b), x)),
        (
            "The kernel is flipped. Deep-learning libraries do not flip it, nor does this course.",
            lambda m, k, b, x: right(m, k[::-1, ::-1], b, x),
        ),
        (
            "The kernel's rows and columns are exchanged.",
            lambda m, k, b, x: right(m, k.swapaxes(0, 1), b, x),
        ),
        (
            "The products are averaged. A weighted sum is wanted.",
            lambda m, k, b, x: right(m, k / np.prod(k.shape[:3]), b, x),
        ),
        (
            "The products are averaged over the window. A weighted sum is wanted.",
            lambda m, k, b, x: right(m, k / np.prod(k.shape[:2]), b, x),
        ),
        (
            "The bias is added once for every product. It belongs to the sum, once.",
            lambda m, k, b, x: right(m, k, b * np.prod(k.shape[:3]), x),
        ),
        (
            "The bias is added once for every channel. It belongs to the whole sum, once.",
            lambda m, k, b, x: right(m, k, b * k.shape[2], x),
        ),
        (
            "Only the first channel is read.",
            lambda m, k, b, x: right(m * (np.arange(m.shape[2]) == 0), k, b, x),
        ),
        (
            "The first channel of the kernel is used for all channels. Each has a square of its "
            "own.",
            lambda m, k, b, x: right(m, np.repeat(k[:, :, :1], k.shape[2], axis=2), b, x),
        ),
        (
            "The first filter is used for all maps. Each output channel has its own.",
            lambda m, k, b, x: right(m, np.repeat(k[..., :1], k.shape[3], axis=3), b, x),
        ),
        (
            "tanh is applied. The weighted sums are asked for, before any activation.",
            lambda m, k, b, x: np.tanh(right(m, k, b, x)),
        ),
        (
            "The output is transposed: rows come first, then columns.",
            lambda m, k, b, x: right(m, k, b, x).swapaxes(0, 1),
        ),
        (
            "The axes are in another order: channels come last.",
            lambda m, k, b, x: np.moveaxis(right(m, k, b, x), 2, 0),
        ),
    ]
