"""MNIST is found, checked and prepared; whatever is wrong with a file is said in a sentence."""

import http.server
import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from lenet_utils import mnist


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """No MNIST in any cache, and none on the network."""
    monkeypatch.delenv("LENET_MNIST", raising=False)
    monkeypatch.setenv("LENET_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr(mnist, "URL", "http://127.0.0.1:9/mnist.npz")
    return tmp_path


@pytest.fixture
def small(monkeypatch):
    """Let MNIST be a few images, so that whole files can be made and broken quickly."""
    random = np.random.default_rng(0)
    shapes = {"x_train": (60, 28, 28), "y_train": (60,), "x_test": (10, 28, 28), "y_test": (10,)}
    arrays = {
        key: random.integers(0, 256 if key[0] == "x" else 10, shape).astype(np.uint8)
        for key, shape in shapes.items()
    }
    published = {key: (array.shape, mnist._idx_md5(array)) for key, array in arrays.items()}
    monkeypatch.setattr(mnist, "ARRAYS", published)
    return arrays


@pytest.fixture
def server(monkeypatch):
    """A server on this machine that answers as `behave(handler)` does."""
    servers = []

    def start(behave):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                behave(self)

            def log_message(self, *_):
                pass

        running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        running.daemon_threads = True
        threading.Thread(target=running.serve_forever, daemon=True).start()
        servers.append(running)
        monkeypatch.setattr(mnist, "URL", f"http://127.0.0.1:{running.server_port}/mnist.npz")

    yield start
    for running in servers:
        running.shutdown()


def send(handler, content, length=None, status=200):
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(content) if length is None else length))
    handler.end_headers()
    handler.wfile.write(content)


def saved(path, arrays):
    np.savez(path, **arrays)
    return path


def test_sample_is_real_mnist_and_split_by_class():
    sample = mnist._sample()
    assert not sample.full
    assert (sample.train_images.shape, sample.test_images.shape) == ((4000, 28, 28), (1000, 28, 28))
    assert np.all(np.bincount(sample.train_labels) == 400)
    assert np.all(np.bincount(sample.test_labels) == 100)
    assert "a sample of MNIST: 4,000 training" in repr(sample)


def test_whole_set_is_used_where_it_is_at_hand():
    data = mnist.load()
    if not data.full:
        pytest.skip("the whole MNIST is not at hand")
    assert (len(data.train_images), len(data.test_images)) == (60000, 10000)
    # Every image of the sample is one of the training images.
    known = {image.tobytes() for image in data.train_images}
    assert all(image.tobytes() in known for image in mnist._sample().test_images)


def test_named_file_is_used(small, nowhere, monkeypatch):
    path = saved(nowhere / "named.npz", small)
    monkeypatch.setenv("LENET_MNIST", str(path))
    data = mnist.load()
    assert data.full
    assert np.array_equal(data.train_images, small["x_train"])


def broken_files(arrays):
    whole = {key: array.copy() for key, array in arrays.items()}
    yield "swapped", {**whole, "x_train": whole["x_test"], "x_test": whole["x_train"]}, "x_train"
    yield "foreign", {"weights": np.zeros(3)}, "has no array x_train"
    yield "partial", {key: whole[key] for key in list(whole)[:2]}, "has no array x_test, y_test"
    yield "scaled", {**whole, "x_train": whole["x_train"] / 255}, "must be uint8 of shape"
    changed = whole["y_test"].copy()
    changed[3] = (changed[3] + 1) % 10
    yield "changed", {**whole, "y_test": changed}, "content of y_test is not the published one"
    yield "pickled", {**whole, "y_test": np.array([{}] * 10, dtype=object)}, "not a whole .npz file"


def test_wrong_files_are_named_and_refused(small, nowhere, monkeypatch):
    for name, arrays, sentence in broken_files(small):
        path = saved(nowhere / f"{name}.npz", arrays)
        monkeypatch.setenv("LENET_MNIST", str(path))
        with pytest.raises(ValueError, match=sentence) as caught:
            mnist.load()
        assert str(path) in str(caught.value)


