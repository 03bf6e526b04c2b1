"""The methods of Fig. 9 that came before networks of convolutions, each as `fit` and `scores`.

All of them take gray levels: MNIST's own 28x28 ("regular"), or the 20x20 that
`transform.deslant` makes of them ("deslanted"). What is the paper's own way is written out
here; the support vector machine is scikit-learn's, the layers of hidden units are Keras's.
Source: section III-C and Figs. 9 to 12.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from lenet_utils import mnist, transform
from lenet_utils.distort import Distortion, shrink

CLASSES = 10
PAIRS = tuple(itertools.combinations(range(CLASSES), 2))
DATABASES = ("regular", "deslanted", "16x16")
CHUNK = 1_000  # images that are worked on at a time, to keep memory low


def database(images, name: str) -> np.ndarray:
    """Return uint8 images (count, 28, 28) as one of the paper's databases has them.

    "regular" gives them back, "deslanted" as (count, 20, 20), "16x16" with digits of 16x16
    pixels in a field of (count, 20, 20). Source: sections III-A and III-C.
    """
    if name not in DATABASES:
        raise ValueError(f"name must be one of {', '.join(DATABASES)}, not {name!r}.")
    if name == "16x16":
        return shrink(images)[:, 4:24, 4:24]
    return transform.deslant(images) if name == "deslanted" else mnist._gray(images)


def rejected_percent(scores, labels, error: float = 0.005) -> float:
    """Return how many percent must be rejected for at most `error` among the rest.

    The least certain go first: those whose two best scores differ least; images that differ by
    the same go together. `scores` is (count, classes), the largest is the answer. If not even
    the most certain are right often enough, it is 100. Source: Fig. 10.
    """
    scores = np.asarray(scores, dtype=float)
    if scores.ndim != 2 or len(scores) < 1 or scores.shape[1] < 2:
        raise ValueError(f"scores must have shape (count, classes), not {scores.shape}.")
    if not np.isfinite(scores).all():
        raise ValueError("scores must be finite numbers.")
    if not 0 <= error <= 1:
        raise ValueError(f"error must be a fraction between 0 and 1, not {error}.")
    wrong = scores.argmax(axis=1) != mnist.check_labels(labels, len(scores))
    second, best = np.sort(scores, axis=1)[:, -2:].T
    order = np.argsort(second - best, kind="stable")
    certainty = (best - second)[order]
    kept = np.arange(1, len(scores) + 1)
    allowed = np.cumsum(wrong[order]) <= error * kept
    allowed[:-1] &= certainty[:-1] > certainty[1:]  # a threshold cannot part equals
    most = kept[allowed].max(initial=0)
    return float(100 * (1 - most / len(scores)))


def _with_bias(inputs, dtype=np.float64) -> np.ndarray:
    """Return (count, inputs + 1): a last input that is always 1."""
    return np.concatenate([inputs, np.ones((len(inputs), 1))], axis=1, dtype=dtype)


def _moments(inputs, targets, features=lambda inputs: inputs):
    """Return the sums that least squares needs: inputs by inputs, and inputs by targets."""
    parts = range(0, len(inputs), CHUNK)
    within, across = 0.0, 0.0
    for start in parts:
        some = _with_bias(features(inputs[start : start + CHUNK]))
        within = within + some.T @ some
        across = across + some.T @ targets[start : start + CHUNK]
    return within, across


def _least_squares(within, across, penalty: float) -> np.ndarray:
    """Return the weights (inputs + 1, outputs) of least squares; the biases are not penalized."""
    if penalty == 0:  # some pixels are never inked: the shortest of all solutions is taken
        return np.linalg.lstsq(within, across, rcond=None)[0]
    ridge = np.full(len(within), penalty)
    ridge[-1] = 0
    return np.linalg.solve(within + np.diag(ridge), across)


def _targets(labels) -> np.ndarray:
    """Return +1 for the class and -1 for the nine others, (count, 10)."""
    return 2.0 * np.eye(CLASSES)[labels] - 1.0


def squared_distances(inputs, centers, lengths=None) -> np.ndarray:
    """Return the squared Euclidean distances (inputs, centers), as one product of matrices."""
    if lengths is None:
        lengths = np.sum(centers**2, axis=1)
    distances = inputs @ centers.T
    distances *= -2
    distances += lengths
    distances += np.sum(inputs**2, axis=1, keepdims=True)
    return np.maximum(distances, 0, out=distances)


def need(name: str, value, least, whole: bool = False):
    """Raise ValueError unless a setting is a finite number of at least `least`."""
    kind = "a whole number" if whole else "a finite number"
    fits = isinstance(value, (int, np.integer) if whole else (int, float, np.number))
    if isinstance(value, bool) or not fits or not least <= value < np.inf:
        raise ValueError(f"{name} must be {kind} of at least {least}, not {value!r}.")


class Method:
    """What all methods share: `fit` to images, then ask for `scores` or `answers`.

    After `fit`, a method knows its `parameters` (the numbers trained on labels), its
    `stored_variables` (these, and all else that it keeps), and its `multiply_accumulates` for
    one image, with the counting of Figs. 11 and 12.
    """

    shape: tuple[int, int] | None = None

    def fit(self, images, labels) -> Method:
        """Learn from uint8 images (count, height, width) and labels (count,), and return self.

        Raises ValueError for other images, and if one of the ten digits is missing.
        """
        images = self._checked(images)
        labels = mnist.check_labels(labels, len(images)).astype(np.intp)
        counts = np.bincount(labels, minlength=CLASSES)
        if counts.min() == 0:
            raise ValueError(f"labels must hold every digit, but {counts.argmin()} is missing.")
        self.shape = None  # if fitting fails, the method is not taken for a fitted one
        self._fit(self._inputs(images), labels)
        self.shape = images.shape[1:]
        return self

    def scores(self, images) -> np.ndarray:
        """Return a score for each image and class, (count, 10); the largest is the answer.

        Raises ValueError before `fit`, and for images of another size than it was fitted to.
        """
        images = self._checked(images)
        if images.shape[1:] != self._fitted():
            raise ValueError(
                f"images must be of {self.shape[0]}x{self.shape[1]} pixels, as those it was "
                f"fitted to, not {images.shape[1]}x{images.shape[2]}."
            )
        starts = range(0, len(images), CHUNK)
        parts = [self._scores(self._inputs(images[start : start + CHUNK])) for start in starts]
        return np.concatenate(parts) if parts else np.empty((0, CLASSES))

    def answers(self, images) -> np.ndarray:
        """Return the digit with the largest score for each image, (count,)."""
        return self.scores(images).argmax(axis=1)

    def _fitted(self) -> tuple[int, int]:
        if self.shape is None:
            raise ValueError(f"{type(self).__name__} must be fitted before it is asked.")
        return self.shape

    @property
    def _pixels(self) -> int:
        height, width = self._fitted()
        return height * width

    @staticmethod
    def _checked(images) -> np.ndarray:
        array = np.asarray(images)
        if array.dtype != np.uint8:
            raise ValueError(f"images must be uint8 gray levels, 0 to 255, not {array.dtype}.")
        if array.ndim != 3 or 0 in array.shape[1:]:
            raise ValueError(f"images must have shape (count, height, width), not {array.shape}.")
        return array

    @staticmethod
    def _inputs(images) -> np.ndarray:
        """Return images as float32 rows of pixels, 0 to 1."""
        return images.reshape(len(images), -1).astype(np.float32) / np.float32(255)


def _slope_of_squashed(sums, targets):
    """Return how half the squared error of 1.7159 tanh(2a/3) changes with each sum a."""
    bent = np.tanh(sums * np.float32(2 / 3))
    return (np.float32(1.7159) * bent - targets) * np.float32(1.7159 * 2 / 3) * (1 - bent**2)


def _slope_of_logistic(sums, targets):
    """Return how the cross-entropy of the softmax changes with each sum: given less wanted."""
    shares = np.exp(sums - sums.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True) - (targets + 1) / 2


def _descend(method, inputs, targets, batch: int = 10) -> np.ndarray:
    """Return the weights (inputs + 1, 10) that gradient descent finds, as `Linear` says."""
    slope = {"squashed": _slope_of_squashed, "logistic": _slope_of_logistic}[method.training]
    inputs, targets = _with_bias(inputs, np.float32), targets.astype(np.float32)
    weights = np.zeros((inputs.shape[1], CLASSES), np.float32)
    random = np.random.default_rng(method.seed)
    for epoch in range(method.epochs):
        rate = np.float32(method.rate * (1 - epoch / method.epochs) / batch)
        order = random.permutation(len(inputs))
        for start in range(0, len(order), batch):
            some = order[start : start + batch]
            weights -= rate * (inputs[some].T @ slope(inputs[some] @ weights, targets[some]))
    return weights


def _check_training(method):
    """Raise ValueError unless the settings of a linear layer's training can be used."""
    if method.training not in ("squares", "squashed", "logistic"):
        raise ValueError(
            f"training must be squares, squashed or logistic, not {method.training!r}."
        )
    need("penalty", method.penalty, 0)
    need("epochs", method.epochs, 1, whole=True)
    need("rate", method.rate, 0)


