"""The network of 1998 in Keras: its layers, made from the same table, and its two losses.

Keras has no ready part for a convolution with a connection table, for sub-sampling that is
trained, and for an output of distances. They are here, each a few lines long, and `build` joins
them. Importing this module imports Keras.

Source: LeCun, Bottou, Bengio and Haffner (1998), sections II-B and II-C, appendix A.
"""

from __future__ import annotations

import numpy as np

from lenet_utils import architecture, models, reference
from lenet_utils.architecture import LENET5_1998, Network

keras = models.import_keras()
ops = keras.ops
registered = keras.saving.register_keras_serializable(package="lenet_utils")


@registered
def scaled_tanh(sums):
    """Return 1.7159 tanh(2/3 a), the squashing function of 1998, which is +-1 at +-1."""
    return reference.AMPLITUDE * ops.tanh(reference.SLOPE * sums)


def _activation(name):
    return scaled_tanh if name == "scaled_tanh" else keras.activations.get(name)


@registered
class TableConvolution(keras.layers.Layer):
    """A convolution whose filters read only the channels that a connection table lists.

    Only links that exist are stored, as `links` of shape (k, k, number of links) in the order of
    the table; a missing link is no parameter, has no gradient, and is exactly zero in `kernel`,
    the dense (k, k, channels, filters) that the convolution is computed with. Input: (batch,
    height, width, channels); output: (batch, rows, columns, filters). Raises ValueError for a
    table that does not fit, as `architecture.Convolution` does.
    """

    def __init__(self, table, kernel_size: int = 5, strides: int = 1, activation=None, **options):
        super().__init__(**options)
        rows = tuple(map(tuple, table))
        self.row = architecture.Convolution(self.name, len(rows), kernel_size, strides, table=rows)
        self.activation = _activation(activation)

    def build(self, input_shape):
        side, channels, filters = self.row.kernel, input_shape[-1], self.row.filters
        self.row.output_shape(tuple(input_shape[1:]))
        pairs = [(c, number) for number, row in enumerate(self.row.table) for c in row]
        # One row for each link, with a 1 at its place among all (channel, filter) pairs.
        places = np.zeros((len(pairs), channels, filters), self.compute_dtype)
        places[np.arange(len(pairs)), *np.transpose(pairs)] = 1
        self.mask = places.sum(axis=0)
        self._places = places.reshape(len(pairs), channels * filters)
        self.links = self.add_weight(shape=(side, side, len(pairs)), name="links")
        self.bias = self.add_weight(shape=(filters,), initializer="zeros", name="bias")

    @property
    def kernel(self):
        """The links at their places in a dense kernel, zero everywhere else."""
        side = self.row.kernel
        flat = ops.matmul(ops.reshape(self.links, (side**2, -1)), self._places)
        return ops.reshape(flat, (side, side, *self.mask.shape))

    def call(self, inputs):
        sums = ops.conv(inputs, self.kernel, strides=self.row.stride, padding="valid")
        return self.activation(sums + self.bias)

    def full_weights(self) -> tuple[np.ndarray, np.ndarray]:
        """Return (kernel, bias) with the dense kernel, as `reference` reads them."""
        return np.asarray(self.kernel), np.asarray(self.bias)

    def set_full_weights(self, kernel, bias) -> None:
        """Take (kernel, bias) with a dense kernel; ValueError if a missing link is not zero."""
        kernel = np.asarray(kernel)
        shape = (self.row.kernel, self.row.kernel, *self.mask.shape)
        if kernel.shape != shape:
            raise ValueError(f"kernel of {self.name} must have shape {shape}, not {kernel.shape}.")
        if np.any(kernel[..., self.mask == 0]):
            raise ValueError(f"kernel of {self.name} must be zero where its table has no link.")
        links = kernel.reshape(shape[0] ** 2, -1) @ self._places.T
        self.set_weights([links.reshape(*shape[:2], -1), bias])

    def get_config(self):
        return {
            **super().get_config(),
            "table": self.row.table,
            "kernel_size": self.row.kernel,
            "strides": self.row.stride,
            "activation": keras.activations.serialize(self.activation),
        }


