"""Training like 1998: the compiled passes against slow formulas, and against bad input."""

import numpy as np
import pytest

pytest.importorskip("numba")

from lenet_utils import mnist, reference, sdlm
from lenet_utils.architecture import (
    LENET1,
    LENET4,
    LENET5,
    LENET5_1998,
    AveragePooling,
    Convolution,
    FullyConnected,
    Network,
    RadialBasis,
    Subsampling,
)
from lenet_utils.distort import FIGURE_7, Distortion, shrink
from lenet_utils.sdlm import Loss, Trainer

SMALL = Network(
    "small",
    (8, 8, 1),
    (
        Convolution("C1", filters=3, kernel=3, activation="scaled_tanh"),
        Subsampling("S2", size=2),
        Convolution("C3", filters=2, kernel=2, activation="scaled_tanh", table=((0, 1), (1, 2))),
        FullyConnected("F4", units=6, activation="scaled_tanh"),
        RadialBasis("Output", units=10),
    ),
)
ONE_HIDDEN = Network(
    "one hidden layer",
    (6, 6, 1),
    (
        FullyConnected("Hidden", units=5, activation="scaled_tanh"),
        FullyConnected("Output", units=10, activation="scaled_tanh"),
    ),
)


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (12, 8, 8)).astype(np.uint8)


@pytest.fixture(scope="module")
def labels():
    return np.arange(12) % 10


def small(loss=None, seed=0):
    codes = np.where(np.random.default_rng(5).random((10, 6)) < 0.5, -1, 1)
    return Trainer(SMALL, loss or Loss("MAP", j=2.0), seed, codes)


def loss_with(trainer, weights, images, labels):
    kept = trainer.weights.copy()
    trainer.weights[:] = weights
    value, _ = trainer.run(images, labels, np.zeros_like(weights))
    trainer.weights[:] = kept
    return value


def reference_states(trainer, image):
    """Return the states of every layer by the readable layers of `reference`, in float64."""
    scale = (mnist.FOREGROUND - mnist.BACKGROUND) / 255
    values, states = image[..., np.newaxis] * scale + mnist.BACKGROUND, {}
    for row in trainer.rows:
        kernel, bias = (part.astype(float) for part in trainer.named()[row.name])
        if isinstance(row.layer, Subsampling):
            values = np.repeat(values, row.layer.copies, axis=2)
            values = reference.subsample(values, kernel, bias, row.layer.size)
        elif isinstance(row.layer, AveragePooling):
            values = reference.average_pool(values, row.layer.size)
        elif isinstance(row.layer, FullyConnected):
            values = reference.dense(np.ravel(values), kernel, bias)
        else:
            values = reference.convolve(values, kernel, bias)
        if getattr(row.layer, "activation", None) == "scaled_tanh":
            values = reference.scaled_tanh(values)
        elif getattr(row.layer, "activation", None) == "tanh":
            values = np.tanh(values)
        states[row.name] = values
    return states


def test_the_table_alone_decides_how_many_weights_may_change():
    assert Trainer(LENET5_1998).parameters == LENET5_1998.parameters
    assert Trainer(LENET5).parameters == LENET5.parameters


@pytest.mark.parametrize("network", [LENET5, LENET5_1998, LENET4, LENET1, SMALL, ONE_HIDDEN])
def test_outputs_agree_with_the_readable_layers(network):
    side = network.input_shape[0]
    images = np.random.default_rng(1).integers(0, 256, (3, side, side)).astype(np.uint8)
    codes = np.ones((10, 6)) if network is SMALL else None
    trainer = Trainer(network, seed=2, codes=codes)
    wanted = [reference_states(trainer, image)[trainer.rows[-1].name] for image in images]
    assert np.abs(trainer.outputs(images) - wanted).max() < 2e-5


def test_curvature_may_be_that_of_another_loss(images, labels):
    """EBLearn's way: as if the second derivative by F6's states were constant, as MSE's is."""
    trainer = small(Loss("MAP", j=2.0))
    other = Loss("MSE")
    np.testing.assert_array_equal(
        trainer.curvature(images, labels, loss=other), small(other).curvature(images, labels)
    )
    assert trainer.loss.kind == "MAP"


def test_the_reach_of_the_first_weights_scales_them():
    wide, narrow = (Trainer(LENET5_1998, reach=reach) for reach in (2.4, 1.2))
    np.testing.assert_allclose(narrow.weights, wide.weights / 2, rtol=1e-6)