@dataclass(eq=False)
class Linear(Method):
    """One weighted sum of the pixels and one bias for each class.

    `training` says how the weights are found. "squares": the sums come nearest to +1 for the
    class and -1 for the others, in one step. "squashed": the same targets for the sums
    squashed by 1.7159 tanh(2a/3), by gradient descent. "logistic": cross-entropy of a softmax,
    by gradient descent. The descent makes `epochs` passes, ten images at a time in an order
    drawn by `seed`; its step falls from `rate` to zero. `penalty` is for least squares alone:
    it multiplies the sum of the squared weights, once for each image.
    """

    training: str = "squares"
    penalty: float = 0.0
    epochs: int = 20
    rate: float = 0.01
    seed: int = 0

    def __post_init__(self):
        _check_training(self)

    def _fit(self, inputs, labels):
        if self.training == "squares":
            moments = _moments(inputs, _targets(labels))
            self.weights = _least_squares(*moments, self.penalty * len(inputs))
        else:
            self.weights = _descend(self, inputs, _targets(labels))

    def _scores(self, inputs):
        return _with_bias(inputs) @ self.weights

    @property
    def parameters(self) -> int:
        return (self._pixels + 1) * CLASSES

    @property
    def stored_variables(self) -> int:
        return self.parameters

    @property
    def multiply_accumulates(self) -> int:
        return self._pixels * CLASSES


