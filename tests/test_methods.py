"""The methods of Fig. 9 do what their descriptions say, and the recorded figures are theirs."""

import itertools
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenet_utils import experiments, methods, mnist, paper, transform
from lenet_utils.distort import Distortion
from lenet_utils.experiments import methods as experiment


@pytest.fixture(scope="module")
def digits():
    """1,500 training images of all classes to learn from, and 300 others to ask about."""
    data = mnist.load()
    chosen = np.random.default_rng(0).permutation(len(data.train_images))[:1800]
    images, labels = data.train_images[chosen], data.train_labels[chosen].astype(int)
    return images[:1500], labels[:1500], images[1500:], labels[1500:]


@pytest.fixture(scope="module")
def small(digits):
    """The same at 14x14, every second pixel, for what is slow to do by brute force."""
    images, labels, others, others_labels = digits
    return images[:600, ::2, ::2], labels[:600], others[:, ::2, ::2], others_labels


def rows(images, bias=False):
    flat = images.reshape(len(images), -1) / 255
    return np.c_[flat, np.ones(len(flat))] if bias else flat


def ridge(inputs, targets, penalty):
    """Least squares with a penalty on all weights but the last, as more rows of equations."""
    more = np.sqrt(penalty) * np.eye(inputs.shape[1])[:-1]
    stacked = np.r_[inputs, more]
    wanted = np.r_[targets, np.zeros((len(more), *targets.shape[1:]))]
    return np.linalg.lstsq(stacked, wanted, rcond=None)[0]


def of_class(labels):
    return np.where(labels[:, np.newaxis] == np.arange(10), 1.0, -1.0)


# Databases


def test_databases(digits):
    images = digits[0][:20]
    assert methods.database(images, "regular") is images
    assert np.array_equal(methods.database(images, "deslanted"), transform.deslant(images))


# Rejection


def rejected_by_brute_force(scores, labels, error):
    """Try every threshold on the difference of the two best scores."""
    ordered = np.sort(scores, axis=1)
    margins = ordered[:, -1] - ordered[:, -2]
    wrong = scores.argmax(axis=1) != labels
    best = 100.0
    for threshold in margins:
        kept = margins >= threshold
        if wrong[kept].mean() <= error:
            best = min(best, 100 * (1 - kept.mean()))
    return best


@given(
    st.integers(1, 40),
    st.integers(2, 5),
    st.sampled_from([0, 0.005, 0.1, 0.3, 1]),
    st.integers(0, 2**32 - 1),
)
def test_rejection_is_the_best_of_all_thresholds(count, classes, error, seed):
    random = np.random.default_rng(seed)
    scores = random.integers(0, 6, (count, classes)).astype(float)  # with many equals
    labels = random.integers(0, classes, count)
    expected = rejected_by_brute_force(scores, labels, error)
    assert methods.rejected_percent(scores, labels, error) == pytest.approx(expected)


def test_rejection_by_hand():
    # Differences 4, 3, 2, 1; the third and the last are wrong.
    scores = np.array([[4, 0], [0, 3], [2, 0], [1, 0]])
    labels = np.array([0, 1, 1, 1])
    assert methods.rejected_percent(scores, labels, 0) == 50
    assert methods.rejected_percent(scores, labels, 0.34) == 25
    assert methods.rejected_percent(scores, labels, 0.5) == 0
    assert methods.rejected_percent(scores, 1 - labels, 0.1) == 100


# Linear


def test_least_squares_is_least_squares(small):
    images, labels, others, _ = small
    method = methods.Linear(penalty=0.01).fit(images, labels)
    weights = ridge(rows(images, True), of_class(labels), 0.01 * len(images))
    assert np.allclose(method.scores(others), rows(others, True) @ weights, atol=1e-4)
    shortest = np.linalg.lstsq(rows(images, True), of_class(labels), rcond=None)[0]
    plain = methods.Linear().fit(images, labels).scores(images)
    assert np.mean((plain - of_class(labels)) ** 2) == pytest.approx(
        np.mean((rows(images, True) @ shortest - of_class(labels)) ** 2), rel=1e-3
    )