@registered
class TrainableSubsampling(keras.layers.Layer):
    """The pooling of 1998: add `size` x `size` values, scale, shift, squash.

    Each map that comes out has one trainable coefficient and one bias; with `copies`, each map
    that goes in makes that many. Input: (batch, height, width, channels); output: (batch,
    height // size, width // size, copies * channels). Source: section II-B.
    """

    def __init__(self, size: int = 2, activation="scaled_tanh", copies: int = 1, **options):
        super().__init__(**options)
        self.row = architecture.Subsampling(self.name, size, copies=copies)
        self.activation = _activation(activation)

    def build(self, input_shape):
        start = keras.initializers.Constant(1 / self.row.size**2)  # an average, until trained
        maps = (input_shape[-1] * self.row.copies,)
        self.coefficient = self.add_weight(shape=maps, initializer=start, name="coefficient")
        self.bias = self.add_weight(shape=maps, initializer="zeros", name="bias")

    def call(self, inputs):
        size = self.row.size
        added = ops.average_pool(inputs, size, strides=size) * size**2
        if self.row.copies > 1:
            added = ops.repeat(added, self.row.copies, axis=-1)
        return self.activation(added * self.coefficient + self.bias)

    def get_config(self):
        return {
            **super().get_config(),
            "size": self.row.size,
            "activation": keras.activations.serialize(self.activation),
            "copies": self.row.copies,
        }


@registered
class EuclideanRBF(keras.layers.Layer):
    """Squared distances to one code for each class: penalties, of which the smallest wins.

    `codes` are +-1, (classes, inputs), and fixed; with `adaptive` they are where training starts.
    Input: (batch, inputs); output: (batch, classes). Source: section II-B, equation 7.
    """

    smallest_wins = True

    def __init__(self, codes, adaptive: bool = False, **options):
        super().__init__(**options)
        self.first_codes = reference.check_codes(codes).astype(np.float32)
        self.adaptive = adaptive

    def build(self, input_shape):
        inputs = self.first_codes.shape[1]
        if tuple(input_shape[1:]) != (inputs,):
            raise ValueError(f"{self.name} must be fed by {inputs} units, not {input_shape[1:]}.")
        if self.adaptive:
            start = keras.initializers.Constant(self.first_codes)
            shape = self.first_codes.shape
            self.codes = self.add_weight(shape=shape, initializer=start, name="codes")
        else:  # no weight at all, so that nothing can train it and nobody counts it
            self.codes = ops.convert_to_tensor(self.first_codes, self.compute_dtype)

    def call(self, inputs):
        return ops.sum(ops.square(inputs[:, np.newaxis] - self.codes), axis=-1)

    def get_config(self):
        codes = self.first_codes.astype(int).tolist()
        return {**super().get_config(), "codes": codes, "adaptive": self.adaptive}


def keras_layer(layer: architecture.Layer, codes=None, adaptive: bool = False):
    """Return the Keras layer that one layer of the table describes, those of 1998 among them.

    `codes` and `adaptive` concern an RBF layer: its codes, which are Fig. 3's for the ten digits
    unless given, and whether they are trained. Raises ValueError for a layer that there is no
    part for, and for codes that are not +-1 or not one for each unit.
    """
    name = layer.name
    match layer:
        case architecture.RadialBasis():
            chosen = reference.codes() if codes is None else reference.check_codes(codes)
            if len(chosen) != layer.units:
                raise ValueError(f"codes must be {layer.units}, one a class, not {len(chosen)}.")
            return EuclideanRBF(chosen, adaptive, name=name)
        case architecture.Subsampling():
            return TrainableSubsampling(layer.size, layer.activation, layer.copies, name=name)
        case architecture.Convolution(padding=0, table=None, activation="scaled_tanh"):
            return keras.layers.Conv2D(
                layer.filters, layer.kernel, layer.stride, activation=scaled_tanh, name=name
            )
        case architecture.Convolution(padding=0) if layer.table:
            return TableConvolution(
                layer.table, layer.kernel, layer.stride, layer.activation, name=name
            )
        case architecture.FullyConnected(activation="scaled_tanh"):
            return keras.layers.Dense(layer.units, activation=scaled_tanh, name=name)
    return models.keras_layer(layer)