@dataclass(eq=False)
class Pairwise(Method):
    """45 linear units, one for each pair of classes, trained by least squares on that pair alone.

    Unit i/j is to give +1 for class i and -1 for class j. The score of class i is the sum of
    all its units i/x less that of all y/i. With a `gain`, each unit is squashed before that, by
    tanh(gain a): the larger the gain, the more the sum is a count of votes.
    """

    penalty: float = 0.0
    gain: float | None = None

    def __post_init__(self):
        need("penalty", self.penalty, 0)
        if self.gain is not None and not (np.isfinite(self.gain) and self.gain > 0):
            raise ValueError(f"gain must be positive, or None, not {self.gain!r}.")

    def _fit(self, inputs, labels):
        sums = []
        for label in range(CLASSES):
            mine = inputs[labels == label]
            sums.append(_moments(mine, np.ones((len(mine), 1))))
        counts = np.bincount(labels, minlength=CLASSES)
        units = [
            _least_squares(
                sums[i][0] + sums[j][0],
                sums[i][1] - sums[j][1],
                self.penalty * (counts[i] + counts[j]),
            )
            for i, j in PAIRS
        ]
        self.weights = np.concatenate(units, axis=1)

    def _scores(self, inputs):
        units = _with_bias(inputs) @ self.weights
        return sums_of_pairs(units if self.gain is None else np.tanh(self.gain * units))

    @property
    def parameters(self) -> int:
        return (self._pixels + 1) * len(PAIRS)

    @property
    def stored_variables(self) -> int:
        return self.parameters

    @property
    def multiply_accumulates(self) -> int:
        return self._pixels * len(PAIRS)


