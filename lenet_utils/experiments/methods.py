"""Fig. 9's methods from before convolutions: settings chosen by validation, then tested once.

A row of the result is a method in one variant on one database. Where the paper leaves open how
a method was trained, there are several variants: the choice among them is the reader's, the
choice of settings within each is made on the validation images alone.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from lenet_utils import methods, mnist, tangent
from lenet_utils.experiments import (
    RESULTS,
    recorded_runs,
    run_all,
    whole_mnist,
    write_result,
)
from lenet_utils.experiments.original import BEST_DISTORTION
from lenet_utils.experiments.patterns import DISTORTIONS

SEEDS = range(5)
LIBRARIES = ("scikit-learn",)
KINDS = {**vars(methods), "TangentDistance": tangent.TangentDistance}


def grid(**values) -> list[dict]:
    """Return every combination of the given values, as a list of settings."""
    settings: list[dict] = [{}]
    for name, choices in values.items():
        settings = [{**setting, name: choice} for setting in settings for choice in choices]
    return settings


@dataclass(frozen=True)
class Row:
    """A method of Fig. 9 in one variant, and the settings to choose from.

    `figure` is the paper's name of it, `kind` the class in `lenet_utils.methods` or `tangent`.
    `images` is how many training images the choice is made with; None takes all that the split
    leaves.
    """

    name: str
    figure: str
    variant: str
    database: str
    kind: str
    settings: list[dict]
    random: bool = False
    images: int | None = None


PENALTIES = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)
LINEAR = {
    "squares": grid(training=["squares"], penalty=PENALTIES),
    "squashed": grid(training=["squashed"], rate=[0.01, 0.003, 0.001], epochs=[10]),
    "logistic": grid(training=["logistic"], rate=[0.1, 0.03], epochs=[10]),
}
#: Which networks of hidden units are bars of the figure, in the figure's three kinds of images.
SIDES = {"regular": "28x28", "distorted": "28x28", "deslanted": "20x20"}
HIDDEN = (
    *(
        (units, database)
        for units in ((300,), (1000,), (300, 100), (500, 150))
        for database in ("regular", "distorted")
    ),
    ((300,), "deslanted"),
)
ROWS = (
    *(
        Row(
            f"linear-{training}-{database}", "Linear", training, database, "Linear",
            settings, random=training != "squares",
        )
        for database in ("regular", "deslanted")
        for training, settings in LINEAR.items()
    ),
    Row(
        "pairwise-sums", "Pairwise linear", "sums", "regular", "Pairwise",
        grid(penalty=PENALTIES),
    ),
    Row(
        "pairwise-squashed", "Pairwise linear", "squashed", "regular", "Pairwise",
        grid(penalty=[1e-3], gain=[2, 4, 8, 16]),
    ),
    Row(
        "neighbors-regular", "K-NN Euclidean", "", "regular", "Neighbors", grid(k=[1, 3, 5, 7])
    ),
    Row(
        "neighbors-deslanted", "K-NN Euclidean (k=3)", "", "deslanted", "Neighbors", grid(k=[3])
    ),
    Row(
        "tangent", "Tangent distance", "", "16x16", "TangentDistance",
        grid(k=[1, 3], smoothing=[0.7], stiffness=[0.0, 0.1]),
    ),
    *(
        Row(
            f"quadratic-{terms.replace(' ', '-')}", "40 PCA + quadratic", f"{terms}, squares",
            "regular", "PcaQuadratic", grid(terms=[terms], penalty=[1e-5, 1e-3]),
        )
        for terms in methods.TERMS
    ),
    *(
        Row(
            f"quadratic-{terms.replace(' ', '-')}-squashed", "40 PCA + quadratic",
            f"{terms}, squashed", "regular", "PcaQuadratic",
            grid(terms=[terms], training=["squashed"], rate=[0.003, 0.001], epochs=[10]),
            random=True,
        )
        for terms in ("products", "cross and linear")
    ),
    Row(
        "rbf", "1000 RBF + linear", "", "regular", "RbfNetwork",
        grid(rounds=[10], width=[0.5, 0.7, 1.0, 1.5], penalty=[1e-7])
        + grid(rounds=[10], width=[0.7], penalty=[1e-5])
        + grid(rounds=[0, 30], width=[0.7], penalty=[1e-7]),
        random=True,
    ),
    Row(
        "svm", "SVM poly 4", "gray levels", "regular", "SupportVectors",
        grid(gamma=[0.01, 0.03], limit=[0.1, 1.0]), images=10_000,
    ),
    Row(
        "svm-unit-length", "SVM poly 4", "unit length", "regular", "SupportVectors",
        grid(unit_length=[True], gamma=[1.0], offset=[0.0, 0.5], limit=[1.0, 10.0]),
        images=10_000,
    ),
    *(
        Row(
            f"hidden-{'-'.join(map(str, units))}-{database}",
            "-".join(map(str, (SIDES[database], *units, 10))), "", database, "Hidden",
            grid(units=[list(units)], epochs=[10], rate=[0.003, 0.001]), random=True, images=20_000,
        )
        for units, database in HIDDEN
    ),
)  # fmt: skip


def prepared(kind: str, database: str, setting: dict, seed: int | None = None):
    """Return a method with its setting, not fitted yet."""
    more = {} if seed is None else {"seed": seed}
    if database == "distorted":
        more["distortion"] = DISTORTIONS[BEST_DISTORTION]
    return KINDS[kind](**setting, **more)


def shown_as(images, database: str) -> np.ndarray:
    """Return images of a database. Distorted ones are made of regular ones, and tested on them."""
    return methods.database(images, "regular" if database == "distorted" else database)


def choose(name: str, kind: str, database: str, settings: list[dict], images: int | None) -> dict:
    """Fit with each of the settings, and choose the first with the fewest validation errors."""
    split = mnist.load().split()
    train = shown_as(split.train_images[:images], database)
    shown = shown_as(split.validation_images, database)
    errors = []
    for setting in settings:
        method = prepared(kind, database, setting).fit(train, split.train_labels[:images])
        errors.append(float(np.mean(method.answers(shown) != split.validation_labels)))
    best = int(np.argmin(errors))
    return {"errors": errors, "chosen": settings[best], "validation_error": errors[best]}


def measure(name: str, kind: str, database: str, setting: dict, seed: int | None) -> dict:
    """Fit to all training images with the chosen setting, and look at the test images once."""
    data = mnist.load()
    method = prepared(kind, database, setting, seed)
    train = shown_as(data.train_images, database)
    shown = shown_as(data.test_images, database)
    started = time.perf_counter()
    method.fit(train, data.train_labels)
    fitted = time.perf_counter()
    scores = method.scores(shown)
    return {
        "test_error": float(np.mean(scores.argmax(axis=1) != data.test_labels)),
        "rejected_percent": round(methods.rejected_percent(scores, data.test_labels), 2),
        "parameters": method.parameters,
        "stored_variables": method.stored_variables,
        "multiply_accumulates": method.multiply_accumulates,
        "fit_seconds": round(fitted - started, 1),
        "test_seconds": round(time.perf_counter() - fitted, 1),
    }


def main(jobs: int = 1, work: Path = Path(".experiments"), folder: Path = RESULTS) -> None:
    """Choose and test what is not there yet, then write methods.json."""
    whole_mnist()
    before = recorded_runs("methods", folder, LIBRARIES)
    wanted = ("kind", "database", "settings", "images")
    choices = run_all(
        "methods",
        choose,
        [(f"choose-{row.name}", {key: asdict(row)[key] for key in wanted}) for row in ROWS],
        jobs,
        work,
        before,
    )
    tests, titles = [], []
    for row, choice in zip(ROWS, choices, strict=True):
        for seed in SEEDS if row.random else [None]:
            arguments = {"kind": row.kind, "database": row.database}
            more = {"setting": choice["chosen"], "seed": seed}
            name = row.name if seed is None else f"{row.name}-seed-{seed}"
            tests.append((name, {**arguments, **more}))
            titles.append({"row": row.name, "figure": row.figure, "variant": row.variant})
    tested = run_all("methods", measure, tests, jobs, work, before)
    runs = [{**run, **title, "final": True} for run, title in zip(tested, titles, strict=True)]
    for row, choice in zip(ROWS, choices, strict=True):
        title = {"row": row.name, "figure": row.figure, "variant": row.variant}
        runs.append({**choice, **title, "final": False})
    write_result("methods", runs, "the whole MNIST", folder, libraries=LIBRARIES)
