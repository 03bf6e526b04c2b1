"""The network in Keras, built from the table, and its trained weights.

Keras is imported where it is used, so that `import lenet_utils` stays quick.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import numpy as np

from lenet_utils import architecture
from lenet_utils.architecture import LENET5, Network

WEIGHTS = Path(__file__).parent / "results" / "course_weights.npz"


@contextlib.contextmanager
def quietly():
    """Keep TensorFlow's start-up lines out of a notebook while it is imported.

    They are written by C++ at file descriptor 2, so that is where they are stopped:

    >>> with quietly():
    ...     import keras
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    kept, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(null)


def import_keras():
    """Return the keras module with TensorFlow behind it, imported without its start-up lines.

    Raises ImportError with a sentence if it is not installed, or runs on another backend.
    """
    with quietly():
        try:
            import keras
            import tensorflow as tf
        except ImportError as error:
            raise ImportError(
                f"This needs TensorFlow. Run: pip install tensorflow ({error})"
            ) from error
        tf.constant(0)  # the device lines come with the first tensor
    if keras.backend.backend() != "tensorflow":
        raise ImportError(
            f"Keras must run on TensorFlow here, not on {keras.backend.backend()}. "
            "Unset KERAS_BACKEND and start again."
        )
    return keras


def seed(number: int) -> None:
    """Make everything random in Keras, NumPy and Python start from `number`, repeatably."""
    keras = import_keras()
    import tensorflow as tf

    keras.utils.set_random_seed(number)
    tf.config.experimental.enable_op_determinism()


def keras_layer(layer: architecture.Layer):
    """Return the Keras layer that one layer of the table describes.

    Raises ValueError for the layers of 1998 that Keras has no ready part for; those are in
    `lenet_utils.original`.
    """
    layers = import_keras().layers
    match layer:
        case architecture.Layer(activation="scaled_tanh"):
            pass
        case architecture.Convolution(table=None, padding=0):
            return layers.Conv2D(
                layer.filters,
                layer.kernel,
                strides=layer.stride,
                activation=layer.activation,
                name=layer.name,
            )
        case architecture.Subsampling() | architecture.RadialBasis():
            pass
        case architecture.AveragePooling():
            return layers.AveragePooling2D(layer.size, name=layer.name)
        case architecture.FullyConnected():
            return layers.Dense(layer.units, activation=layer.activation, name=layer.name)
    raise ValueError(
        f"layer must be one that Keras has ready, not {layer}. "
        "Those of 1998 are in lenet_utils.original."
    )


def build(network: Network = LENET5, make=keras_layer):
    """Return a network of the table as an untrained keras.Sequential.

    `make` turns each layer of the table into one of Keras; for networks with parts of 1998 use
    `original.build`. A Flatten stands before the first fully connected layer that is fed by maps.
    Input: (batch, height, width, channels) of `network.input_shape`; output: the last layer's.
    """
    keras = import_keras()
    parts = [keras.Input(network.input_shape, name="Input")]
    for row in network.rows:
        if isinstance(row.layer, architecture.FullyConnected) and len(row.input_shape) == 3:
            parts.append(keras.layers.Flatten(name="Flatten"))
        parts.append(make(row.layer))
    return keras.Sequential(parts, name="lenet5")


def states(model, images) -> dict[str, np.ndarray]:
    """Return what every layer of a Keras model makes of `images`, by layer name.

    `images` are network input, (count, 32, 32, 1); each value has the batch first. The
    input itself is there as "Input". A Flatten is left out: it computes nothing.
    """
    keras = import_keras()
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.Flatten)]
    watched = keras.Model(model.inputs[0], [layer.output for layer in layers])
    values = watched(np.asarray(images, dtype=np.float32), training=False)
    computed = {layer.name: np.asarray(value) for layer, value in zip(layers, values, strict=True)}
    return {"Input": np.asarray(images), **computed}


def weights_of(model) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return each layer's (kernel, bias) as NumPy arrays, by layer name."""
    return {
        layer.name: tuple(np.asarray(value) for value in layer.get_weights())
        for layer in model.layers
        if layer.get_weights()
    }


def trained_weights(path: Path = WEIGHTS) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return the weights that the course trained, (kernel, bias) as float32 by layer name.

    They are stored rounded to float16; the record beside them says how they were made, and
    the error that these very values reach. Raises ValueError if the file does not fit the table.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            stored = {key: archive[key].astype(np.float32) for key in archive.files}
    except Exception as error:
        raise ValueError(f"{path} cannot be read as trained weights: {error}.") from error
    weights = {}
    for row in LENET5.rows:
        if not row.parameters:
            continue
        try:
            kernel, bias = stored[f"{row.name}/kernel"], stored[f"{row.name}/bias"]
        except KeyError as error:
            raise ValueError(f"{path} has no {error.args[0]}.") from error
        if kernel.size + bias.size != row.parameters:
            raise ValueError(
                f"{path} must have {row.parameters:,} parameters for {row.name}, "
                f"not {kernel.size + bias.size:,}."
            )
        weights[row.name] = (kernel, bias)
    return weights


def trained(path: Path = WEIGHTS):
    """Return the course's network as a keras.Sequential with the weights it trained."""
    model = build(LENET5)
    for name, weights in trained_weights(path).items():
        model.get_layer(name).set_weights(weights)
    return model


def predict(model, images, batch_size: int = 250) -> np.ndarray:
    """Return a model's output for uint8 `images` (count, 28, 28), prepared batch by batch.

    Only one batch is ever held as float32, so 60,000 images need no more memory than 250.
    """
    from lenet_utils import mnist

    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, not {batch_size}.")
    outputs = [
        np.asarray(model(mnist.to_input(images[start : start + batch_size]), training=False))
        for start in range(0, len(images), batch_size)
    ]
    if not outputs:
        raise ValueError("images must be at least one, not none.")
    return np.concatenate(outputs)


def answers(model, images) -> np.ndarray:
    """Return the class that a model says for each of uint8 `images`, (count,).

    It is the largest output, or the smallest if the outputs are penalties (the RBF units of
    `lenet_utils.original` say so by their `smallest_wins`).
    """
    outputs = predict(model, images)
    smallest_wins = getattr(model.layers[-1], "smallest_wins", False)
    return outputs.argmin(axis=1) if smallest_wins else outputs.argmax(axis=1)


def error_rate(model, images, labels) -> float:
    """Return the fraction of uint8 `images` that a model gets wrong, between 0 and 1."""
    from lenet_utils import mnist

    given = answers(model, images)
    return float(np.mean(given != mnist.check_labels(labels, len(given))))
