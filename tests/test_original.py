"""The network of 1998 in Keras has the table's numbers, NumPy's values and the paper's losses."""

import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lenet_utils import mnist, models, original, paper, reference
from lenet_utils.architecture import (
    DEPARTURES,
    LENET1,
    LENET4,
    LENET5,
    LENET5_1998,
    TABLE_I,
    AveragePooling,
    Convolution,
    FullyConnected,
    Layer,
    Network,
    RadialBasis,
    Subsampling,
)

keras = original.keras
IMAGES = mnist.to_input(np.stack([mnist.digit(label) for label in range(10)]))


def count(variables) -> int:
    return sum(int(np.prod(variable.shape)) for variable in variables)


# What is counted


def test_keras_counts_what_the_table_counts():
    model = original.build()
    for row in LENET5_1998.rows:
        layer = model.get_layer(row.name)
        assert count(layer.trainable_variables) == layer.count_params() == row.parameters
        assert layer.output.shape[1:] == row.output_shape
    assert count(model.trainable_variables) == model.count_params() == LENET5_1998.parameters
    assert LENET5_1998.parameters == 60_000
    assert LENET5_1998.connections == 340_908


def test_connections_counted_from_the_live_layers():
    """Each output unit of a live layer has its inputs; nothing is read from the formulas."""
    model, counted = original.build(), {}
    for layer in model.layers[:-1]:
        if isinstance(layer, original.TableConvolution | keras.layers.Conv2D):
            _, rows, columns, _ = layer.output.shape
            inputs = int(np.count_nonzero(layer.kernel)) + layer.bias.shape[0]
            counted[layer.name] = rows * columns * inputs
        elif isinstance(layer, original.TrainableSubsampling):
            counted[layer.name] = int(np.prod(layer.output.shape[1:])) * (2 * 2 + 1)
        elif isinstance(layer, keras.layers.Dense):
            counted[layer.name] = layer.count_params()
    counted["Output"] = int(np.prod(model.layers[-1].codes.shape))
    assert counted == {row.name: row.connections for row in LENET5_1998.rows}
    assert sum(counted.values()) == LENET5_1998.connections


def test_the_two_tables_reconcile():
    steps = {
        name: LENET5[name].parameters - LENET5_1998[name].parameters
        for name in (row.name for row in LENET5.rows)
    }
    changed = {name: step for name, step in steps.items() if step}
    assert changed == {"C3": 900, "S2": -12, "S4": -32, "Output": 850}
    assert 60_000 + sum(changed.values()) == LENET5.parameters == 61_706


@pytest.mark.parametrize("network", [*DEPARTURES.values(), LENET4], ids=lambda n: n.name)
def test_variants_have_their_tables_numbers_and_states(network):
    model = original.build(network, seed=1)
    assert model.count_params() == network.parameters
    assert_agrees(model, network, IMAGES[:2])


# What is computed


def assert_agrees(model, network, images, atol=1e-5):
    theirs, weights = models.states(model, images), original.weights_of(model)
    for number, image in enumerate(images):
        ours = reference.forward(image.astype(float), weights, network)
        for row in network.rows:
            # Penalties are near 84, where neighboring float32 numbers are 8e-6 apart.
            rtol = 1e-6 if row.kind == "Euclidean RBF" else 0
            name = row.name
            np.testing.assert_allclose(theirs[name][number], ours[name], rtol, atol, err_msg=name)


def test_agrees_with_numpy_in_every_layer():
    assert_agrees(original.build(seed=3), LENET5_1998, IMAGES)


