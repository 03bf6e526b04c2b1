"""The paper's numbers are whole, and say where they come from."""

import itertools

import pytest

from lenet_utils import mnist, paper


def test_every_data_file_names_its_source():
    files = [path for path in paper.FOLDER.iterdir() if path.suffix in (".csv", ".txt")]
    assert len(files) == 6
    for path in files:
        assert "doi:10.1109/5.726791" in path.read_text(encoding="utf-8").splitlines()[0]


def test_learning_curve_is_fig_5():
    curve = paper.learning_curve()
    assert curve["pass"] == list(range(1, 22))
    assert (curve["test_error"][0], curve["test_error"][-1]) == (2.67, 0.95)
    assert curve["train_error"][0] > curve["test_error"][0]


def test_methods_and_rejection():
    assert paper.methods()["LeNet-5", "regular"] == 0.95
    assert paper.methods()["LeNet-5", "distorted"] == 0.8
    assert paper.rejection()["LeNet-4"] == 1.8
    assert "LeNet-5" not in paper.rejection()


def test_training_set_sizes_are_fig_6():
    points = paper.training_set_sizes()
    assert [point["patterns"] for point in points] == [15000, 30000, 60000, 60000]
    assert [point["distortions"] for point in points] == [False, False, False, True]
    assert [point["test_error"] for point in points] == [1.68, 1.14, 0.94, 0.82]
    assert [point["train_error"] for point in points] == [0.05, 0.31, 0.35, None]


def test_errors_are_the_82_of_fig_8():
    errors = paper.errors()
    indices = [error["index"] for error in errors]
    assert len(errors) == 82
    assert indices == sorted(set(indices))
    assert (indices[0], indices[-1]) == (247, 9904)
    for error in errors:
        assert error["label"] != error["answer"]
        assert {error["label"], error["answer"]} <= set(range(10))


def test_errors_have_the_labels_of_the_test_set():
    data = mnist.load()
    if not data.full:
        pytest.skip("the whole MNIST is not at hand")
    for error in paper.errors():
        assert data.test_labels[error["index"]] == error["label"]


def test_costs_are_figs_11_and_12():
    costs = paper.costs()
    assert len(costs) == 19
    assert costs["LeNet-5"] == {"multiply_accumulates": 401, "stored_variables": 60}
    assert costs["SVM poly 4"] == {"multiply_accumulates": 14000, "stored_variables": 14000}
    assert set(paper.rejection()) <= set(costs)


def test_codes_are_pictures_of_7_by_12():
    digits = [paper.code(character) for character in "0123456789"]
    for code in digits:
        assert len(code) == 12
        assert all(len(row) == 7 and set(row) <= {-1, 1} for row in code)
    for one, other in itertools.combinations(digits, 2):
        assert one != other


@pytest.mark.parametrize("character", ["", "ab", "é", 5, None])
def test_codes_of_anything_else_are_refused(character):
    with pytest.raises(ValueError, match="character must be one printable ASCII character"):
        paper.code(character)