def test_the_squashing_function_is_a_scaled_tanh():
    from lenet_utils import pattern

    sums = np.linspace(-30, 30, 20001).astype(np.float32)
    squashed = sums.copy()
    pattern.squash(squashed, np.float32(1.7159), np.float32(2 / 3))
    assert np.abs(squashed - reference.scaled_tanh(sums)).max() < 1e-6


@pytest.mark.parametrize("loss", [Loss("MAP", j=2.0), Loss("MAP", j=30.0, scale=0.1), Loss("MSE")])
def test_every_gradient_agrees_with_a_difference_of_losses(images, labels, loss):
    trainer = small(loss)
    start, rate, reach = trainer.weights.copy(), 1e-3, 3e-3
    for number in range(2):
        one, label = images[number : number + 1], labels[number : number + 1]
        trainer.weights[:] = start
        trainer.run(one, label, np.full_like(start, rate))
        gradient = (start - trainer.weights) / rate
        trainer.weights[:] = start
        for index in range(len(start)):
            step = np.zeros_like(start)
            step[index] = reach
            higher, lower = (
                loss_with(trainer, start + sign * step, one, label) for sign in (1, -1)
            )
            slope = (higher - lower) / (2 * reach)
            assert gradient[index] == pytest.approx(slope, abs=0.02 * loss.scale, rel=0.02)


@pytest.mark.parametrize("kind", ["cross-entropy", "squared"])
def test_gradients_of_the_losses_on_outputs(kind):
    images = np.random.default_rng(0).integers(0, 256, (1, 6, 6)).astype(np.uint8)
    trainer = Trainer(ONE_HIDDEN, Loss(kind), seed=1)
    start, rate = trainer.weights.copy(), 1e-3
    trainer.run(images, [3], np.full_like(start, rate))
    gradient = (start - trainer.weights) / rate
    trainer.weights[:] = start
    for index in range(0, len(start), 7):
        step = np.zeros_like(start)
        step[index] = 3e-3
        higher, lower = (loss_with(trainer, start + s * step, images, [3]) for s in (1, -1))
        assert gradient[index] == pytest.approx((higher - lower) / 6e-3, abs=0.01, rel=0.01)


def jacobian(function, at, reach=1e-4):
    columns = []
    for index in range(at.size):
        step = np.zeros(at.size)
        step[index] = reach
        step = step.reshape(at.shape)
        columns.append((function(at + step) - function(at - step)).ravel() / (2 * reach))
    return np.array(columns).T


def test_with_one_hidden_layer_the_curvature_is_the_gauss_newton_diagonal():
    """Every output depends on a weight along one path only, so nothing is left out."""
    images = np.random.default_rng(0).integers(0, 256, (4, 6, 6)).astype(np.uint8)
    labels = np.array([1, 2, 3, 4])
    trainer = Trainer(ONE_HIDDEN, Loss("squared"), seed=1)
    found = trainer.curvature(images, labels)
    start = trainer.weights.copy()
    wanted = np.zeros(len(start))
    for image in images:

        def outputs(weights, image=image):
            trainer.weights[:] = weights
            return reference_states(trainer, image)["Output"]

        # The loss is half the squared error, so its second derivative by an output is 1.
        wanted += (jacobian(outputs, start.astype(float), 1e-2) ** 2).sum(axis=0) / len(images)
    trainer.weights[:] = start
    np.testing.assert_allclose(found, wanted, rtol=5e-3, atol=1e-5)


