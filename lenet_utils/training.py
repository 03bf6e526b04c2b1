"""One clear recipe for training the course's network, as a loop that can be read.

The whole epoch runs inside one TensorFlow graph: images stay uint8 at 28x28 and become the
network's input batch by batch, which needs a quarter of the memory of a stock `model.fit`.
C1 is computed in a quicker way of its own. Chapter 10 explains each choice.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

import numpy as np

from lenet_utils import mnist, models


@dataclass(frozen=True)
class Recipe:
    """How to train: each field is one choice, and chapter 10 tries another for each.

    `peak_rate` is Adam's largest step size. With `decay` it is reached after `warm_up`
    epochs and then falls along half a cosine to zero; without, it is used throughout.
    `shift` moves each image by up to that many pixels either way, at random, every time.
    """

    epochs: int = 6
    batch_size: int = 64
    peak_rate: float = 2e-3
    warm_up: float = 1.0
    decay: bool = True
    shift: int = 1

    def __post_init__(self):
        for name in ("epochs", "batch_size"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}.")
        if not (math.isfinite(self.peak_rate) and self.peak_rate > 0):
            raise ValueError(f"peak_rate must be positive, not {self.peak_rate}.")
        if self.warm_up < 0:
            raise ValueError(f"warm_up must be 0 or more epochs, not {self.warm_up}.")
        if not 0 <= self.shift <= 4:
            raise ValueError(f"shift must be between 0 and 4 pixels, not {self.shift}.")

    def rates(self, steps_per_epoch: int) -> np.ndarray:
        """Return the step size of every step of the whole training, as float32."""
        steps = np.arange(self.epochs * steps_per_epoch, dtype=float)
        if not self.decay:
            return np.full(len(steps), self.peak_rate, dtype=np.float32)
        rising = self.warm_up * steps_per_epoch
        progress = np.clip((steps - rising) / max(len(steps) - rising, 1), 0, 1)
        rates = self.peak_rate * (1 + np.cos(np.pi * progress)) / 2
        warm = steps < rising
        rates[warm] = self.peak_rate * (steps[warm] + 1) / rising
        return rates.astype(np.float32)


@dataclass
class History:
    """What was measured after each epoch: errors as fractions, loss in nats, time in seconds.

    The training error is counted on the fly, while the weights still change, as in Fig. 5.
    """

    train_loss: list[float] = field(default_factory=list)
    train_error: list[float] = field(default_factory=list)
    validation_error: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


def convolve_by_rows(layer, inputs):
    """Return what a Keras Conv2D makes of `inputs`, computed as one product of matrices.

    Each band of k rows of the image, laid out as one vector, is multiplied with a matrix that
    holds the kernels once for every column that they start at. Most of that matrix is zero,
    and still it is several times quicker on a CPU than TensorFlow's own convolution with a
    single channel, forward and backward; the sums are the same but for their order. inputs
    (batch, height, width, channels), stride 1, no padding.
    """
    import tensorflow as tf

    size, _, channels, filters = layer.kernel.shape
    height, width = inputs.shape[1:3]
    rows, columns = height - size + 1, width - size + 1
    # starts[x, w, j] is 1 where column w of the image is column x of a window starting at j.
    starts = np.arange(width)[:, np.newaxis] - np.arange(columns) == np.arange(size)[:, None, None]
    spread = tf.einsum("yxcf,xwj->ywcjf", layer.kernel, starts.astype(np.float32))
    matrix = tf.reshape(spread, (size * width * channels, columns * filters))
    lines = tf.reshape(inputs, (-1, height, width * channels))
    bands = tf.concat([lines[:, top : top + rows] for top in range(size)], axis=2)
    sums = tf.reshape(bands, (-1, size * width * channels)) @ matrix
    return layer.activation(tf.reshape(sums, (-1, rows, columns, filters)) + layer.bias)


def _forward(model, inputs):
    """Return a model's output, its convolutions of a single channel computed by rows."""
    import keras

    if not isinstance(model, keras.Sequential):
        return model(inputs, training=True)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D) and _suits_rows(layer):
            inputs = convolve_by_rows(layer, inputs)
        else:
            inputs = layer(inputs)
    return inputs


