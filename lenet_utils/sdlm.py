"""Training like 1998: stochastic diagonal Levenberg-Marquardt, one pattern at a time.

Every weight has a step of its own, eta / (mu + h), where h is the second derivative of the
loss by that weight, estimated on 500 patterns before each pass (section III-B and
appendix C of the paper). A network of the table is compiled into flat arrays for
`lenet_utils.pattern`, which needs Numba and SciPy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lenet_utils import architecture, mnist, paper
from lenet_utils.architecture import LENET5_1998, Network

MU = 0.02
CURVATURE_PATTERNS = 500
#: Section III-B: the global rate eta of passes 1 to 20.
SCHEDULE = (5e-4,) * 2 + (2e-4,) * 3 + (1e-4,) * 3 + (5e-5,) * 4 + (1e-5,) * 8
#: The amplitude A and the slope S of the squashing functions f(a) = A tanh(S a) (page 41).
SQUASHING = {"scaled_tanh": (1.7159, 2 / 3), "tanh": (1.0, 1.0), "softmax": (1.0, 0.0)}
LOSSES = ("MAP", "MSE", "cross-entropy", "squared")


def _pattern():
    """Return the compiled part, or raise ImportError with a sentence."""
    try:
        from lenet_utils import pattern
    except ImportError as error:
        raise ImportError(
            f"Training like 1998 needs Numba and SciPy. Run: pip install numba scipy ({error})"
        ) from error
    return pattern


def digit_codes() -> np.ndarray:
    """Return the ten codes of Fig. 3 for the digits, (10, 84), each value +1 or -1."""
    return np.array([np.ravel(paper.code(str(digit))) for digit in range(10)], dtype=np.float32)


def check_codes(codes, units: int) -> np.ndarray:
    """Return codes as float32 (classes, units); ValueError unless every value is +1 or -1."""
    codes = np.asarray(codes, dtype=np.float32)
    if codes.ndim != 2 or codes.shape[1] != units or not len(codes):
        raise ValueError(f"codes must have shape (classes, {units}), not {codes.shape}.")
    if not np.isin(codes, (-1, 1)).all():
        odd = codes[~np.isin(codes, (-1, 1))][0]
        raise ValueError(f"codes must be +1 or -1 everywhere, not {odd}.")
    return codes


@dataclass(frozen=True)
class Loss:
    """Which loss, and how large: `scale` times the paper's formula.

    "MSE" (equation 8) and "MAP" (equation 9, with the constant j > 0 of its rubbish class)
    act on RBF penalties; "cross-entropy" on a softmax output; "squared" is half the squared
    distance of the outputs from +1 for the right class and -1 for the others.
    """

    kind: str = "MAP"
    j: float = 1.0
    scale: float = 1.0

    def __post_init__(self):
        if self.kind not in LOSSES:
            raise ValueError(f"kind must be one of {', '.join(LOSSES)}, not {self.kind!r}.")
        for name in ("j", "scale"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"{name} must be positive, not {value}.")

    def numbers(self) -> np.ndarray:
        """Return (kind, scale, e^-j); a softmax has no rubbish class."""
        rubbish = math.exp(-self.j) if self.kind == "MAP" else 0.0
        return np.array([LOSSES.index(self.kind), self.scale, rubbish])


class Trainer:
    """A network of the table, its weights in one flat array, and the passes that train it.

    `network` is built of convolutions without padding and with stride 1, sub-sampling, and
    fully connected layers; a `RadialBasis` layer at the end uses `codes`, by default the
    digits of Fig. 3. Weights and biases start uniform in +-reach / F**power, where F is the
    number of inputs of a unit; the paper says 2.4 and a power of 1 (page 41). Raises ValueError
    for a network it cannot run, for codes that are not +-1, or a loss that does not fit the last
    layer.
    """

    def __init__(
        self,
        network: Network = LENET5_1998,
        loss: Loss | None = None,
        seed: int = 0,
        codes=None,
        power: float = 1.0,
        reach: float = 2.4,
    ):
        for name, value in (("power", power), ("reach", reach)):
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"{name} must be positive, not {value}.")
        pattern = _pattern()
        rows = list(network.rows)
        self.network, self.radial = network, isinstance(rows[-1].layer, architecture.RadialBasis)
        self.loss = loss or Loss("MAP" if self.radial else "cross-entropy")
        if self.radial != (self.loss.kind in ("MAP", "MSE")):
            fitting = "MAP or MSE" if self.radial else "cross-entropy or squared"
            raise ValueError(f"loss must be {fitting} for this network, not {self.loss.kind}.")
        self.codes = np.zeros((0, 0), np.float32)
        if self.radial:
            units = math.prod(rows.pop().input_shape)
            self.codes = check_codes(digit_codes() if codes is None else codes, units)
        self.rows = rows
        self._compile(pattern)
        self._start(np.random.default_rng(seed), power, reach)

    def _compile(self, pattern) -> None:
        plan = np.zeros((len(self.rows), pattern.FIELDS), dtype=np.int64)
        squashing = np.zeros((len(self.rows), 2), dtype=np.float32)
        weights_at = patches_at = scratch = 0
        states_at = math.prod(self.rows[0].input_shape)
        before = 0
        for entry, shape, row in zip(plan, squashing, self.rows, strict=True):
            height, width, channels, size, out = _geometry(row)
            layer, maps = row.layer, out[2]
            pools = isinstance(layer, architecture.AveragePooling)
            inputs = size * size * channels
            count = 2 * maps if pools else (inputs + 1) * maps
            cells = math.prod(out) if pools else out[0] * out[1] * inputs
            entry[:] = (
                pattern.SUBSAMPLING if pools else pattern.CONVOLUTION,
                height, width, channels, size, *out, weights_at, before, states_at, patches_at,
            )  # fmt: skip
            shape[:] = SQUASHING.get(getattr(layer, "activation", None), (1.0, 0.0))
            weights_at, patches_at = weights_at + count, patches_at + cells
            before, states_at = states_at, states_at + math.prod(out)
            scratch = max(scratch, cells, count)
        self.plan, self.squashing = plan, squashing
        self.weights = np.zeros(weights_at, np.float32)
        self.buffers = tuple(
            np.zeros(count, np.float32)
            for count in (states_at, patches_at, states_at, scratch, weights_at)
        )

    def _start(self, random, power: float, reach: float) -> None:
        """Draw the weights, and note which of them may change."""
        self.free = np.zeros(len(self.weights), bool)
        for row, (kernel, bias), (may, may_bias) in zip(
            self.rows, self._views(self.weights), self._views(self.free), strict=True
        ):
            layer = row.layer
            if not row.parameters:  # average pooling: a fixed coefficient, no bias
                kernel[:] = 1 / layer.size**2
                continue
            may[:] = may_bias[:] = True
            for number, channels in enumerate(getattr(layer, "table", None) or ()):
                may[number] = False
                may[number, list(channels)] = True
            if isinstance(layer, architecture.Subsampling):
                fan_in = np.full(len(kernel), layer.size**2)
            else:
                fan_in = may.reshape(len(may), -1).sum(axis=1)
            limit = reach / fan_in**power
            # A coefficient near zero would never come to life: its map says nothing, and so
            # its gradients stay small. The paper does not speak of them; ours start above half.
            least = 0.5 if isinstance(layer, architecture.Subsampling) else -1
            spread = random.uniform(least, 1, kernel.shape) * may
            kernel[:] = spread * limit.reshape(-1, *[1] * (kernel.ndim - 1))
            bias[:] = random.uniform(-1, 1, bias.shape) * limit

    def _views(self, flat) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return (kernel, bias) of each layer as views: (maps, channels, size, size), (maps,)."""
        views, start = [], 0
        for row in self.rows:
            _, _, channels, size, (_, _, maps) = _geometry(row)
            shape = (maps, channels, size, size)
            if isinstance(row.layer, architecture.AveragePooling):
                shape = (maps,)
            middle = start + math.prod(shape)
            views.append((flat[start:middle].reshape(shape), flat[middle : middle + maps]))
            start = middle + maps
        return views

    @property
    def parameters(self) -> int:
        """How many weights may change: the trainable parameters of the table."""
        return int(self.free.sum())

    def named(self, values=None) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Return (kernel, bias) by layer name, laid out as in Keras, of a flat array.

        By default of the weights themselves; any array as long works, curvatures for one.
        """
        values = self.weights if values is None else values
        named = {}
        for row, (kernel, bias) in zip(self.rows, self._views(values), strict=True):
            if kernel.ndim == 4:
                kernel = kernel.transpose(2, 3, 1, 0)
            if isinstance(row.layer, architecture.FullyConnected):
                kernel = kernel.reshape(-1, len(bias))
            named[row.name] = (np.ascontiguousarray(kernel), bias.copy())
        return named

    def load(self, named) -> None:
        """Take weights as `named` returns them; ValueError if one does not fit the table."""
        weights = np.zeros_like(self.weights)
        for row, (kernel, bias) in zip(self.rows, self._views(weights), strict=True):
            if row.name not in named:
                raise ValueError(f"named must have the weights of {row.name}.")
            given, given_bias = (np.asarray(part, np.float32) for part in named[row.name])
            if given.size != kernel.size or given_bias.shape != bias.shape:
                raise ValueError(
                    f"named must have {kernel.size:,} weights and {bias.size} biases for "
                    f"{row.name}, not {given.size:,} and {given_bias.size}."
                )
            if kernel.ndim == 4:
                maps, channels, size, _ = kernel.shape
                given = given.reshape(size, size, channels, maps).transpose(3, 2, 0, 1)
            kernel[:], bias[:] = given, given_bias
        if not np.isfinite(weights).all():
            raise ValueError("named must have finite weights everywhere.")
        self.weights[:] = weights

    def _ready(self, images, labels=None):
        """Check uint8 images (count, side, side) and labels for this network's input."""
        images = np.ascontiguousarray(images)
        side = self.network.input_shape[0]
        if images.dtype != np.uint8 or images.ndim != 3 or images.shape[1] != images.shape[2]:
            raise ValueError(
                f"images must be uint8 of shape (count, side, side), "
                f"not {images.dtype} of {images.shape}."
            )
        if not len(images):
            raise ValueError("images must be at least one, not none.")
        if images.shape[1] > side or (side - images.shape[1]) % 2:
            raise ValueError(f"images must fit in {side}x{side} with an even border.")
        if labels is None:
            return images
        return images, mnist.check_labels(labels, len(images)).astype(np.int64)

    def _levels(self) -> np.ndarray:
        step = (mnist.FOREGROUND - mnist.BACKGROUND) / 255
        return np.array([mnist.BACKGROUND, step], dtype=np.float32)

    def _network(self):
        return self.plan, self.squashing, self.weights, self.buffers

    def curvature(self, images, labels, chosen=None, loss: Loss | None = None) -> np.ndarray:
        """Return h, the mean Gauss-Newton second derivative of the loss by each weight.

        It is averaged over the patterns `chosen` (all of them by default), equations 22 to 27;
        for a shared weight the terms of its connections are added (equation 23). `loss` is
        another loss to take it of: with "MSE" in place of "MAP", the second derivative by F6's
        states is constant.
        """
        loss = loss or self.loss
        images, labels = self._ready(images, labels)
        chosen = np.arange(len(images)) if chosen is None else np.asarray(chosen)
        if not len(chosen):
            raise ValueError("chosen must name at least one pattern, not none.")
        return _pattern().curvature(
            *self._network(), images, labels, chosen, self._levels(), loss.numbers(), self.codes
        )

    def rates(self, eta: float, curvature, mu: float = MU) -> np.ndarray:
        """Return the step of each weight, eta / (mu + h); zero for a missing connection."""
        if curvature is None or np.shape(curvature) != self.weights.shape:
            raise ValueError(
                "curvature must be what curvature() returned: one value for each of the "
                f"{len(self.weights):,} weights, not {np.shape(curvature) or curvature}."
            )
        if not (np.isfinite(curvature).all() and np.min(curvature) >= 0):
            raise ValueError("curvature must be finite and not negative anywhere.")
        for name, value in (("eta", eta), ("mu", mu)):
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"{name} must be positive, not {value}.")
        return np.where(self.free, eta / (mu + curvature), 0).astype(np.float32)

    def run(self, images, labels, rates, order=None) -> tuple[float, float]:
        """Show the patterns in `order` once, with a step after each, and change the weights.

        Returns the mean loss and the fraction of errors, both counted on the fly, as in
        Fig. 5. Raises FloatingPointError if the weights are no longer finite.
        """
        images, labels = self._ready(images, labels)
        order = np.arange(len(images)) if order is None else np.asarray(order)
        if not len(order):
            raise ValueError("order must name at least one pattern, not none.")
        if np.shape(rates) != self.weights.shape:
            raise ValueError(f"rates must be {len(self.weights):,} values, not {np.shape(rates)}.")
        loss, wrong = _pattern().run(
            *self._network(), images, labels, order, self._levels(), self.loss.numbers(),
            self.codes, rates,
        )  # fmt: skip
        if not np.isfinite(self.weights).all():
            raise FloatingPointError("The training has diverged: a weight is no longer finite.")
        return loss, wrong / len(order)

    def outputs(self, images) -> np.ndarray:
        """Return the last trained layer's states, (count, units): F6 if the output is RBF."""
        images = self._ready(images)
        return _pattern().outputs(*self._network(), images, self._levels())

    def scores(self, images) -> np.ndarray:
        """Return (count, classes), the largest for the answer: minus the penalty if RBF."""
        outputs = self.outputs(images)
        if not self.radial:
            return outputs
        return -((outputs[:, np.newaxis] - self.codes) ** 2).sum(axis=2)

    def error_rate(self, images, labels) -> float:
        """Return the fraction of uint8 `images` that the network gets wrong."""
        images, labels = self._ready(images, labels)
        return float(np.mean(self.scores(images).argmax(axis=1) != labels))