@pytest.mark.parametrize("training", ["squashed", "logistic"])
def test_slopes_are_those_of_the_losses(training):
    random = np.random.default_rng(0)
    sums, labels = random.normal(size=(4, 10)), np.array([3, 0, 9, 3])
    targets = of_class(labels)

    def loss(sums):
        if training == "squashed":
            return np.sum((1.7159 * np.tanh(2 / 3 * sums) - targets) ** 2) / 2
        shares = np.exp(sums) / np.exp(sums).sum(axis=1, keepdims=True)
        return -np.log(shares[np.arange(4), labels]).sum()

    slopes = getattr(methods, f"_slope_of_{training}")(sums, targets)
    for place in itertools.product(range(4), range(10)):
        step = np.zeros_like(sums)
        step[place] = 1e-5
        numeric = (loss(sums + step) - loss(sums - step)) / 2e-5
        assert slopes[place] == pytest.approx(numeric, abs=1e-6)


@pytest.mark.parametrize(("training", "rate"), [("squashed", 0.01), ("logistic", 0.1)])
def test_descent_learns_and_follows_its_seed(digits, training, rate):
    images, labels, others, wanted = digits

    def fitted(seed):
        return methods.Linear(training, rate=rate, epochs=10, seed=seed).fit(images, labels)

    one = fitted(1)
    assert np.mean(one.answers(others) != wanted) < 0.25
    assert np.array_equal(one.scores(others), fitted(1).scores(others))
    assert not np.array_equal(one.scores(others), fitted(2).scores(others))


# Pairwise


def test_each_unit_is_trained_on_its_pair_alone(small):
    images, labels, others, _ = small
    scores = np.zeros((len(others), 10))
    squashed = scores.copy()
    for i, j in itertools.combinations(range(10), 2):
        pair = (labels == i) | (labels == j)
        wanted = np.where(labels[pair] == i, 1.0, -1.0)
        weights = ridge(rows(images[pair], True), wanted, 0.01 * pair.sum())
        unit = rows(others, True) @ weights
        for total, value in ((scores, unit), (squashed, np.tanh(5 * unit))):
            total[:, i] += value
            total[:, j] -= value
    fitted = methods.Pairwise(penalty=0.01).fit(images, labels)
    assert np.allclose(fitted.scores(others), scores, atol=1e-4)
    fitted = methods.Pairwise(penalty=0.01, gain=5).fit(images, labels)
    assert np.allclose(fitted.scores(others), squashed, atol=1e-3)


# Nearest neighbors


@pytest.mark.parametrize("k", [1, 3, 5])
def test_neighbors_by_brute_force(small, k):
    images, labels, others, _ = small
    given = methods.Neighbors(k).fit(images, labels).answers(others)
    for other, answer in zip(rows(others), given, strict=True):
        distances = np.linalg.norm(rows(images) - other, axis=1)
        order = np.argsort(distances)
        votes = np.bincount(labels[order[:k]], minlength=10)
        tied = np.flatnonzero(votes == votes.max())
        expected = min(tied, key=lambda label: distances[labels == label].min())
        assert answer == expected


def test_a_stored_image_is_its_own_nearest_neighbor(digits):
    images, labels, _, _ = digits
    assert np.array_equal(methods.Neighbors(1).fit(images, labels).answers(images), labels)


# Principal components and products


@pytest.mark.parametrize("terms", methods.TERMS)
def test_quadratic_is_linear_on_products_of_components(digits, terms):
    images, labels, others, _ = digits
    method = methods.PcaQuadratic(12, penalty=1e-3, terms=terms).fit(images, labels)
    mean = rows(images).mean(axis=0)
    directions = np.linalg.svd(rows(images) - mean, full_matrices=False)[2][:12].T

    def polynomial(images):
        z = (rows(images) - mean) @ directions
        products = [
            z[:, i] * z[:, j]
            for i in range(12)
            for j in range(i, 12)
            if i < j or terms != "cross and linear"
        ]
        linear = [] if terms == "products" else list(z.T)
        return np.stack([*linear, *products, np.ones(len(z))], axis=1)

    # A component's sign is free, but its products' weights follow it: the scores are the same.
    weights = ridge(polynomial(images), of_class(labels), 1e-3 * len(images))
    assert np.allclose(method.scores(others), polynomial(others) @ weights, atol=1e-3)


def test_quadratic_by_descent_is_linear_by_descent_on_features_of_one_scale(digits):
    images, labels, others, wanted = digits
    settings = {"training": "squashed", "rate": 0.01, "epochs": 3, "seed": 7}
    method = methods.PcaQuadratic(12, **settings).fit(images, labels)
    inputs, shown = (method.features(np.float32(rows(x))) for x in (images, others))
    mean, deviation = inputs.mean(axis=0), inputs.std(axis=0)
    linear = methods.Linear(**settings)
    linear._fit((inputs - mean) / deviation, labels)
    expected = linear._scores((shown - mean) / deviation)
    assert np.allclose(method.scores(others), expected, atol=1e-3)
    assert np.mean(method.answers(others) != wanted) < 0.3