def _suits_rows(layer) -> bool:
    single = layer.kernel.shape[2] == 1 and layer.kernel.shape[0] == layer.kernel.shape[1]
    plain = layer.strides == (1, 1) and layer.padding == "valid" and layer.use_bias
    return single and plain


def _epoch_in_graph(model, optimizer, images, labels, recipe: Recipe):
    """Return a compiled function that runs one epoch and gives (summed loss, errors)."""
    import keras
    import tensorflow as tf

    pixels, answers = tf.constant(images), tf.constant(labels.astype(np.int32))
    scale = (mnist.FOREGROUND - mnist.BACKGROUND) / 255
    margin, size = mnist.BORDER + recipe.shift, 28 + 2 * mnist.BORDER
    edges = [[0, 0], [margin, margin], [margin, margin]]

    def batch(chosen, corners):
        levels = tf.cast(tf.gather(pixels, chosen), tf.float32) * scale + mnist.BACKGROUND
        wide = tf.pad(levels, edges, constant_values=mnist.BACKGROUND)
        if recipe.shift:  # cut each 32x32 window out of the wider image, at its own corner
            window = tf.range(size)
            wide = tf.gather(wide, corners[:, :1] + window, axis=1, batch_dims=1)
            columns = tf.repeat((corners[:, 1:] + window)[:, tf.newaxis], size, axis=1)
            wide = tf.gather(wide, columns, axis=2, batch_dims=2)
        return wide[..., tf.newaxis], tf.gather(answers, chosen)

    @tf.function
    def epoch(order, corners, rates):
        loss_sum, errors = tf.constant(0.0), tf.constant(0)
        for step in tf.range(tf.shape(rates)[0]):
            part = slice(step * recipe.batch_size, (step + 1) * recipe.batch_size)
            inputs, targets = batch(order[part], corners[part])
            with tf.GradientTape() as tape:
                outputs = _forward(model, inputs)
                losses = keras.losses.sparse_categorical_crossentropy(targets, outputs)
                loss = tf.reduce_mean(losses)
            optimizer.learning_rate.assign(rates[step])
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply(gradients, model.trainable_variables)
            loss_sum += tf.reduce_sum(losses)
            wrong = tf.argmax(outputs, axis=1, output_type=tf.int32) != targets
            errors += tf.reduce_sum(tf.cast(wrong, tf.int32))
        return loss_sum, errors

    return epoch


def train(model, images, labels, recipe: Recipe, seed: int, validation=None, after_epoch=None):
    """Train a softmax `model` in place and return its `History`.

    `images` are uint8 (count, 28, 28), `labels` whole numbers 0 to 9; `validation` is a pair
    of the same. `seed` fixes the order and the shifts (the initial weights are the model's).
    `after_epoch(number, history)` is called after each epoch, the first having number 1.
    Raises ValueError for images or labels that do not fit, or none at all.
    """
    keras = models.import_keras()
    images = mnist._gray(images)
    labels = mnist.check_labels(labels, len(images))
    if not len(images):
        raise ValueError("images must be at least one, not none.")
    steps = math.ceil(len(images) / recipe.batch_size)
    rates = recipe.rates(steps)
    optimizer = keras.optimizers.Adam()
    optimizer.build(model.trainable_variables)
    epoch = _epoch_in_graph(model, optimizer, images, labels, recipe)
    random, history = np.random.default_rng(seed), History()
    for number in range(recipe.epochs):
        started = time.perf_counter()
        order = random.permutation(len(images)).astype(np.int32)
        corners = random.integers(0, 2 * recipe.shift + 1, (len(images), 2)).astype(np.int32)
        loss, errors = epoch(order, corners, rates[number * steps : (number + 1) * steps])
        history.train_loss.append(float(loss) / len(images))
        history.train_error.append(int(errors) / len(images))
        history.seconds.append(time.perf_counter() - started)
        if validation is not None:
            history.validation_error.append(models.error_rate(model, *validation))
        if after_epoch:
            after_epoch(number + 1, history)
    return history