def test_agrees_to_a_part_in_a_billion_in_double_precision():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float64")
    try:
        model = original.build(seed=3)
    finally:
        keras.config.set_dtype_policy(before)
    outputs = np.asarray(model(IMAGES.astype(float)))
    weights = original.weights_of(model)
    for image, output in zip(IMAGES.astype(float), outputs, strict=True):
        ours = reference.forward(image, weights, LENET5_1998)["Output"]
        assert reference.largest_difference(ours, output) < 1e-8


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_any_table_agrees_with_leaving_channels_out(data):
    channels, filters = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 5))
    row = st.lists(st.integers(0, channels - 1), min_size=1, unique=True)
    table = data.draw(st.lists(row, min_size=filters, max_size=filters))
    size, stride = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 2))
    random = np.random.default_rng(data.draw(st.integers(0, 9)))
    maps = random.normal(size=(7, 6, channels)).astype(np.float32)
    layer = original.TableConvolution(table, size, stride)
    output = np.asarray(layer(maps[np.newaxis]))[0]
    kernel, bias = layer.full_weights()
    described = Convolution("C", filters, size, stride, table=tuple(map(tuple, table)))
    assert layer.count_params() == described.parameters(maps.shape)
    slow = np.zeros(described.output_shape(maps.shape))
    for r, c, number in np.ndindex(slow.shape):
        window = maps[r * stride : r * stride + size, c * stride : c * stride + size]
        for channel in table[number]:
            slow[r, c, number] += np.sum(window[..., channel] * kernel[:, :, channel, number])
    np.testing.assert_allclose(output, slow + bias, atol=1e-5)
    filled = kernel + 7.0 * (kernel == 0)  # what stands at missing links is not read
    ours = reference.convolve_table(maps, filled, bias, table, stride)
    np.testing.assert_allclose(ours, slow + bias, atol=1e-5)


def test_rbf_is_the_squared_distance():
    states = np.random.default_rng(0).normal(size=(5, 84)).astype(np.float32)
    penalties = np.asarray(original.EuclideanRBF(reference.codes())(states))
    for state, row in zip(states, penalties, strict=True):
        for digit in range(10):
            code = np.ravel(paper.code(str(digit)))
            slow = sum((x - w) ** 2 for x, w in zip(state, code, strict=True))
            assert abs(slow - row[digit]) < 1e-4
    assert reference.rbf(reference.codes()[4], reference.codes()).argmin() == 4


def test_squashing_is_the_papers():
    sums = np.linspace(-4, 4, 81)
    np.testing.assert_allclose(
        np.asarray(original.scaled_tanh(sums)), reference.scaled_tanh(sums), atol=1e-6
    )


# How it starts


@pytest.mark.parametrize("network", [LENET5_1998, LENET5, LENET4, LENET1], ids=lambda n: n.name)
def test_first_weights_fill_their_range_and_no_more(network):
    if network.input_shape[0] == 28:
        network = Network(network.name, network.input_shape, network.layers)
    weights = reference.initial_weights(network, seed=5)
    for row in network.rows:
        if not row.parameters:
            assert row.name not in weights
            continue
        kernel, bias = weights[row.name]
        assert kernel.dtype == bias.dtype == np.float32
        for number in range(len(bias)):
            if isinstance(row.layer, Subsampling):
                fan_in, own = 4, kernel[number]
            else:
                own = kernel[..., number]
                fan_in = np.count_nonzero(own)
            assert max(np.abs(own).max(), abs(bias[number])) <= 2.4 / fan_in * (1 + 1e-6)
        if isinstance(row.layer, FullyConnected):
            assert np.abs(kernel).max() > 0.98 * 2.4 / len(kernel)
            assert abs(kernel.mean()) < 0.1 * 2.4 / len(kernel)


def test_table_decides_the_fan_in():
    kernel, _ = reference.initial_weights(seed=0)["C3"]
    linked = kernel.any(axis=(0, 1))
    assert [tuple(np.flatnonzero(column)) for column in linked.T] == list(TABLE_I)
    assert np.abs(kernel[..., 0]).max() <= 2.4 / 75
    assert np.abs(kernel[..., 15]).max() <= 2.4 / 150


def test_a_seed_repeats_and_another_differs():
    one, same, other = (original.weights_of(original.build(seed=s)) for s in (0, 0, 1))
    assert all(np.array_equal(one[name][0], same[name][0]) for name in one)
    assert not any(np.array_equal(one[name][0], other[name][0]) for name in one)


# How it learns