def test_forty_components_make_821_inputs(digits):
    images, labels, _, _ = digits
    inputs = {}
    for terms in methods.TERMS:
        method = methods.PcaQuadratic(40, 1e-3, terms).fit(images, labels)
        inputs[terms] = method.features(rows(images[:1])).shape[1] + 1
        assert method.parameters == 10 * inputs[terms]
    assert list(inputs.values()) == [821, 821, 861]


# Gaussian units


def test_k_means_by_brute_force():
    random = np.random.default_rng(3)
    points = random.normal(size=(60, 2))
    start = points[np.random.default_rng(5).choice(60, 4, replace=False)]
    found, squares = methods.k_means(points, 4, 1, np.random.default_rng(5))
    nearest = [min(range(4), key=lambda c: np.sum((p - start[c]) ** 2)) for p in points]
    means = [points[np.array(nearest) == c].mean(axis=0) for c in range(4)]
    assert np.allclose(found, means)
    assert squares == pytest.approx(
        sum(min(np.sum((p - mean) ** 2) for mean in means) for p in points)
    )
    falling = [methods.k_means(points, 4, n, np.random.default_rng(5))[1] for n in range(8)]
    assert falling == sorted(falling, reverse=True)
    assert falling[0] > falling[-1]


def test_a_center_without_inputs_stays():
    points = np.ones((5, 2))  # all ties go to the first center
    centers, squares = methods.k_means(points, 3, 2, np.random.default_rng(0))
    assert np.array_equal(centers, np.ones((3, 2)))
    assert squares == 0


def test_rbf_network_by_its_formula(small):
    images, labels, others, wanted = small
    method = methods.RbfNetwork(group=20, rounds=5, width=1.0, penalty=1e-6, seed=4)
    method.fit(images, labels)
    assert method.centers.shape == (200, 14 * 14)
    nearest = [
        min(np.sum((x - c) ** 2) for c in method.centers[20 * label : 20 * label + 20])
        for x, label in zip(rows(images), labels, strict=True)
    ]
    width = np.sqrt(np.mean(nearest))

    def units(images):
        squares = np.sum((rows(images)[:, np.newaxis] - method.centers) ** 2, axis=2)
        return np.c_[np.exp(-squares / (2 * width**2)), np.ones(len(images))]

    weights = ridge(units(images), of_class(labels), 1e-6 * len(images))
    assert np.allclose(method.scores(others), units(others) @ weights, atol=0.01)
    assert np.mean(method.answers(others) != wanted) < 0.2


# Support vectors


@pytest.mark.parametrize("unit_length", [False, True])
def test_working_sets_find_the_machines_of_all_images(digits, unit_length):
    from sklearn.svm import SVC

    images, labels, others, _ = digits
    settings = {"gamma": 0.03, "offset": 1.0, "limit": 0.05}
    if unit_length:
        settings = {"gamma": 1.0, "offset": 0.5, "limit": 2.0}
    method = methods.SupportVectors(4, **settings, unit_length=unit_length, chunk=200)
    method.fit(images, labels)

    def vectors(images):
        return rows(images) / (np.linalg.norm(rows(images), axis=1)[:, None] if unit_length else 1)

    expected = np.empty((len(others), 10))
    for label in range(10):
        machine = SVC(
            kernel="poly",
            degree=4,
            gamma=settings["gamma"],
            coef0=settings["offset"],
            C=settings["limit"],
        )
        machine.fit(vectors(images), labels == label)
        expected[:, label] = machine.decision_function(vectors(others))
    scores = method.scores(others)
    assert np.abs(scores - expected).max() < 0.05
    assert np.mean(scores.argmax(axis=1) == expected.argmax(axis=1)) > 0.98
    assert len(method.vectors) < len(images)
    assert np.isfinite(method.scores(np.zeros_like(others[:1]))).all()


def test_hidden_units_learn_follow_their_seed_and_see_distorted_images(digits):
    images, labels, others, truth = digits

    def fitted(**settings):
        return methods.Hidden((20,), epochs=4, rate=0.01, **settings).fit(images, labels)

    method = fitted()
    scores = method.scores(others)
    assert np.mean(scores.argmax(axis=1) == truth) > 0.7
    np.testing.assert_allclose(fitted().scores(others), scores, atol=1e-4)
    assert np.abs(fitted(seed=1).scores(others) - scores).max() > 0.1
    gentle = Distortion(across=1, scale=1.1)
    assert np.abs(fitted(distortion=gentle).scores(others) - scores).max() > 0.1