def sums_of_pairs(units) -> np.ndarray:
    """Return for each class the sum of its units i/x less that of all y/i: (count, 10).

    `units` is (count, 45), in the order 0/1, 0/2, ..., 8/9. Source: section III-C.
    """
    units = np.asarray(units, dtype=float)
    if units.ndim != 2 or units.shape[1] != len(PAIRS):
        raise ValueError(f"units must have shape (count, {len(PAIRS)}), not {units.shape}.")
    signs = np.zeros((len(PAIRS), CLASSES))
    for number, (i, j) in enumerate(PAIRS):
        signs[number, i], signs[number, j] = 1, -1
    return units @ signs


def decided(votes, by_class) -> np.ndarray:
    """Return votes with a share below one half for how near the nearest image of a class is.

    Both are (..., classes); `by_class` holds the distance to that image.
    """
    closest = by_class.min(axis=-1, keepdims=True)
    return votes + 0.49 * ((closest + 1e-6) / (by_class + 1e-6))


@dataclass(eq=False)
class Neighbors(Method):
    """The `k` training images that are nearest to an image, pixel by pixel, vote for its class.

    A class's score is its number of votes, and a share below one half for how near its nearest
    image is, which decides between classes with as many votes.
    """

    k: int = 3

    def __post_init__(self):
        need("k", self.k, 1, whole=True)

    def _fit(self, inputs, labels):
        if self.k > len(inputs):
            raise ValueError(f"k must be at most the {len(inputs)} images, not {self.k}.")
        order = np.argsort(labels, kind="stable")  # class by class, for the nearest of each
        self.images, self.labels = inputs[order], labels[order]
        self.lengths = np.sum(self.images**2, axis=1)
        self.starts = np.searchsorted(self.labels, np.arange(CLASSES))

    def _scores(self, inputs):
        scores = np.empty((len(inputs), CLASSES))
        for start in range(0, len(inputs), 250):  # 60 MB of distances at a time
            some = slice(start, start + 250)
            distances = squared_distances(inputs[some], self.images, self.lengths)
            nearest = np.argpartition(distances, self.k - 1, axis=1)[:, : self.k]
            votes = self.labels[nearest][:, :, np.newaxis] == np.arange(CLASSES)
            by_class = np.sqrt(np.minimum.reduceat(distances, self.starts, axis=1))
            scores[some] = decided(votes.sum(axis=1), by_class)
        return scores

    @property
    def parameters(self) -> int:
        return 0

    @property
    def stored_variables(self) -> int:
        self._fitted()
        return self.images.size

    @property
    def multiply_accumulates(self) -> int:
        self._fitted()
        return self.images.size


TERMS = ("products", "cross and linear", "products and linear")


