"""The ten digits that the chapters use: one training image of each class, kept in the package.

A chapter that shows one digit then needs no data set, and shows the same digit everywhere.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from lenet_utils import mnist
from lenet_utils.experiments import RESULTS, write_whole

#: Where each digit stands in MNIST's training set: clear, and different in slant and width.
INDICES = (1, 6, 25, 12, 60, 138, 90, 96, 41, 4)


def main(jobs: int = 1, work: Path | None = None, folder: Path = RESULTS) -> None:
    """Write digits.npz from the whole MNIST."""
    data = mnist.load()
    if not data.full:
        raise ValueError("This needs the whole MNIST. Set LENET_MNIST to an mnist.npz.")
    labels = data.train_labels[list(INDICES)]
    if list(labels) != list(range(10)):
        raise ValueError(f"INDICES must give the digits 0 to 9 in order, not {labels.tolist()}.")
    buffer = io.BytesIO()
    np.savez_compressed(buffer, images=data.train_images[list(INDICES)], indices=INDICES)
    write_whole(folder / "digits.npz", buffer.getvalue())