# Costs


def test_costs_are_the_papers(digits):
    images, labels, _, _ = digits
    upright = methods.database(images, "deslanted")
    costs = paper.costs()
    linear = methods.Linear(penalty=1e-3)
    assert linear.fit(images, labels).parameters == 7850
    assert linear.fit(upright, labels).parameters == 4010
    assert linear.stored_variables == 4010
    pairwise = methods.Pairwise(1e-3).fit(images, labels)
    quadratic = methods.PcaQuadratic(40, 1e-3).fit(images, labels)
    # The costs of 100 centers a class, from those of 10: both grow with the centers alone.
    rbf = methods.RbfNetwork(group=10, rounds=1).fit(images, labels)
    assert rbf.multiply_accumulates == 100 * (784 + 10)
    for name, method in (
        ("Linear", linear),
        ("Pairwise linear", pairwise),
        ("40 PCA + quadratic", quadratic),
    ):
        for kind, thousands in costs[name].items():
            assert getattr(method, kind) / 1000 == pytest.approx(thousands, abs=1.5), (name, kind)
    for kind, thousands in costs["1000 RBF + linear"].items():
        assert getattr(rbf, kind) / 100 == pytest.approx(thousands, abs=1), kind
    neighbors = methods.Neighbors().fit(upright, labels)
    each = neighbors.multiply_accumulates / len(images)
    assert each * 60_000 == 1000 * costs["K-NN Euclidean (deslanted)"]["multiply_accumulates"]
    assert neighbors.stored_variables == neighbors.multiply_accumulates
    for name, units, shown in (
        ("20x20-300-10 (deslanted)", (300,), upright),
        ("28x28-1000-10", (1000,), images),
        ("28x28-300-100-10", (300, 100), images),
        ("28x28-500-150-10", (500, 150), images),
    ):
        hidden = methods.Hidden(units, epochs=1).fit(shown, labels)
        for kind, thousands in costs[name].items():
            assert getattr(hidden, kind) / 1000 == pytest.approx(thousands, abs=1.5), (name, kind)
    machine = methods.SupportVectors().fit(images[:, ::4, ::4], labels)
    vectors, pixels = machine.vectors.shape
    assert pixels == 49
    assert vectors + 10 < machine.parameters <= 10 * vectors + 10
    assert machine.stored_variables == vectors * pixels + machine.parameters
    assert machine.multiply_accumulates == vectors * pixels + machine.parameters - 10


# Bad input