@dataclass(eq=False)
class PcaQuadratic(Method):
    """Principal components, a polynomial of degree 2 of them, and a linear classifier on that.

    `terms` says which of the polynomial's: "products" takes all products of two components,
    squares among them; "cross and linear" the products of two different ones, and the
    components; "products and linear" all three. For 40 components both of the first have 821
    inputs, the constant one counted, which is the paper's number; the last has 861.

    The linear classifier is trained as `Linear` says. Gradient descent sees each of its inputs
    with a mean of 0 and a variance of 1, which the weights take in afterward.
    """

    components: int = 40
    penalty: float = 0.0
    terms: str = "products"
    training: str = "squares"
    epochs: int = 10
    rate: float = 0.003
    seed: int = 0

    def __post_init__(self):
        need("components", self.components, 1, whole=True)
        _check_training(self)
        if self.terms not in TERMS:
            raise ValueError(f"terms must be one of: {'; '.join(TERMS)}, not {self.terms!r}.")

    def _fit(self, inputs, labels):
        pixels = inputs.shape[1]
        if self.components > pixels:
            raise ValueError(
                f"components must be at most the {pixels} pixels, not {self.components}."
            )
        within, across = _moments(inputs, np.ones((len(inputs), 1)))
        self.mean = across[:-1, 0] / len(inputs)
        covariance = within[:-1, :-1] / len(inputs) - np.outer(self.mean, self.mean)
        directions = np.linalg.svd(covariance, hermitian=True)[0]
        self.directions = directions[:, : self.components]
        self.pairs = np.triu_indices(self.components, k=int(self.terms == "cross and linear"))
        if self.training == "squares":
            moments = _moments(inputs, _targets(labels), self.features)
            self.weights = _least_squares(*moments, self.penalty * len(inputs))
        else:
            self.weights = self._descended(inputs, labels)

    def _descended(self, inputs, labels) -> np.ndarray:
        parts = range(0, len(inputs), CHUNK)
        features = np.concatenate(
            [self.features(inputs[i : i + CHUNK]).astype(np.float32) for i in parts]
        )
        mean, deviation = features.mean(axis=0), np.maximum(features.std(axis=0), 1e-6)
        weights = _descend(self, (features - mean) / deviation, _targets(labels))
        weights[:-1] /= deviation[:, np.newaxis]
        weights[-1] -= mean @ weights[:-1]
        return weights

    def features(self, inputs) -> np.ndarray:
        """Return the classifier's inputs, the constant one aside, for rows of pixels."""
        components = (inputs - self.mean) @ self.directions
        first, second = self.pairs
        products = components[:, first] * components[:, second]
        if self.terms == "products":
            return products
        return np.concatenate([components, products], axis=1)

    def _scores(self, inputs):
        return _with_bias(self.features(inputs)) @ self.weights

    @property
    def parameters(self) -> int:
        self._fitted()
        return self.weights.size

    @property
    def stored_variables(self) -> int:
        self._fitted()
        return self.mean.size + self.directions.size + self.weights.size

    @property
    def multiply_accumulates(self) -> int:
        self._fitted()
        return self.directions.size + len(self.pairs[0]) + self.weights.size - CLASSES


@dataclass(eq=False)
class RbfNetwork(Method):
    """Gaussian units around centers, `group` of them for each class, and a linear layer on them.

    The centers of a class are the means of k-means on its images, `rounds` times moved, from
    images drawn by `seed`. A unit gives exp(-d^2 / 2s^2) at distance d; the width s is `width`
    times the root of the mean squared distance from the images to their centers. The linear
    layer is the pseudo-inverse, regularized by `penalty` for each training image.
    """

    group: int = 100
    rounds: int = 20
    width: float = 1.0
    penalty: float = 1e-6
    seed: int = 0

    def __post_init__(self):
        need("group", self.group, 1, whole=True)
        need("rounds", self.rounds, 0, whole=True)
        need("penalty", self.penalty, 0)
        if not (np.isfinite(self.width) and self.width > 0):
            raise ValueError(f"width must be positive, not {self.width!r}.")

    def _fit(self, inputs, labels):
        counts = np.bincount(labels, minlength=CLASSES)
        if self.group > counts.min():
            raise ValueError(
                f"group must be at most the {counts.min()} images of class {counts.argmin()}, "
                f"not {self.group}."
            )
        random = np.random.default_rng(self.seed)
        centers, spread = [], 0.0
        for label in range(CLASSES):
            mine = inputs[labels == label]
            found, squares = k_means(mine, self.group, self.rounds, random)
            centers.append(found)
            spread += squares
        self.centers = np.concatenate(centers)
        self.deviation = self.width * np.sqrt(spread / len(inputs))
        moments = _moments(inputs, _targets(labels), self.units)
        self.weights = _least_squares(*moments, self.penalty * len(inputs))

    def units(self, inputs) -> np.ndarray:
        """Return the states of the Gaussian units, for rows of pixels."""
        distances = squared_distances(inputs, self.centers)
        return np.exp(distances / (-2 * self.deviation**2))

    def _scores(self, inputs):
        return _with_bias(self.units(inputs)) @ self.weights

    @property
    def parameters(self) -> int:
        self._fitted()
        return self.weights.size

    @property
    def stored_variables(self) -> int:
        self._fitted()
        return self.centers.size + 1 + self.weights.size

    @property
    def multiply_accumulates(self) -> int:
        self._fitted()
        return self.centers.size + self.weights.size - CLASSES