@pytest.mark.parametrize("part", [0, 1, 100, 30_000, -10])
def test_truncated_files_are_refused(small, nowhere, monkeypatch, part):
    content = saved(nowhere / "whole.npz", small).read_bytes()
    path = nowhere / "cut.npz"
    path.write_bytes(content[:part])
    monkeypatch.setenv("LENET_MNIST", str(path))
    with pytest.raises(ValueError, match=r"cut\.npz"):
        mnist.load()


@pytest.mark.parametrize("at", [0.02, 0.3, 0.6, 0.97])
def test_damaged_files_are_refused(small, nowhere, monkeypatch, at):
    content = bytearray(saved(nowhere / "whole.npz", small).read_bytes())
    place = int(len(content) * at)
    content[place : place + 8] = b"\xff" * 8
    path = nowhere / "damaged.npz"
    path.write_bytes(content)
    monkeypatch.setenv("LENET_MNIST", str(path))
    with pytest.raises(ValueError, match=r"damaged\.npz"):
        mnist.load()


def test_missing_file_and_folder_are_named(nowhere, monkeypatch):
    for path in (nowhere / "none.npz", nowhere):
        monkeypatch.setenv("LENET_MNIST", str(path))
        with pytest.raises(ValueError, match="is not a file"):
            mnist.load()


def test_damaged_cache_is_said_and_passed_over(small, nowhere, server, capsys):
    cached = mnist.cache_path()
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"half a file")
    content = saved(nowhere / "whole.npz", small).read_bytes()
    server(lambda handler: send(handler, content))
    assert mnist.load().full
    assert f"passed over a damaged copy. {cached}" in capsys.readouterr().err
    assert cached.read_bytes() == content  # replaced whole


def test_download_is_kept_and_then_not_asked_for_again(small, nowhere, server):
    asked = []
    content = saved(nowhere / "whole.npz", small).read_bytes()
    server(lambda handler: (asked.append(1), send(handler, content)))
    assert mnist.load().full
    assert mnist.load().source == str(mnist.cache_path())
    assert len(asked) == 1
    assert [path.name for path in mnist.cache_path().parent.iterdir()] == ["mnist.npz"]


def test_keras_cache_is_used(small, nowhere):
    path = nowhere / "keras" / "datasets" / "mnist.npz"
    path.parent.mkdir(parents=True)
    saved(path, small)
    assert mnist.load().source == str(path)


def stops(handler):
    send(handler, b"x" * 1000, length=100_000)


def stalls(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    time.sleep(3)


def trickles(handler):
    handler.send_response(200)
    handler.end_headers()
    try:
        for _ in range(100):
            handler.wfile.write(b"x" * 300_000)
            time.sleep(0.1)
    except OSError:
        pass


def error_page(handler):
    send(handler, b"<html>Please log in to this network.</html>")


def not_found(handler):
    send(handler, b"gone", status=404)


@pytest.mark.parametrize("behave", [stops, stalls, trickles, error_page, not_found])
def test_bad_downloads_fall_back_and_say_so(nowhere, server, monkeypatch, capsys, behave):
    monkeypatch.setattr(mnist, "STALL", 0.5)
    monkeypatch.setattr(mnist, "DEADLINE", 1)
    monkeypatch.setattr(mnist, "LARGEST_DOWNLOAD", 2**21)
    server(behave)
    data = mnist.load()
    assert not data.full
    said = capsys.readouterr().err
    assert said.count("using the 5,000 MNIST images") == 1
    assert "could not be fetched" in said
    assert not mnist.cache_path().parent.exists()


def test_without_network_the_sample_is_used_and_said_once(nowhere, capsys):
    assert not mnist.load().full
    assert capsys.readouterr().err.count("lenet_utils:") == 1


def test_cache_that_cannot_be_written_is_said(small, nowhere, server, monkeypatch, capsys):
    content = saved(nowhere / "whole.npz", small).read_bytes()
    (nowhere / "file").write_text("a file where the folder should be")
    monkeypatch.setenv("LENET_CACHE", str(nowhere / "file"))
    server(lambda handler: send(handler, content))
    assert mnist.load().full
    assert "could not be kept in" in capsys.readouterr().err


def test_failed_write_leaves_nothing_behind(nowhere, monkeypatch):
    def fails(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(mnist.os, "replace", fails)
    assert "No space left on device" in mnist._keep(b"content", mnist.cache_path())
    assert list(mnist.cache_path().parent.iterdir()) == []


def test_two_processes_can_load_at_once(small, nowhere, server):
    content = saved(nowhere / "whole.npz", small).read_bytes()
    server(lambda handler: (time.sleep(0.2), send(handler, content)))
    code = (
        "from lenet_utils import mnist; import sys\n"
        f"mnist.URL, mnist.ARRAYS = {mnist.URL!r}, {mnist.ARRAYS!r}\n"
        "assert mnist.load().full"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code], env=dict(os.environ)) for _ in range(2)
    ]
    assert [process.wait(timeout=60) for process in running] == [0, 0]
    assert mnist.load().source == str(mnist.cache_path())