def test_every_second_derivative_agrees_with_squared_jacobians(images, labels):
    """Equations 22 to 27, layer by layer, with Jacobians found by brute force."""
    trainer = small(Loss("MAP", j=2.0, scale=0.5), seed=4)
    found = trainer.named(trainer.curvature(images[:3], labels[:3]))
    wanted = {name: [np.zeros(p.shape) for p in parts] for name, parts in found.items()}
    scale = (mnist.FOREGROUND - mnist.BACKGROUND) / 255
    layers = {
        "C1": lambda x, k, b: reference.scaled_tanh(reference.convolve(x, k, b)),
        "S2": lambda x, k, b: reference.scaled_tanh(reference.subsample(x, k, b, 2)),
        "C3": lambda x, k, b: reference.scaled_tanh(reference.convolve(x, k, b)),
        "F4": lambda x, k, b: reference.scaled_tanh(reference.dense(np.ravel(x), k, b)),
    }
    for image, label in zip(images[:3], labels[:3], strict=True):
        states = reference_states(trainer, image)
        inputs = [image[..., np.newaxis] * scale + mnist.BACKGROUND, *states.values()]
        misses = states["F4"] - trainer.codes
        shares = np.exp(-(misses**2).sum(axis=1))
        shares /= shares.sum() + np.exp(-2.0)
        slopes = (np.arange(10) == label) - shares
        bends = shares * (1 - shares)
        h = 0.5 * (2 * slopes.sum() + (bends[:, np.newaxis] * (2 * misses) ** 2).sum(axis=0))
        for name, before in list(zip(layers, inputs, strict=False))[::-1]:
            kernel, bias = (part.astype(float) for part in trainer.named()[name])
            layer = layers[name]
            # A shared weight: the squares are added over its connections, without the
            # products between them (equation 23). A bias shows f'(a) of every unit.
            steepness = jacobian(lambda b, f=layer, x=before, k=kernel: f(x, k, b), bias).sum(
                axis=1
            )
            curved = h * steepness**2
            wanted[name][0] += by_connection(name, before, curved.reshape(states[name].shape)) / 3
            wanted[name][1] += curved.reshape(-1, len(bias)).sum(axis=0) / 3
            spread = jacobian(lambda x, f=layer, k=kernel, b=bias: f(x, k, b), before)
            h = (spread**2).T @ h
    for name, parts in wanted.items():
        free = trainer.named(trainer.free)[name]
        for mine, right, may in zip(found[name], parts, free, strict=True):
            np.testing.assert_allclose(mine[may], right[may], rtol=5e-3, atol=1e-6)


def by_connection(name, before, curved):
    """Return sum of curvature times squared input, over the connections of each weight."""
    if name == "F4":
        return np.outer(np.ravel(before) ** 2, curved)
    if name == "S2":
        height, width, maps = curved.shape
        sums = before.reshape(height, 2, width, 2, maps).sum(axis=(1, 3))
        return (curved * sums**2).sum(axis=(0, 1))
    size = before.shape[0] - curved.shape[0] + 1
    total = np.zeros((size, size, before.shape[2], curved.shape[2]))
    for row in range(curved.shape[0]):
        for column in range(curved.shape[1]):
            window = before[row : row + size, column : column + size] ** 2
            total += window[..., np.newaxis] * curved[row, column]
    return total


def test_a_missing_connection_stays_zero(images, labels):
    trainer = small()
    before = trainer.weights.copy()
    rates = trainer.rates(5e-4, trainer.curvature(images, labels))
    trainer.run(images, labels, rates)
    assert not trainer.weights[~trainer.free].any()
    assert (trainer.weights != before)[trainer.free].all()


def test_weights_go_out_and_come_back(images):
    trainer, other = small(seed=1), small(seed=2)
    other.load(trainer.named())
    np.testing.assert_array_equal(trainer.outputs(images), other.outputs(images))
    changed = trainer.named()
    changed["C3"] = (changed["C3"][0][:1], changed["C3"][1])
    with pytest.raises(ValueError, match=r"named must have 24 weights and 2 biases for C3"):
        other.load(changed)


def test_training_is_repeatable_and_learns():
    data = mnist.load()
    split = data.split()
    images, labels = split.train_images[:600], split.train_labels[:600]

    def once():
        trainer = Trainer(loss=Loss(scale=1 / 42), seed=1)
        first = trainer.error_rate(images, labels)
        history = sdlm.train(trainer, images, labels, (5e-4,) * 3, seed=1)
        return first, history, trainer.weights

    first, history, weights = once()
    assert history[-1]["train_error"] < 0.5 * first
    np.testing.assert_array_equal(weights, once()[2])