def steps(model, loss, count=3, rate=0.01):
    optimizer = keras.optimizers.Adam(rate)
    model.compile(optimizer=optimizer, loss=loss, metrics=[original.error], jit_compile=False)
    return model.fit(IMAGES, np.arange(10), epochs=count, batch_size=10, verbose=0).history


def test_a_missing_link_is_and_stays_exactly_zero():
    model = original.build()
    mask = np.zeros((6, 16), dtype=bool)
    for number, channels in enumerate(TABLE_I):
        mask[list(channels), number] = True
    before, _ = model.get_layer("C3").full_weights()
    assert not before[..., ~mask].any()
    steps(model, original.MAP(j=1.0))
    after, _ = model.get_layer("C3").full_weights()
    assert not after[..., ~mask].any()
    assert (after[..., mask] != before[..., mask]).all()
    assert model.count_params() == LENET5_1998.parameters


def test_fixed_codes_stay_and_adaptive_ones_move():
    fixed, adaptive = original.build(), original.build(adaptive=True)
    assert adaptive.count_params() == LENET5_1998.parameters + LENET5_1998["Output"].connections
    assert "Output" not in original.weights_of(fixed)
    for model in (fixed, adaptive):
        steps(model, original.MSE())
    assert np.array_equal(fixed.layers[-1].codes, reference.codes())
    moved = np.asarray(adaptive.layers[-1].codes)
    assert not np.array_equal(moved, reference.codes())
    states = reference.forward(IMAGES[0], original.weights_of(adaptive), LENET5_1998)
    np.testing.assert_allclose(states["Output"], reference.rbf(states["F6"], moved), atol=1e-4)


def test_it_learns_ten_digits_by_heart():
    for loss in (original.MSE(), original.MAP(j=1.0)):
        model = original.build()
        history = steps(model, loss, count=40, rate=0.005)
        assert history["loss"][-1] < history["loss"][0] / 20
        assert history["error"][0] > 0.5
        assert history["error"][-1] == 0
        assert (np.asarray(model(IMAGES)).argmin(axis=1) == np.arange(10)).all()


def test_answers_are_the_smallest_penalty_or_the_largest_share():
    model = original.build(seed=2)
    steps(model, original.MAP(j=1.0), count=40, rate=0.005)
    images = np.stack([mnist.digit(label) for label in range(10)])
    assert np.array_equal(models.answers(model, images), np.arange(10))
    assert models.error_rate(model, images, np.arange(10)) == 0
    # The same penalties read as scores: the right class is now never the answer.
    assert (models.predict(model, images).argmax(axis=1) != np.arange(10)).all()
    assert models.error_rate(models.trained(), images, np.arange(10)) == 0


def test_a_saved_model_comes_back(tmp_path):
    model = original.build(seed=4, adaptive=True)
    steps(model, original.MAP(j=0.1))
    model.save(tmp_path / "lenet.keras")
    again = keras.saving.load_model(tmp_path / "lenet.keras")
    assert np.array_equal(np.asarray(model(IMAGES)), np.asarray(again(IMAGES)))
    assert again.loss.j == 0.1


def test_weights_go_out_and_in():
    one, other = original.build(seed=1), original.build(seed=2)
    original.set_weights(other, original.weights_of(one))
    assert np.array_equal(np.asarray(one(IMAGES)), np.asarray(other(IMAGES)))


# The losses

penalties_and_labels = st.integers(1, 4).flatmap(
    lambda rows: st.tuples(
        arrays(float, (rows, 10), elements=st.floats(0, 400)),
        arrays(np.int64, rows, elements=st.integers(0, 9)),
    )
)


@settings(deadline=None)
@given(penalties_and_labels, st.floats(0.01, 300))
def test_losses_are_equations_8_and_9(case, j):
    penalties, labels = case
    right = [row[label] for row, label in zip(penalties, labels, strict=True)]
    slow = []  # exact: 400 nats are far from the underflow of long doubles
    for row, y in zip(penalties.astype(np.longdouble), right, strict=True):
        slow.append(float(y + np.log(np.exp(-np.longdouble(j)) + np.sum(np.exp(-row)))))
    assert np.isclose(reference.mse_loss(penalties, labels), np.mean(right))
    assert np.isclose(reference.map_loss(penalties, labels, j), np.mean(slow), atol=1e-9)
    assert np.isclose(float(original.MSE()(labels, penalties)), np.mean(right), rtol=1e-5)
    ours = float(original.MAP(j)(labels, penalties))
    assert np.isclose(ours, np.mean(slow), rtol=1e-5, atol=1e-4)


