"""How far four networks can be pushed: error against scale, shift, turn and noise.

`noise` trains the 1998 network on images of which every pass inverts one pixel in ten anew, as
the paper does for its noisy examples. `robustness` then measures every trained network on test
images that are changed step by step. Source: section III and Fig. 13 of the paper.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from lenet_utils import mnist, models, sdlm, transform
from lenet_utils.architecture import LENET5, LENET5_1998
from lenet_utils.experiments import RESULTS, run_all, write_result, write_whole
from lenet_utils.experiments.original import SEEDS
from lenet_utils.experiments.patterns import LIBRARIES, data_for, pack, settings, unpack

#: Every kind of change: the function that makes it, and how far it goes.
CHANGES = {
    "scale": (
        lambda images, by: transform.turn(images, 0, by),
        (0.5, 0.6, 0.7, 0.85, 1, 1.2, 1.4, 1.7, 2),
    ),
    "shift": (
        lambda images, by: transform.shift(images, down=by),
        (-10, -6, -4, -2, 0, 2, 4, 6, 10),
    ),
    "turn": (
        lambda images, by: transform.turn(images, by),
        (-60, -45, -30, -15, 0, 15, 30, 45, 60),
    ),
    "noise": (
        lambda images, by: transform.invert(images, by),
        (0, 0.02, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4),
    ),
}
#: What the paper states of its own network (page 17), as (lowest, highest) of each change. The
#: shift is half the height of a character, which fills 20 pixels; the noise is what it saw.
STATED = {"scale": (0.5, 2), "shift": (-10, 10), "turn": (-30, 30), "noise": (0, 0.1)}

EVERY = 4  # one test image in four, so that both halves of the test set are there
COURSE, PLAIN, DISTORTED, NOISY = (
    "the course's network",
    "1998, no distortions",
    "1998, distortions",
    "1998, noise",
)
NOISE_SEEDS = range(2)
PROBABILITY = 0.1
BATCH = 1_000  # images that are changed at a time, to keep memory low
WHOLE = "the whole MNIST"


def gray_levels(inputs) -> np.ndarray:
    """Return network input (count, side, side, 1) as uint8 gray levels (count, side, side)."""
    step = (mnist.FOREGROUND - mnist.BACKGROUND) / 255
    levels = np.rint((np.asarray(inputs)[..., 0] - mnist.BACKGROUND) / step)
    return np.clip(levels, 0, 255).astype(np.uint8)


def changed(images, kind: str, amount: float) -> np.ndarray:
    """Return uint8 (count, 32, 32) images: `images`, uint8 (count, 28, 28), after one change.

    `kind` is a key of CHANGES. Raises ValueError for another one.
    """
    if kind not in CHANGES:
        raise ValueError(f"kind must be one of {', '.join(CHANGES)}, not {kind!r}.")
    change, _ = CHANGES[kind]
    starts = range(0, len(images), BATCH)
    parts = [change(mnist.to_input(images[start : start + BATCH]), amount) for start in starts]
    return np.concatenate([gray_levels(part) for part in parts])


def inverted(images, probability: float, seed: int) -> np.ndarray:
    """Return uint8 (count, 32, 32): `images` (count, 28, 28) with pixels inverted at random."""
    random = np.random.default_rng(seed)
    wide = np.pad(images, ((0, 0), (mnist.BORDER,) * 2, (mnist.BORDER,) * 2))
    for part in np.array_split(wide, max(1, len(wide) // BATCH)):  # views: `wide` is changed
        hit = random.random(part.shape, dtype=np.float32) < probability
        np.subtract(255, part, out=part, where=hit)
    return wide


def course_trainer() -> sdlm.Trainer:
    """Return the course's network with its shipped weights, as a Trainer that can score images."""
    trainer = sdlm.Trainer(LENET5)
    trainer.load({**trainer.named(), **models.trained_weights()})  # pooling has none of its own
    return trainer


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def _files(work: Path) -> list[dict]:
    """Return the trained networks, each with its training, seed and file of weights."""
    found = [{"training": COURSE, "seed": 0, "path": models.WEIGHTS}]
    for training, run, seeds in (
        (PLAIN, "passes", SEEDS),
        (DISTORTED, "distorted", SEEDS),
        (NOISY, "noise", NOISE_SEEDS),
    ):
        for seed in seeds:
            path = work / "weights" / f"{run}-seed-{seed}.npz"
            if not path.exists():
                raise ValueError(
                    f"The weights {path} are not there yet. "
                    f"Run: python -m lenet_utils.experiments {run}"
                )
            found.append({"training": training, "seed": seed, "path": path})
    return [{**each, "path": str(each["path"]), "weights": _digest(each["path"])} for each in found]