def test_average_pooling_is_never_trained():
    data = mnist.load()
    trainer = Trainer(LENET5)
    kernel = trainer.named()["S2"][0].copy()
    images, labels = data.test_images[:20], data.test_labels[:20]
    trainer.run(images, labels, trainer.rates(1e-3, trainer.curvature(images, labels)))
    np.testing.assert_array_equal(kernel, trainer.named()["S2"][0])
    assert set(kernel) == {0.25}


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Loss("MAP", j=0), "j must be positive, not 0"),
        (lambda: Loss("MAP", j=float("nan")), "j must be positive, not nan"),
        (lambda: Loss(scale=-1), "scale must be positive, not -1"),
        (lambda: Loss("hinge"), "kind must be one of MAP, MSE"),
        (lambda: Trainer(LENET5, Loss("MAP")), "loss must be cross-entropy or squared"),
        (lambda: Trainer(codes=np.zeros((10, 84))), r"codes must be \+1 or -1 everywhere, not 0"),
        (lambda: Trainer(codes=np.ones((10, 83))), r"codes must have shape \(classes, 84\)"),
        (lambda: Trainer().rates(5e-4, None), "curvature must be what curvature"),
        (lambda: Trainer().rates(5e-4, np.zeros(3)), "curvature must be what curvature"),
        (lambda: Trainer().rates(0, np.zeros(60900)), "eta must be positive, not 0"),
        (lambda: Trainer().rates(5e-4, np.full(60900, np.nan)), "curvature must be finite"),
        (lambda: Trainer().error_rate(np.zeros((0, 28, 28), np.uint8), []), "at least one"),
        (lambda: Trainer().outputs(np.zeros((2, 28, 28))), "images must be uint8"),
        (lambda: Trainer().outputs(np.zeros((2, 40, 40), np.uint8)), "images must fit in 32x32"),
        (
            lambda: Trainer(Network("x", (8, 8, 1), (Convolution("C1", 2, 3, stride=2),))),
            "no padding and stride 1",
        ),
        (lambda: Trainer(power=0), "power must be positive, not 0"),
        (lambda: Trainer(reach=-1), "reach must be positive, not -1"),
        (lambda: Trainer().load({}), "named must have the weights of C1"),
        (lambda: Distortion(scale=0.5), "scale must be at least 1, not 0.5"),
        (lambda: FIGURE_7.apply(np.zeros((1, 28, 28), np.uint8), 0, side=20), "side must be"),
        (lambda: FIGURE_7.apply(np.zeros((1, 28, 28), np.uint8), 0, keep=2), "keep must be"),
    ],
)
def test_bad_input_gets_a_sentence(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()


def test_a_diverged_training_says_so(images, labels):
    trainer = small()
    with pytest.raises(FloatingPointError, match="diverged"):
        trainer.run(images, labels, np.full_like(trainer.weights, np.inf))


def test_no_distortion_leaves_images_as_they_are():
    data = mnist.load()
    images = data.test_images[:5]
    plain = Distortion().apply(images, 0)
    np.testing.assert_array_equal(plain[:, 2:30, 2:30], images)
    assert not plain[:, :2].any()


@pytest.mark.parametrize(
    ("distortion", "axis", "reach"), [(Distortion(across=3), 2, 3), (Distortion(down=3), 1, 3)]
)
def test_a_translation_moves_the_center_of_mass_that_far(distortion, axis, reach):
    image = np.zeros((400, 28, 28), np.uint8)
    image[:, 11:17, 11:17] = 255
    moved = distortion.apply(image, 0, keep=0).astype(float)
    centers = moved.sum(axis=3 - axis) @ np.arange(32) / moved.sum(axis=(1, 2)) - 15.5
    still = moved.sum(axis=axis) @ np.arange(32) / moved.sum(axis=(1, 2)) - 15.5
    assert np.abs(still).max() < 0.02
    assert 0.9 * reach < np.abs(centers).max() <= reach + 0.02
    assert centers.std() == pytest.approx(reach / np.sqrt(3), rel=0.1)


def test_scale_squeeze_and_shear_show_in_the_moments():
    image = np.zeros((300, 28, 28), np.uint8)
    image[:, 10:18, 10:18] = 255
    rows, columns = np.indices((32, 32)) - 15.5

    def moments(distortion):
        ink = distortion.apply(image, 0, keep=0).astype(float)
        ink /= ink.sum(axis=(1, 2), keepdims=True)
        return tuple(
            (ink * part).sum(axis=(1, 2)) for part in (rows**2, columns**2, rows * columns)
        )

    tall, wide, _ = moments(Distortion(scale=1.5))
    np.testing.assert_allclose(tall, wide, rtol=0.02)
    assert np.sqrt(tall.max() / tall.min()) == pytest.approx(1.5**2, rel=0.1)
    tall, wide, _ = moments(Distortion(squeeze=1.2))
    assert np.corrcoef(tall, wide)[0, 1] < -0.95
    tall, _, mixed = moments(Distortion(shear=0.3))
    assert np.abs(mixed / tall).max() == pytest.approx(0.3, rel=0.1)


def test_sixteen_pixels_are_four_fifths_of_twenty():
    image = np.zeros((1, 28, 28), np.uint8)
    image[:, 4:24, 9:19] = 255  # 20 rows, 10 columns, in the middle
    small = shrink(image)[0] > 127
    assert (small.any(axis=1).sum(), small.any(axis=0).sum()) == (16, 8)
    with pytest.raises(ValueError, match="size must be between 1 and 28 pixels, not 40"):
        shrink(image, 40)