def build(network: Network = LENET5_1998, seed: int = 0, codes=None, adaptive: bool = False):
    """Return a network of the table as an untrained keras.Sequential that starts as in 1998.

    `network` is the one of 1998 or a variant of it, made with `Network.replace`; every layer of it
    gets its first weights from `reference.initial_weights(network, seed)`. Without `codes`, an RBF
    output has those of Fig. 3, fixed unless `adaptive`. Input and output as `models.build`.
    """
    model = models.build(network, lambda layer: keras_layer(layer, codes, adaptive))
    set_weights(model, reference.initial_weights(network, seed))
    return model


def weights_of(model) -> dict[str, tuple[np.ndarray, ...]]:
    """Return each layer's (kernel, bias) by name, in the form that `reference.forward` reads.

    A connection table's kernel is dense, with zeros for the missing links; a sub-sampling layer
    has (coefficients, biases), an RBF layer (codes,) if they are trained, and no entry if not.
    """
    full = {
        layer.name: layer.full_weights()
        for layer in model.layers
        if isinstance(layer, TableConvolution)
    }
    return {name: full.get(name, own) for name, own in models.weights_of(model).items()}


def set_weights(model, weights: dict) -> None:
    """Give a model the weights that `weights_of` or `reference.initial_weights` returned.

    Layers that `weights` does not name keep what they have. Raises ValueError for a name that the
    model does not have, and for weights that do not fit its layer.
    """
    layers = {layer.name: layer for layer in model.layers}
    for name, own in weights.items():
        if name not in layers:
            raise ValueError(f"weights must be for {', '.join(layers)}, not {name!r}.")
        if isinstance(layers[name], TableConvolution):
            layers[name].set_full_weights(*own)
        else:
            layers[name].set_weights(list(own))


def _right(labels, penalties):
    """Return each pattern's penalty of its right class, (batch,)."""
    chosen = ops.one_hot(ops.cast(ops.reshape(labels, (-1,)), "int32"), penalties.shape[-1])
    return ops.sum(chosen * penalties, axis=-1)


@registered
class MSE(keras.losses.Loss):
    """The penalty of the right class, averaged over patterns (equation 8).

    It asks nothing of the other classes, so it must not be used with codes that are trained:
    they and F6 can meet in one point, where every penalty is zero. Chapter 14 shows it.
    """

    def __init__(self, name: str = "mse_1998", **options):
        super().__init__(name=name, **options)

    def call(self, y_true, y_pred):
        return _right(y_true, y_pred)


@registered
class MAP(keras.losses.Loss):
    """y_right + log(e^-j + sum_i e^-y_i), averaged over patterns, in nats (equation 9).

    j > 0 is the penalty of a "rubbish" class that stands for everything that is no digit. It has
    no default, because the paper prints no value. Raises ValueError if it is not positive.
    """

    def __init__(self, j: float, name: str = "map_1998", **options):
        super().__init__(name=name, **options)
        self.j = reference.check_j(j)

    def call(self, y_true, y_pred):
        rubbish = ops.full_like(y_pred[:, :1], self.j)
        every = ops.concatenate([y_pred, rubbish], axis=1)
        return _right(y_true, y_pred) + ops.logsumexp(-every, axis=1)

    def get_config(self):
        return {**super().get_config(), "j": self.j}


@registered
def error(y_true, y_pred):
    """Return 1 for each pattern whose smallest penalty is not the right class's, else 0.

    As a metric in `compile`, its mean is the error; Keras's "accuracy" asks for the largest output.
    """
    answers = ops.cast(ops.argmin(y_pred, axis=-1), "int32")
    labels = ops.cast(ops.reshape(y_true, (-1,)), "int32")
    return ops.cast(answers != labels, "float32")
