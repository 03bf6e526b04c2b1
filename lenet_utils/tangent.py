"""Tangent distance: nearest neighbors that let both images move a little before comparing them.

An image that is shifted, turned, scaled, squeezed, skewed or drawn thicker moves along a curved
surface in the space of all images. Near the image the surface is almost flat: a plane that the
derivatives by these seven changes span. The distance of two such planes hardly minds the changes.
Source: section III-C; Simard, LeCun and Denker (1993). Needs SciPy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lenet_utils.methods import CLASSES, Neighbors, decided, need, squared_distances

CHANGES = ("right", "down", "turn", "scale", "squeeze", "skew", "thickness")


def tangents(images, smoothing: float = 0.9) -> tuple[np.ndarray, np.ndarray]:
    """Return smoothed images (count, pixels), and orthonormal planes (count, pixels, 7).

    `images` is float (count, height, width). A blurred image has derivatives; `smoothing` is the
    standard deviation of the blur in pixels. Each plane is spanned by what the changes of CHANGES
    do to the image at first; a blank image has none, and gets zeros.
    """
    from scipy.ndimage import gaussian_filter

    images = np.asarray(images, np.float32)
    if images.ndim != 3:
        raise ValueError(f"images must have shape (count, height, width), not {images.shape}.")
    blurred = gaussian_filter(images, (0, smoothing, smoothing)) if smoothing else images
    down, right = np.gradient(blurred, axis=(1, 2))
    y, x = np.indices(images.shape[1:])
    y, x = y - y.mean(), x - x.mean()
    moves = (
        right, down, y * right - x * down, x * right + y * down, x * right - y * down,
        y * right + x * down, right**2 + down**2,
    )  # fmt: skip
    spanning = np.stack([move.reshape(len(images), -1) for move in moves], axis=2)
    lengths = np.linalg.norm(spanning, axis=1, keepdims=True)
    planes, triangle = np.linalg.qr(spanning / np.maximum(lengths, 1e-6))
    sizes = np.abs(np.diagonal(triangle, axis1=1, axis2=2))
    planes *= (sizes > 1e-3)[:, np.newaxis]  # a change that adds nothing to those before it
    return blurred.reshape(len(images), -1), planes.astype(np.float32)


def distances(image, plane, others, planes, stiffness: float = 0.0) -> np.ndarray:
    """Return the squared distances of one image's plane to those of others, (count,).

    `image` is (pixels,), `plane` (pixels, 7), `others` (count, pixels) and `planes` (count,
    pixels, 7), as `tangents` returns them. Both sides move along their plane to where they come
    nearest; `stiffness` times the squared length of both moves is added, so that none goes far.
    """
    apart = others - image
    crossed = np.swapaxes(planes, 1, 2) @ plane  # (count, 7, 7)
    size = plane.shape[1]
    pull = np.concatenate(
        [np.einsum("npk,np->nk", planes, apart), -(apart @ plane)], axis=1
    )  # how much each move takes from the difference
    bound = np.eye(2 * size, dtype=np.float32) * np.float32(1 + stiffness + 1e-4)
    bound = np.repeat(bound[np.newaxis], len(others), axis=0)
    bound[:, :size, size:], bound[:, size:, :size] = -crossed, -np.swapaxes(crossed, 1, 2)
    gain = np.einsum("nk,nk->n", pull, np.linalg.solve(bound, pull[..., np.newaxis])[..., 0])
    return np.maximum(np.sum(apart**2, axis=1) - gain, 0)


@dataclass(eq=False)
class TangentDistance(Neighbors):
    """The `k` training images nearest by tangent distance vote for the class of an image.

    Only the `candidates` that are nearest pixel by pixel, after the blur, are compared by their
    planes. A class's score is its number of votes, and a share below one half for how near its
    nearest candidate is. `smoothing` and `stiffness` are those of `tangents` and `distances`.
    """

    k: int = 1
    candidates: int = 200
    smoothing: float = 0.9
    stiffness: float = 0.0

    def __post_init__(self):
        super().__post_init__()
        need("candidates", self.candidates, self.k, whole=True)
        for name in ("smoothing", "stiffness"):
            need(name, getattr(self, name), 0)

    def _planes(self, inputs):
        side = round(inputs.shape[1] ** 0.5)
        if side**2 != inputs.shape[1]:
            raise ValueError("images must be as high as they are wide.")
        return tangents(inputs.reshape(-1, side, side), self.smoothing)

    def _fit(self, inputs, labels):
        if self.candidates > len(inputs):
            raise ValueError(
                f"candidates must be at most the {len(inputs)} images, not {self.candidates}."
            )
        self.images = np.empty_like(inputs)
        self.planes = np.empty((*inputs.shape, len(CHANGES)), np.float16)
        for start in range(0, len(inputs), 2000):
            part = slice(start, start + 2000)
            self.images[part], self.planes[part] = self._planes(inputs[part])
        self.labels = labels
        self.lengths = np.sum(self.images**2, axis=1)

    def _scores(self, inputs):
        scores = np.empty((len(inputs), CLASSES))
        images, planes = self._planes(inputs)
        for start in range(0, len(inputs), 250):  # 60 MB of distances at a time
            pixels = squared_distances(images[start : start + 250], self.images, self.lengths)
            near = np.argpartition(pixels, self.candidates - 1, axis=1)[:, : self.candidates]
            for number, chosen in enumerate(near, start):
                found = distances(
                    images[number], planes[number], self.images[chosen],
                    self.planes[chosen].astype(np.float32), self.stiffness,
                )  # fmt: skip
                scores[number] = self._vote(np.sqrt(found), self.labels[chosen])
        return scores

    def _vote(self, found, labels) -> np.ndarray:
        """Return each class's votes among the k nearest, and its share for its own nearest."""
        nearest = np.argsort(found, kind="stable")[: self.k]
        votes = np.bincount(labels[nearest], minlength=CLASSES)
        by_class = np.full(CLASSES, np.inf)
        np.minimum.at(by_class, labels, found)
        return decided(votes, by_class)

    @property
    def stored_variables(self) -> int:
        return super().stored_variables + self.planes.size

    @property
    def multiply_accumulates(self) -> int:
        """For the pixels of all images, and for the planes of the candidates."""
        for_planes = self._pixels * (len(CHANGES) + 1) ** 2
        return super().multiply_accumulates + self.candidates * for_planes
