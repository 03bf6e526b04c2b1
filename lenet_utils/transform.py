"""Changes of an image that leave the digit what it is: shift, turn, scale, noise.

They act on network input, (count, height, width, 1) from -0.1 to 1.175, and fill up what
comes into the image with background. Source: the changes of the paper's Fig. 13.

`deslant` alone acts on MNIST's gray levels: it makes the paper's second database.
"""

from __future__ import annotations

import numpy as np

from lenet_utils import mnist
from lenet_utils.mnist import BACKGROUND, FOREGROUND

CHUNK = 5_000  # images that are deslanted at a time, to keep memory low


def _batch(images) -> np.ndarray:
    array = np.asarray(images)
    if array.ndim != 4 or array.shape[3] != 1 or 0 in array.shape:
        raise ValueError(f"images must have shape (count, height, width, 1), not {array.shape}.")
    return array


def _finite(name: str, value: float) -> float:
    if not np.isfinite(value):
        raise ValueError(f"{name} must be a finite number, not {value}.")
    return value


def shift(images, down: int = 0, right: int = 0) -> np.ndarray:
    """Return images moved by whole pixels, down and to the right if positive."""
    images = _batch(images)
    for name, value in (("down", down), ("right", right)):
        if int(value) != value:
            raise ValueError(f"{name} must be a whole number of pixels, not {value}.")
    reach = max(abs(down), abs(right))
    sides = ((0, 0), (reach, reach), (reach, reach), (0, 0))
    wide = np.pad(images, sides, constant_values=np.float32(BACKGROUND))
    top, left = reach - down, reach - right
    return wide[:, top : top + images.shape[1], left : left + images.shape[2]]


def turn(images, degrees: float = 0, factor: float = 1) -> np.ndarray:
    """Return images turned counterclockwise about their center, and scaled by `factor`.

    Values between pixels are the weighted mean of the four nearest (bilinear); what lies
    outside the image is taken to be like its edge.
    """
    images = _batch(images)
    _finite("degrees", degrees)
    if not _finite("factor", factor) > 0:
        raise ValueError(f"factor must be positive, not {factor}.")
    angle, (height, width) = np.deg2rad(degrees), images.shape[1:3]
    middle_row, middle_column = (height - 1) / 2, (width - 1) / 2
    down, right = np.indices((height, width))
    down, right = down - middle_row, right - middle_column
    rows = (np.cos(angle) * down + np.sin(angle) * right) / factor + middle_row
    columns = (np.cos(angle) * right - np.sin(angle) * down) / factor + middle_column
    rows, columns = np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)
    top = np.minimum(rows.astype(int), max(height - 2, 0))
    left = np.minimum(columns.astype(int), max(width - 2, 0))
    below, beside = np.minimum(top + 1, height - 1), np.minimum(left + 1, width - 1)
    y, x = (rows - top)[..., np.newaxis], (columns - left)[..., np.newaxis]
    upper = (1 - x) * images[:, top, left] + x * images[:, top, beside]
    lower = (1 - x) * images[:, below, left] + x * images[:, below, beside]
    return ((1 - y) * upper + y * lower).astype(np.float32)


def invert(images, probability: float, seed: int = 0) -> np.ndarray:
    """Return images with each pixel inverted with a probability: ink becomes background.

    The same `seed` inverts the same pixels. The paper trains with a probability of 0.1.
    """
    images = _batch(images)
    if not 0 <= probability <= 1:
        raise ValueError(f"probability must be between 0 and 1, not {probability}.")
    hit = np.random.default_rng(seed).random(images.shape) < probability
    return np.where(hit, BACKGROUND + FOREGROUND - images, images).astype(np.float32)


def slant(images) -> np.ndarray:
    """Return how far each image leans, in columns to the left for each row further down.

    It is the ratio of two second moments of the ink, mixed over vertical; full ink counts 1,
    background 0, and gray in between. It is 0 if all ink is in one row, or if there is none.
    `images` are uint8, (28, 28) or (count, 28, 28). Source: section III-A.
    """
    ink = mnist._gray(images).reshape(-1, 28, 28).astype(np.float32) / 255
    places = np.arange(28, dtype=np.float32)
    total = np.maximum(ink.sum(axis=(1, 2)), np.float32(1e-6))[:, np.newaxis]
    by_row, by_column = ink.sum(axis=2), ink.sum(axis=1)
    down = places - by_row @ places[:, np.newaxis] / total
    right = places - by_column @ places[:, np.newaxis] / total
    vertical = np.sum(by_row * down**2, axis=1)
    mixed = np.sum(np.matmul(ink, right[:, :, np.newaxis])[:, :, 0] * down, axis=1)
    return -mixed / np.maximum(vertical, np.float32(1e-3))


def deslant(images, size: int = 20) -> np.ndarray:
    """Return images with each row moved sideways until the principal axis is upright.

    The middle `size` x `size` pixels are kept. Around the center of mass that is a little
    less than all ink: about 3 % of it falls outside 20x20. Rows move by parts of a pixel, as
    the weighted mean of two neighbors. `images` are uint8, (28, 28) or (count, 28, 28), and
    so is what returns, (count, size, size). Source: section III-A.
    """
    array = mnist._gray(images).reshape(-1, 28, 28)
    if isinstance(size, bool) or size not in range(2, 29, 2):
        raise ValueError(f"size must be an even number of pixels from 2 to 28, not {size!r}.")
    upright = np.empty((len(array), size, size), dtype=np.uint8)
    margin = (28 - size) // 2
    middle = slice(margin, margin + size)
    places = np.arange(28, dtype=np.float32)
    for start in range(0, len(array), CHUNK):
        some = array[start : start + CHUNK]
        by_row = some.sum(axis=2, dtype=np.float32)
        total = np.maximum(by_row.sum(axis=1, keepdims=True), 1)
        down = places - by_row @ places[:, np.newaxis] / total
        moved = slant(some)[:, np.newaxis] * down
        # Column x of a row takes its value from x - moved, between two pixels; one pixel of
        # background on the left and two on the right stand for all that lies outside.
        source = np.clip(places - moved[..., np.newaxis], -1, 28)
        left = np.floor(source).astype(np.intp)
        share = source - left
        wide = np.pad(some, ((0, 0), (0, 0), (1, 2)))
        here = np.take_along_axis(wide, left + 1, axis=2)
        beside = np.take_along_axis(wide, left + 2, axis=2)
        gray = np.rint((1 - share) * here + share * beside).astype(np.uint8)
        upright[start : start + CHUNK] = gray[:, middle, middle]
    return upright