@settings(deadline=None, max_examples=40)
@given(penalties_and_labels, st.floats(0.01, 300))
def test_gradient_matches_differences_and_tape(case, j):
    import tensorflow as tf

    penalties, labels = case
    penalties = penalties / 40  # where every class still counts
    gradient = reference.map_gradient(penalties, labels, j)
    for place in np.ndindex(penalties.shape):
        ends = []
        for sign in (1, -1):
            moved = penalties.copy()
            moved[place] += sign * 1e-5
            ends.append(reference.map_loss(moved, labels, j))
        assert abs((ends[0] - ends[1]) / 2e-5 - gradient[place]) < 1e-6
    outputs = tf.Variable(penalties, dtype=tf.float32)
    with tf.GradientTape() as tape:
        loss = original.MAP(j)(labels, outputs)
    np.testing.assert_allclose(tape.gradient(loss, outputs), gradient, atol=1e-5)


def test_map_behaves_as_the_paper_says():
    random = np.random.default_rng(0)
    near, labels = random.uniform(0, 6, (50, 10)), random.integers(0, 10, 50)
    far = near + 200
    # It is positive, and below the MSE plus log(11) always.
    for j in (0.1, 1, 10):
        assert reference.map_loss(near, labels, j) > 0
        assert reference.map_loss(near, labels, j) < reference.mse_loss(near, labels) + np.log(11)
    # All penalties far above j: only the rubbish class is left in the sum, MSE less j.
    assert np.isclose(
        reference.map_loss(far, labels, 1), reference.mse_loss(far, labels) - 1, atol=1e-9
    )
    assert np.allclose(reference.map_posterior(far, 1)[:, -1], 1)
    assert np.allclose(
        reference.map_gradient(far, labels, 1), np.eye(10)[labels] / len(labels), atol=1e-9
    )
    # j far above all penalties: the cross-entropy of a softmax of minus the penalties.
    cross = [reference.cross_entropy(-y, int(k)) for y, k in zip(near, labels, strict=True)]
    assert np.isclose(reference.map_loss(near, labels, 300), np.mean(cross))
    # Pushing a wrong class away lowers MAP and leaves MSE as it is.
    pushed = near.copy()
    pushed[np.arange(50), (labels + 1) % 10] += 1
    assert reference.map_loss(pushed, labels, 1) < reference.map_loss(near, labels, 1)
    assert reference.mse_loss(pushed, labels) == reference.mse_loss(near, labels)
    assert np.allclose(reference.map_posterior(near, 2).sum(axis=1), 1)


def test_huge_penalties_stay_finite():
    huge = np.array([[1e30, 2e30], [0, 1e30]])
    assert np.isfinite(reference.map_loss(huge, [0, 1], 1))
    assert np.isfinite(float(original.MAP(1)(np.array([0, 1]), huge)))


# What does not fit


class Unknown(Layer):
    kind = "unknown"
    output_shape = staticmethod(lambda input_shape: (3,))
    receptive_field = staticmethod(lambda input_shape, before: before)
    parameters = staticmethod(lambda input_shape: 1)


@dataclass(frozen=True)
class Table:
    """What makes TableConvolution of a table, for the list below."""

    table: tuple

    def __call__(self):
        return original.TableConvolution(self.table)(np.zeros((1, 8, 8, 3), np.float32))