def _geometry(row) -> tuple[int, int, int, int, tuple[int, int, int]]:
    """Return (height, width, channels, window, output shape) of a layer as a window on maps."""
    layer = row.layer
    shape = row.input_shape if len(row.input_shape) == 3 else (1, 1, *row.input_shape)
    if isinstance(layer, architecture.FullyConnected):  # a window as large as the maps
        return *shape, shape[0], (1, 1, layer.units)
    size, stride, padding = layer.window
    pools = isinstance(layer, architecture.AveragePooling)
    if padding or stride != (size if pools else 1) or (pools and shape[0] % size):
        raise ValueError(f"layer {row.name} must have no padding and stride 1, not {layer}.")
    return *shape, size, row.output_shape


def train(
    trainer: Trainer, images, labels, schedule=SCHEDULE, seed: int = 0,
    prepare=None, after_pass=None, curved: Loss | None = None,
) -> list[dict]:  # fmt: skip
    """Train through a schedule of global rates, and return what was measured in each pass.

    The order of the patterns is drawn once and kept (section III-B: "constant random order"),
    and so are the 500 patterns of the curvature. `prepare(number)`, if given, returns the images
    of a pass, distorted, say. `after_pass(number, record)` is called after each; what it returns
    is added to the record. `curved` is the loss whose curvature sets the steps, if another one.
    """
    random = np.random.default_rng(seed)
    order = random.permutation(len(images))
    chosen = random.choice(len(images), min(CURVATURE_PATTERNS, len(images)), replace=False)
    history = []
    for number, eta in enumerate(schedule, 1):
        shown = images if prepare is None else prepare(number)
        rates = trainer.rates(eta, trainer.curvature(shown, labels, chosen, curved))
        loss, error = trainer.run(shown, labels, rates, order)
        record = {"pass": number, "loss": loss, "train_error": error}
        if after_pass:
            record |= after_pass(number, record) or {}
        history.append(record)
    return history
