"""One answer to the capstone: a network within LeNet-5's budget that errs less than LeNet-5.

It spends its parameters otherwise: more kernels, one of them after another without pooling in
between, and a smaller fully connected part. It learns from images distorted anew in every pass.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from lenet_utils import mnist, models
from lenet_utils.architecture import LENET5
from lenet_utils.distort import GENTLE, Distortion

#: The most parameters that a network of the capstone may have: those of the course's LeNet-5.
BUDGET = LENET5.parameters
WEIGHTS = Path(__file__).parent / "results" / "capstone_weights.npz"


def build():
    """Return the untrained keras.Sequential: (batch, 32, 32, 1) to 10 logits."""
    keras = models.import_keras()
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((32, 32, 1)),
            layers.Conv2D(8, 5, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(16, 3, activation="relu"),
            layers.Conv2D(24, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(80, activation="relu"),
            layers.Dropout(0.3),
            layers.Dense(10),
        ]
    )


def train(
    model, images, labels, epochs: int = 8, seed: int = 0,
    distortion: Distortion | None = GENTLE, validation=None, rate: float = 2e-3,
    after_pass=None,
) -> list[float]:  # fmt: skip
    """Train in place on uint8 images (count, 28, 28); return the validation error of each pass.

    Adam, batches of 64, a rate that falls from `rate` to zero along half a cosine. The loss is
    the cross-entropy of logits. `validation` is (images, labels), or None for an empty list;
    `after_pass(error)` is told each of its errors.
    Raises ValueError for fewer than one epoch. With a distortion it needs Numba.
    """
    if epochs < 1:
        raise ValueError(f"epochs must be at least 1, not {epochs}.")
    keras = models.import_keras()
    labels = mnist.check_labels(labels, len(images))
    steps = epochs * -(-len(images) // 64)
    falling = keras.optimizers.schedules.CosineDecay(rate, steps)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(falling), loss)
    errors = []
    for epoch in range(epochs):
        if distortion:
            seen = mnist.to_levels(distortion.apply(images, 1000 * seed + epoch, 32))
        else:
            seen = mnist.to_input(images)
        model.fit(seen, labels, batch_size=64, verbose=0)
        if validation is not None:
            errors.append(models.error_rate(model, *validation))
            if after_pass:
                after_pass(errors[-1])
    return errors


def pack(model) -> bytes:
    """Return a model's weights as the bytes of an .npz file, rounded to float16."""
    buffer = io.BytesIO()
    arrays = [values.astype(np.float16) for values in model.get_weights()]
    np.savez_compressed(buffer, *arrays)
    return buffer.getvalue()


def trained(path: Path = WEIGHTS):
    """Return the network with the weights that the experiment `capstone` recorded for seed 0.

    Raises ValueError if the file is missing, cut short, or of another network.
    """
    model = build()
    try:
        with np.load(path, allow_pickle=False) as archive:
            model.set_weights([archive[name].astype(np.float32) for name in archive.files])
    except Exception as error:
        raise ValueError(f"{path} cannot be read as the capstone's weights: {error}.") from error
    return model