def k_means(inputs, count: int, rounds: int, random) -> tuple[np.ndarray, float]:
    """Return `count` centers and the summed squared distance of the inputs to the nearest.

    Starts from inputs drawn by the generator `random`. In each round every input goes to its
    nearest center, and each center to the mean of its inputs; one without any stays.
    """
    inputs = np.asarray(inputs)
    if inputs.ndim != 2 or not 1 <= count <= len(inputs):
        raise ValueError(f"count must be between 1 and {len(inputs)} inputs, not {count}.")
    centers = inputs[random.choice(len(inputs), count, replace=False)]
    for _ in range(rounds):
        nearest = squared_distances(inputs, centers).argmin(axis=1)
        mine = (nearest == np.arange(count)[:, np.newaxis]).astype(inputs.dtype)
        sizes = mine.sum(axis=1, keepdims=True)
        centers = np.where(sizes > 0, mine @ inputs / np.maximum(sizes, 1), centers)
    return centers, float(squared_distances(inputs, centers).min(axis=1).sum(dtype=float))


@dataclass(eq=False)
class Hidden(Method):
    """Fully connected layers: one or two hidden ones of `units` tanh units each, and a softmax.

    Keras trains it with Adam for `epochs` passes over images in an order drawn by `seed`, `batch`
    at a time, by cross-entropy; the rate falls from `rate` to zero along a cosine. Given a
    `distortion`, each pass sees the images distorted anew. The paper's own used squared errors.
    """

    units: tuple[int, ...] = (300,)
    distortion: Distortion | None = None
    epochs: int = 10
    batch: int = 100
    rate: float = 0.001
    seed: int = 0

    def __post_init__(self):
        self.units = tuple(self.units)
        if not self.units:
            raise ValueError("units must hold the size of one hidden layer or more, not ().")
        for count in self.units:
            need("units", count, 1, whole=True)
        for name in ("epochs", "batch"):
            need(name, getattr(self, name), 1, whole=True)
        need("rate", self.rate, 0)

    def fit(self, images, labels) -> Hidden:
        images = self._checked(images)
        self._seen = images  # distorted images are made from images, not from rows of pixels
        try:
            return super().fit(images, labels)
        finally:
            del self._seen

    def _fit(self, inputs, labels):
        import keras

        keras.utils.set_random_seed(self.seed)
        steps = self.epochs * -(-len(inputs) // self.batch)
        layers = [keras.layers.Dense(count, activation="tanh") for count in self.units]
        self.model = keras.Sequential(
            [keras.Input((inputs.shape[1],)), *layers, keras.layers.Dense(CLASSES)]
        )
        falling = keras.optimizers.schedules.CosineDecay(self.rate, steps)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.model.compile(keras.optimizers.Adam(falling), loss)
        side = self._seen.shape[1]
        for epoch in range(self.epochs):
            if self.distortion:
                seen = self.distortion.apply(self._seen, 1000 * self.seed + epoch, side)
                inputs = self._inputs(seen)
            self.model.fit(inputs, labels, batch_size=self.batch, verbose=0)

    def _scores(self, inputs):
        return self.model.predict_on_batch(inputs).astype(float)

    @property
    def parameters(self) -> int:
        self._fitted()
        return self.model.count_params()

    @property
    def stored_variables(self) -> int:
        return self.parameters

    @property
    def multiply_accumulates(self) -> int:
        return self.parameters - sum(self.units) - CLASSES  # all but the biases


@dataclass(eq=False)
class SupportVectors(Method):
    """Ten support vector machines, each of which tells one class from the rest.

    The kernel of two images is (`gamma` times their scalar product + `offset`) to the power of
    `degree`; `limit` bounds the weight of a training image (C). With `unit_length` each image
    is first scaled to a vector of length 1, so that thick strokes do not count for more. The
    paper's machines have degree 4.

    scikit-learn solves each problem, on a working set of images that all ten share: the support
    vectors so far, and up to `chunk` images that some machine has on the wrong side of its
    margin, until there are none. That is the solution for all images, without the products of
    each with each. `seed` draws the first `chunk`.
    """

    degree: int = 4
    gamma: float = 0.03
    offset: float = 1.0
    limit: float = 1.0
    unit_length: bool = False
    chunk: int = 6_000
    seed: int = 0

    def __post_init__(self):
        for name in ("degree", "chunk"):
            need(name, getattr(self, name), 1, whole=True)
        need("offset", self.offset, 0)
        for name in ("gamma", "limit"):
            if not (np.isfinite(getattr(self, name)) and getattr(self, name) > 0):
                raise ValueError(f"{name} must be positive, not {getattr(self, name)!r}.")

    def _inputs(self, images) -> np.ndarray:
        inputs = super()._inputs(images)
        if self.unit_length:
            inputs /= np.maximum(np.linalg.norm(inputs, axis=1, keepdims=True), np.float32(1e-6))
        return inputs

    def kernel(self, images, others) -> np.ndarray:
        """Return the kernel of rows of pixels with others: (images, others)."""
        products = images @ others.T
        products *= np.float32(self.gamma)
        products += np.float32(self.offset)
        return products**self.degree

    def _fit(self, inputs, labels):
        random = np.random.default_rng(self.seed)
        # The first image of each class makes sure that no machine sees one side alone.
        firsts = np.unique(labels, return_index=True)[1]
        working = np.union1d(firsts, random.permutation(len(inputs))[: self.chunk])
        signs = _targets(labels)
        while True:
            self._solve(inputs, signs, working)
            margins = signs * np.concatenate(
                [self._scores(inputs[i : i + CHUNK]) for i in range(0, len(inputs), CHUNK)]
            )
            short = 1 - margins.min(axis=1)  # by how much the worst of the ten misses its margin
            short[working] = 0
            wrong = np.flatnonzero(short > 0.01)  # ten times the solver's own tolerance
            if not len(wrong):
                break
            worst = wrong[np.argsort(-short[wrong])[: self.chunk]]
            working = np.union1d(working[self.used], worst)
        del self.used

    def _solve(self, inputs, signs, working):
        """Train the ten machines on the working set, and keep the images that any one uses."""
        from sklearn.svm import SVC

        images = inputs[working]
        products = self.kernel(images, images).astype(np.float64)
        weights, biases = np.zeros((len(working), CLASSES)), np.zeros(CLASSES)
        for label in range(CLASSES):
            machine = SVC(C=self.limit, kernel="precomputed", cache_size=500)
            machine.fit(products, signs[working, label])
            weights[machine.support_, label] = machine.dual_coef_[0]
            biases[label] = machine.intercept_[0]
        self.used = weights.any(axis=1)
        self.vectors = images[self.used]
        self.weights = np.vstack([weights[self.used], biases])

    def _scores(self, inputs):
        return _with_bias(self.kernel(inputs, self.vectors)) @ self.weights

    @property
    def parameters(self) -> int:
        self._fitted()
        return int(np.count_nonzero(self.weights[:-1])) + CLASSES

    @property
    def stored_variables(self) -> int:
        self._fitted()
        return self.vectors.size + self.parameters

    @property
    def multiply_accumulates(self) -> int:
        self._fitted()
        return self.vectors.size + int(np.count_nonzero(self.weights[:-1]))