PENALTIES = np.ones((2, 10))
HALF = np.where(np.arange(840).reshape(10, 84) == 300, 0.5, 1)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        *[(lambda j=j: original.MAP(j), "j must be a positive number, not")
          for j in (0, -1, np.nan, np.inf, None, "one")],
        (lambda: original.MAP(), "j"),
        (lambda: reference.map_loss(PENALTIES, [0, 1], 0), "j must be a positive number, not 0"),
        (lambda: reference.map_posterior(PENALTIES, -2), "j must be a positive number, not -2"),
        (lambda: original.EuclideanRBF(HALF), r"\+1 or -1 in each place, but code 3 has 0.5"),
        (lambda: original.EuclideanRBF(np.full((10, 84), np.nan)), "but code 0 has nan"),
        (lambda: original.EuclideanRBF(np.ones(84)), r"codes must have shape \(classes, inputs\)"),
        (lambda: original.build(codes=HALF), r"codes must be \+1 or -1"),
        (lambda: original.build(codes=np.ones((9, 84))), "codes must be 10, one a class, not 9"),
        (lambda: original.build(codes=np.ones((10, 80))), "Output must be fed by 80 units"),
        (Table(()), "filters must be at least 1"),
        (Table(((0, 1), ())), "table row 1 must name at least one channel, not none"),
        (Table(((0, 0),)), "table row 0 must name each channel once"),
        (Table(((0, 3),)), "table row 0 may name channels 0 to 2 of this input, not 3"),
        (
            lambda: LENET5_1998.replace(Convolution("C3", filters=16, table=TABLE_I[:15])),
            "one row for each of the 16 filters, not 15",
        ),
        (
            lambda: original.build().get_layer("C3").set_full_weights(
                np.ones((5, 5, 6, 16)), np.zeros(16)
            ),
            "kernel of C3 must be zero where its table has no link",
        ),
        (
            lambda: original.build().get_layer("C3").set_full_weights(
                np.ones((5, 5, 16, 6)), np.zeros(16)
            ),
            "kernel of C3 must have shape",
        ),
        (lambda: original.set_weights(original.build(), {"C9": ()}), "not 'C9'"),
        (lambda: original.keras_layer(Convolution("C", padding=1)), "one that Keras has ready"),
        (lambda: reference.convolve_table(np.zeros((8, 8, 2)), np.zeros((3, 3, 2, 4)),
                                          np.zeros(4), ((0,),) * 3), "one row for each of the 4"),
        (lambda: reference.rbf(np.zeros(3), np.ones((10, 84))), "values must have shape"),
        (lambda: reference.rbf(np.zeros(84), np.ones(84)), "codes must have shape"),
        (lambda: reference.codes("é"), "one printable ASCII character"),
        (lambda: reference.mse_loss(np.ones(10), [0]), "penalties must have shape"),
        (lambda: reference.mse_loss(np.ones((0, 10)), []), "penalties must have shape"),
        (lambda: reference.mse_loss(PENALTIES, [0]), "labels must have shape"),
        (lambda: reference.mse_loss(PENALTIES, [0, 10]), "labels must be between 0 and 9"),
        (lambda: reference.mse_loss(PENALTIES, [0.5, 1]), "labels must be whole numbers"),
        (lambda: reference.map_posterior(np.ones(10), 1), "penalties must have shape"),
        (lambda: reference.initial_weights(Network("N", (4,), (Unknown("U"),))),
         "network must have layers of the table"),
        (lambda: reference.forward(np.zeros((4, 4, 1)), {"U": (np.zeros(1), np.zeros(1))},
                                   Network("N", (4, 4, 1), (Unknown("U"),))),
         "network must have layers of the table"),
    ],
)  # fmt: skip
def test_what_does_not_fit_gets_a_sentence(call, sentence):
    with pytest.raises((ValueError, TypeError), match=sentence):
        call()


def test_keras_alone_has_no_part_of_1998_ready():
    for row in LENET5_1998.rows:
        with pytest.raises(ValueError, match=r"Those of 1998 are in lenet_utils\.original"):
            models.keras_layer(row.layer)
    ready = LENET5_1998.replace(AveragePooling("S2"), RadialBasis("Output", units=10))
    assert isinstance(original.build(ready).get_layer("S2"), keras.layers.AveragePooling2D)


def test_importing_it_is_silent():
    code = "from lenet_utils import original; original.build()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