def curve(name: str, kind: str, amounts: list, every: int, networks: list[dict]) -> dict:
    """Return the error of every network at every amount of one change, on test images."""
    _, _, images, labels = data_for("test")
    images, labels = images[::every], labels[::every]
    trainers = [
        course_trainer() if each["training"] == COURSE else unpack(Path(each["path"]), LENET5_1998)
        for each in networks
    ]
    errors = [[] for _ in networks]
    for amount in amounts:
        seen = changed(images, kind, amount)
        for own, trainer in zip(errors, trainers, strict=True):
            own.append(trainer.error_rate(seen, labels))
        mean = np.mean([own[-1] for own in errors])
        print(f"  {name}: {amount}, {mean:.1%} wrong on average", flush=True)
    return {"images": len(images), "errors": errors}


def robustness(jobs: int = 1, work: Path = Path(".experiments"), folder: Path = RESULTS) -> None:
    """Measure four curves for every trained network; needs the weights of three experiments."""
    networks = _files(work)
    runs = [
        (kind, {"kind": kind, "amounts": list(amounts), "every": EVERY, "networks": networks})
        for kind, (_, amounts) in CHANGES.items()
    ]
    finished = run_all("robustness", curve, runs, jobs, work)
    for run in finished:
        kept = ("training", "seed", "weights")  # and not where a file lay on this machine
        run["networks"] = [{key: each[key] for key in kept} for each in run["networks"]]
    write_result("robustness", finished, WHOLE, folder, LIBRARIES)


def train_noisy(
    name: str, seed: int, probability: float, schedule: list, loss: dict, power: float,
    work: str, patterns: int | None = None,
) -> dict:  # fmt: skip
    """Train the 1998 network on images inverted anew in every pass, and keep its weights."""
    images, labels, tests, truth = data_for("test", patterns)
    trainer = sdlm.Trainer(LENET5_1998, sdlm.Loss(**loss), seed, power=power)
    noisy_tests = inverted(tests, probability, seed=10**6)  # noise that no pass has seen

    def prepare(number):
        return inverted(images, probability, 1000 * seed + number)

    def after_pass(number, record):
        measured = {
            "test_error": trainer.error_rate(tests, truth),
            "noisy_test_error": trainer.error_rate(noisy_tests, truth),
        }
        print(
            f"  {name}: pass {number} of {len(schedule)}, {measured['test_error']:.2%} wrong on "
            f"clean and {measured['noisy_test_error']:.2%} on noisy test images",
            flush=True,
        )
        return measured

    history = sdlm.train(trainer, images, labels, schedule, seed, prepare, after_pass)
    write_whole(Path(work) / "weights" / f"{name}.npz", pack(trainer))
    last = {key: history[-1][key] for key in ("test_error", "noisy_test_error")}
    return {"history": history, **last}


def noise(jobs: int = 1, work: Path = Path(".experiments"), folder: Path = RESULTS) -> None:
    """Train with 10 % of the pixels inverted, 20 passes, a few seeds; seed 0's weights ship."""
    same = settings(work=work)  # as without noise, so that noise is the only difference
    arguments = {key: same[key] for key in ("schedule", "loss", "power", "work")}
    arguments["probability"] = PROBABILITY
    runs = [(f"noise-seed-{seed}", {"seed": seed, **arguments}) for seed in NOISE_SEEDS]
    finished = run_all("noise", train_noisy, runs, jobs, work)
    path = folder / "noise_weights.npz"
    write_whole(path, (work / "weights" / f"{runs[0][0]}.npz").read_bytes())
    _, _, tests, truth = data_for("test")
    tested = unpack(path, LENET5_1998).error_rate(tests, truth)
    shipped = {"run": runs[0][0], "precision": "float16", "test_error": tested}
    write_result("noise", finished, WHOLE, folder, LIBRARIES, shipped=shipped)
