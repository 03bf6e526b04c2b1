"""Tangent distance: its planes and its distances against slow formulas, and bad input."""

import numpy as np
import pytest

pytest.importorskip("scipy")

from lenet_utils import methods, mnist, transform
from lenet_utils.experiments.robustness import gray_levels
from lenet_utils.tangent import CHANGES, TangentDistance, distances, tangents

DIGITS = np.stack([mnist.digit(label) for label in range(10)])


def floats(images):
    return np.asarray(images, np.float32) / 255


def moved(images, **change):
    """Return float (count, 28, 28) images after a change of `transform`."""
    inputs = mnist.to_input(images)
    if "down" in change or "right" in change:
        inputs = transform.shift(inputs, **change)
    else:
        inputs = transform.turn(inputs, **change)
    return floats(gray_levels(inputs[:, 2:-2, 2:-2]))


def test_planes_are_orthonormal_and_hold_all_seven_changes():
    blurred, planes = tangents(floats(DIGITS))
    assert blurred.shape == (10, 784)
    assert planes.shape == (10, 784, len(CHANGES))
    for plane in planes:
        np.testing.assert_allclose(plane.T @ plane, np.eye(7), atol=1e-4)


@pytest.mark.parametrize("change", [{"down": 1}, {"right": -1}, {"degrees": 5}, {"factor": 1.05}])
def test_a_small_change_stays_near_the_plane(change):
    blurred, planes = tangents(floats(DIGITS))
    changed, _ = tangents(moved(DIGITS, **change))
    away = changed - blurred
    for difference, plane in zip(away, planes, strict=True):
        left = difference - plane @ (plane.T @ difference)
        assert np.linalg.norm(left) < 0.5 * np.linalg.norm(difference)


@pytest.mark.parametrize("stiffness", [0.0, 0.3])
def test_distances_are_the_smallest_over_both_planes(stiffness):
    blurred, planes = tangents(floats(DIGITS))
    ours = distances(blurred[3], planes[3], blurred, planes, stiffness)
    for number in range(10):
        both = np.concatenate([planes[number], -planes[3]], axis=1)
        held = np.concatenate([both, np.sqrt(stiffness) * np.eye(14)])
        apart = np.concatenate([blurred[number] - blurred[3], np.zeros(14)])
        moves = np.linalg.lstsq(held, apart, rcond=None)[0]
        left = apart - held @ moves
        assert ours[number] == pytest.approx(left @ left, rel=0.01, abs=1e-3)
    assert ours[3] == pytest.approx(0, abs=1e-4)


def test_it_is_symmetric_and_never_more_than_the_distance_of_the_pixels():
    blurred, planes = tangents(floats(DIGITS))
    table = np.stack([distances(blurred[i], planes[i], blurred, planes) for i in range(10)])
    np.testing.assert_allclose(table, table.T, rtol=1e-2, atol=1e-2)
    pixels = ((blurred[:, np.newaxis] - blurred) ** 2).sum(axis=2)
    assert (table <= pixels + 1e-3).all()


def test_a_blank_image_has_no_planes_and_can_be_compared():
    blurred, planes = tangents(np.zeros((1, 28, 28)))
    assert not planes.any()
    other, plane = tangents(floats(DIGITS[:1]))
    found = distances(blurred[0], planes[0], other, plane)
    assert np.isfinite(found).all()


def test_it_reads_more_than_nearest_neighbors_do():
    data = mnist.load()
    some = np.random.default_rng(0).permutation(len(data.train_labels))[:1500]
    train = methods.database(data.train_images[some], "16x16"), data.train_labels[some]
    tests, truth = methods.database(data.test_images[:300], "16x16"), data.test_labels[:300]
    errors = [
        np.mean(method.fit(*train).answers(tests) != truth)
        for method in (methods.Neighbors(1), TangentDistance(candidates=50))
    ]
    assert errors[1] < errors[0] < 0.2


def test_its_costs_are_counted_from_what_it_keeps():
    method = TangentDistance(candidates=5).fit(DIGITS, np.arange(10))
    assert method.parameters == 0
    assert method.stored_variables == 10 * 784 * 8
    assert method.multiply_accumulates == 10 * 784 + 5 * 784 * (49 + 14 + 1)
    assert np.array_equal(method.answers(DIGITS), np.arange(10))


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (lambda: TangentDistance(k=0), "k must be a whole number of at least 1, not 0"),
        (lambda: TangentDistance(k=3, candidates=2), "candidates must be a whole number of at l"),
        (lambda: TangentDistance(stiffness=-1), "stiffness must be a finite number of at least 0"),
        (lambda: TangentDistance(smoothing=np.nan), "smoothing must be a finite number"),
        (
            lambda: TangentDistance().fit(DIGITS, np.arange(10)),
            "candidates must be at most the 10 images, not 200",
        ),
        (
            lambda: TangentDistance(candidates=5).fit(DIGITS[:, :20], np.arange(10)),
            "images must be as high as they are wide",
        ),
        (lambda: tangents(np.zeros((28, 28))), r"images must have shape \(count, height, width\)"),
        (lambda: TangentDistance().answers(DIGITS), "TangentDistance must be fitted"),
    ],
)
def test_bad_input_gets_a_sentence(bad, sentence):
    with pytest.raises(ValueError, match=sentence):
        bad()