BLANK = np.zeros((10, 28, 28), np.uint8)
EACH = np.arange(10)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda: methods.database(BLANK, "32x32"),
            "name must be one of regular, deslanted, 16x16, not",
        ),
        (lambda: methods.Linear("newton"), "training must be squares, squashed or logistic"),
        (lambda: methods.Linear(penalty=-1), "penalty must be a finite number of at least 0"),
        (lambda: methods.Linear(epochs=1.5), "epochs must be a whole number of at least 1"),
        (lambda: methods.Linear(rate=float("nan")), "rate must be a finite number"),
        (lambda: methods.Pairwise(gain=0), "gain must be positive, or None, not 0"),
        (lambda: methods.Neighbors(0), "k must be a whole number of at least 1, not 0"),
        (lambda: methods.Neighbors(11).fit(BLANK, EACH), "k must be at most the 10 images"),
        (lambda: methods.PcaQuadratic(terms="all"), "terms must be one of: products;"),
        (lambda: methods.PcaQuadratic(785).fit(BLANK, EACH), "components must be at most the 784"),
        (lambda: methods.RbfNetwork(width=0), "width must be positive, not 0"),
        (lambda: methods.RbfNetwork().fit(BLANK, EACH), "group must be at most the 1 images"),
        (lambda: methods.SupportVectors(degree=0), "degree must be a whole number"),
        (lambda: methods.SupportVectors(gamma=-1), "gamma must be positive, not -1"),
        (lambda: methods.Hidden(()), "units must hold the size of one hidden layer or more"),
        (lambda: methods.Hidden((0,)), "units must be a whole number of at least 1, not 0"),
        (lambda: methods.Hidden(epochs=0), "epochs must be a whole number"),
        (lambda: methods.Linear().fit(BLANK / 255, EACH), "images must be uint8 gray levels"),
        (lambda: methods.Linear().fit(BLANK[0], EACH), "images must have shape"),
        (lambda: methods.Linear().fit(BLANK, EACH[:9]), "labels must have shape"),
        (lambda: methods.Linear().fit(BLANK, EACH // 2), "labels must hold every digit, but 5"),
        (lambda: methods.Linear().scores(BLANK), "Linear must be fitted before it is asked"),
        (lambda: methods.Neighbors().parameters + methods.Linear().parameters, "must be fitted"),
        (
            lambda: methods.Linear(penalty=1).fit(BLANK, EACH).scores(BLANK[:, 4:24, 4:24]),
            "images must be of 28x28 pixels, as those it was fitted to, not 20x20",
        ),
        (lambda: methods.sums_of_pairs(np.zeros((3, 44))), "units must have shape"),
        (lambda: methods.k_means(np.zeros((3, 2)), 4, 1, None), "count must be between 1 and 3"),
        (lambda: methods.rejected_percent(np.zeros((3, 1)), EACH[:3]), "scores must have shape"),
        (lambda: methods.rejected_percent(np.eye(3), EACH[:2]), "labels must have shape"),
        (lambda: methods.rejected_percent(np.eye(3) * np.nan, EACH[:3]), "scores must be finite"),
        (lambda: methods.rejected_percent(np.eye(3), EACH[:3], 2), "error must be a fraction"),
    ],
)
def test_wrong_arguments_get_a_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_a_method_that_could_not_be_fitted_does_not_answer():
    method = methods.Neighbors(11).fit(np.repeat(BLANK, 2, axis=0), np.repeat(EACH, 2))
    assert method.scores(BLANK[:0]).shape == (0, 10)
    with pytest.raises(ValueError, match="k must be at most"):
        method.fit(BLANK, EACH)
    with pytest.raises(ValueError, match="must be fitted"):
        method.scores(BLANK)


def test_scikit_learn_is_imported_only_where_it_is_used():
    code = "import sys, lenet_utils.methods; sys.exit('sklearn' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


# What was recorded


def test_rows_of_the_experiment_are_bars_of_the_figure():
    assert len({row.name for row in experiment.ROWS}) == len(experiment.ROWS)
    for row in experiment.ROWS:
        assert (row.figure, row.database) in paper.methods()
        for setting in row.settings:
            experiment.prepared(row.kind, row.database, setting)


def test_the_experiment_wants_the_whole_set(monkeypatch, tmp_path):
    monkeypatch.setenv("LENET_MNIST", "sample")
    with pytest.raises(ValueError, match="needs the whole MNIST"):
        experiment.main(work=tmp_path, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_recorded_choices_are_those_of_the_validation_images():
    runs = experiments.read_result("methods")["runs"]
    chosen = {run["row"]: run for run in runs if not run["final"]}
    assert list(chosen) == [row.name for row in experiment.ROWS]
    for row in experiment.ROWS:
        choice = chosen[row.name]
        assert choice["settings"] == row.settings
        best = int(np.argmin(choice["errors"]))
        assert (choice["chosen"], choice["validation_error"]) == (
            row.settings[best],
            choice["errors"][best],
        )
        final = [run for run in runs if run["final"] and run["row"] == row.name]
        assert [run["seed"] for run in final] == (list(experiment.SEEDS) if row.random else [None])
        for run in final:
            assert run["setting"] == choice["chosen"]
            assert (run["figure"], run["variant"]) == (row.figure, row.variant)
            assert 0 < run["test_error"] < 0.2


@pytest.mark.parametrize(
    "name", ["linear-squares-regular", "linear-squares-deslanted", "quadratic-products-and-linear"]
)
def test_recorded_figures_can_be_had_again(name):
    if not mnist.load().full:
        pytest.skip("the whole MNIST is not at hand")
    runs = experiments.read_result("methods")["runs"]
    (run,) = [run for run in runs if run["final"] and run["name"] == name]
    again = experiment.measure(name, run["kind"], run["database"], run["setting"], run["seed"])
    for key in ("parameters", "stored_variables", "multiply_accumulates"):
        assert again[key] == run[key]
    # Rounding differs from machine to machine, and may turn an answer or two.
    assert again["test_error"] == pytest.approx(run["test_error"], abs=3e-4)
    assert again["rejected_percent"] == pytest.approx(run["rejected_percent"], abs=0.5)