def test_without_mnist_anywhere_the_error_says_what_to_do(nowhere, monkeypatch):
    monkeypatch.setattr(mnist.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(FileNotFoundError, match=r"Set LENET_MNIST to an mnist\.npz, or run: pip"):
        mnist.load()


def test_split_is_the_same_every_time_and_loses_nothing():
    data = mnist._sample()
    split, again = data.split(), data.split()
    assert np.array_equal(split.validation_images, again.validation_images)
    assert len(split.validation_images) == 4000 // 12
    everything = np.concatenate([split.train_images, split.validation_images])
    assert sorted(map(bytes, everything)) == sorted(map(bytes, data.train_images))
    for wrong in (0, 4000, -3):
        with pytest.raises(ValueError, match="validation must be between 1 and 3999"):
            data.split(wrong)


def test_to_input_is_what_the_paper_says():
    image = np.zeros((28, 28), np.uint8)
    image[0, 0], image[27, 27] = 255, 51
    inputs = mnist.to_input(image)
    assert inputs.shape == (1, 32, 32, 1)
    assert inputs.dtype == np.float32
    assert np.isclose(inputs[0, 2, 2, 0], 1.175)
    assert np.isclose(inputs[0, 29, 29, 0], -0.1 + 1.275 * 0.2)
    assert np.isclose(inputs[0, 0, 0, 0], -0.1)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: mnist.to_input(np.zeros((28, 28))), "They look scaled already"),
        (
            lambda: mnist.to_input(np.full((28, 28), 255.0)),
            r"gray levels, 0 to 255, not float64\.$",
        ),
        (lambda: mnist.to_input(mnist.to_input(np.zeros((28, 28), np.uint8))), "scaled already"),
        (lambda: mnist.to_input(np.zeros((32, 32), np.uint8)), "must have shape .28, 28."),
        (lambda: mnist.to_input(np.zeros((1, 28, 28, 1), np.uint8)), "must have shape"),
        (lambda: mnist.check_labels([0, 10], 2), "labels must be 0 to 9, not 0 to 10"),
        (lambda: mnist.check_labels([-1], 1), "labels must be 0 to 9, not -1"),
        (lambda: mnist.check_labels([0.5], 1), "labels must be whole numbers"),
        (lambda: mnist.check_labels([1, 2], 3), "labels must have shape .3,."),
        (lambda: mnist.center_of_mass(np.zeros((5, 5))), "must have some ink"),
        (lambda: mnist.bounding_box(np.zeros((5, 5))), "must have some ink"),
        (lambda: mnist.center_of_mass(np.zeros(5)), "image must have shape"),
        (lambda: mnist.place(np.ones((30, 3))), "box must be between 1x1 and 28x28"),
        (lambda: mnist.digit(10), "label must be a digit from 0 to 9, not 10"),
        (lambda: mnist.digit("5"), "label must be a digit"),
    ],
)
def test_wrong_arguments_get_a_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_placing_a_digit_again_gives_the_same_image():
    for image in mnist._sample().test_images:
        assert np.array_equal(mnist.place(image[mnist.bounding_box(image)]), image)


def test_shipped_digits_are_in_the_training_set():
    data = mnist.load()
    if not data.full:
        pytest.skip("the whole MNIST is not at hand")
    with np.load(mnist.DIGITS) as archive:
        for label, index in enumerate(archive["indices"]):
            assert data.train_labels[index] == label
            assert np.array_equal(data.train_images[index], mnist.digit(label))
