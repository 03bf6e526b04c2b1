"""The 1998 network trained the paper's way: Figs. 5 and 6, and what was chosen on the way.

`readings` tries, on validation images, the scale of the loss, the constant j and the start of the
weights that the paper leaves open; `choices` what we chose ourselves: the strength of distortions,
and another loss for LeNet-1. `departures` changes one part of the network at a time. `passes`,
`calmer`, `distorted` and `sizes` train on all images and are judged on the test set.
"""

from __future__ import annotations

from pathlib import Path

from lenet_utils import mnist
from lenet_utils.architecture import DEPARTURES, LENET5_1998
from lenet_utils.experiments import RESULTS, recorded_runs, run_all, write_result, write_whole
from lenet_utils.experiments.patterns import LIBRARIES, settings, train_once, unpack
from lenet_utils.sdlm import MU, SCHEDULE

SEEDS = range(5)
WHOLE = "the whole MNIST"

#: The loss as printed, and the printed rates times mu: flat weights then take steps of the rate
#: itself. The best of the readings on validation images, and not the nearest to Fig. 5.
CALMER = {"scale": 1.0, "schedule": [MU * rate for rate in SCHEDULE]}

#: The start of EBLearn, a later library of the same group: within +-1 by the root of the fan-in.
EBLEARN = {"scale": 1.0, "power": 0.5, "reach": 1.0}

#: What each reading of the paper changes; a scale of 2/84 with j = 10 is the one we use.
READINGS = {
    "2/84, j = 10": {},
    "1/84, j = 10": {"scale": 1 / 84},
    "2/84, j = 1": {"j": 1.0},
    "2/84, j = 0.1": {"j": 0.1},
    "2/84, MSE": {"kind": "MSE"},
    "2/84, j = 10, start within 2.4 / root F": {"power": 0.5},
    "2/84, j = 1, start within 2.4 / root F": {"j": 1.0, "power": 0.5},
    "1/10, j = 10": {"scale": 1 / 10},
    "1/10, j = 10, start within 2.4 / root F": {"scale": 1 / 10, "power": 0.5},
    "as printed, j = 10": {"scale": 1.0},
    "as printed, j = 10, rates times 0.02": CALMER,
    "as printed, j = 10, start within 1 / root F": EBLEARN,
    "the same, curvature of the outputs constant": {**EBLEARN, "curved": "MSE"},
}

DEPARTURE_PASSES, DEPARTURE_PATTERNS = 5, 20_000
#: The scale of the cross-entropy, for those that end in a softmax: of 0.3, 1 and 3 the one
#: with the lowest validation error of seed 0. The first diverges at 3, and is worse at 0.1, too.
SOFTMAX_SCALES = {"softmax output": 0.3, "all of them: the network of the course": 1.0}
DEPARTURE_SEEDS = range(5)
SIZES_SEEDS = range(5)

#: Chosen on validation images, by `choices`.
BEST_DISTORTION = "gentle"
CHOICE_SEEDS = range(2)
LENET1_SCALES = (0.3, 1.0, 3.0)


def slug(text: str) -> str:
    """Return a name as part of a file's name."""
    return "".join(letter if letter.isalnum() else "-" for letter in text.lower()).strip("-")


def _measure(
    name: str, runs: list, jobs: int, work: Path, folder: Path, labels: dict | None = None,
    ship: str | None = None,
) -> None:  # fmt: skip
    """Do the runs and write their result file; `labels` adds a list of values to the runs."""
    before = [] if ship else recorded_runs(name, folder, LIBRARIES)
    finished = run_all(name, train_once, runs, jobs, work, before)
    for number, run in enumerate(finished):
        run |= {key: values[number] for key, values in (labels or {}).items()}
    more = {"shipped": _ship(ship, name, work, folder)} if ship else {}
    write_result(name, finished, WHOLE, folder, LIBRARIES, **more)


def _ship(run: str, name: str, work: Path, folder: Path) -> dict:
    """Copy a run's weights into the package, and return what these very values reach."""
    content = (work / "weights" / f"{run}.npz").read_bytes()
    write_whole(folder / f"{name}_weights.npz", content)
    data = mnist.load()
    trainer = unpack(folder / f"{name}_weights.npz", LENET5_1998)
    tested = trainer.error_rate(data.test_images, data.test_labels)
    return {"run": run, "precision": "float16", "test_error": tested}


def readings(jobs: int = 1, work: Path = Path(".experiments"), folder: Path = RESULTS) -> None:
    """Try every reading for all 20 passes, seed 0, judged on validation images."""
    runs = [
        (f"reading-{slug(reading)}", settings(**change, work=work))
        for reading, change in READINGS.items()
    ]
    _measure("readings", runs, jobs, work, folder, {"reading": list(READINGS)})


def choices(jobs: int = 1, work: Path = Path(".experiments"), folder: Path = RESULTS) -> None:
    """The strength of distortions and the scale of LeNet-1's other loss, on validation images."""
    changes = {f"distortion {name}": {"distortion": name} for name in ("Fig. 7", "gentle")}
    network, kind = "LeNet-1, softmax output", "cross-entropy"
    changes |= {
        f"{network}, scale {scale:g}": {"network": network, "kind": kind, "scale": scale}
        for scale in LENET1_SCALES
    }
    runs, labels = [], []
    for choice, change in changes.items():
        for seed in CHOICE_SEEDS:
            labels.append(choice)
            runs.append(
                (f"choice-{slug(choice)}-seed-{seed}", settings(**change, seed=seed, work=work))
            )
    _measure("choices", runs, jobs, work, folder, {"choice": labels})


def departures(jobs: int = 1, work: Path = Path(".experiments"), folder: Path = RESULTS) -> None:
    """Change one part of the 1998 network at a time, judged on validation images.

    The softmax comes once more, with the scale that suits the network of the course.
    """
    course = SOFTMAX_SCALES["all of them: the network of the course"]
    rows = [(change, change, SOFTMAX_SCALES.get(change)) for change in DEPARTURES]
    rows.insert(-1, ("softmax output, the course's scale", "softmax output", course))
    runs, changes = [], []
    for title, change, scale in rows:
        loss = {"kind": "cross-entropy", "scale": scale} if scale else {}
        for seed in DEPARTURE_SEEDS:
            changes.append("" if title == "none" else title)
            schedule = SCHEDULE[:DEPARTURE_PASSES]
            arguments = settings(
                change, **loss, schedule=schedule, seed=seed, patterns=DEPARTURE_PATTERNS, work=work
            )
            runs.append((f"departure-{slug(title)}-seed-{seed}", arguments))
    _measure("departures", runs, jobs, work, folder, {"change": changes})


def _all_images(name: str, jobs: int, work: Path, folder: Path, **change) -> None:
    """Train on all images, 20 passes, every seed, judged by the test set; ship seed 0's weights."""
    runs = [
        (f"{name}-seed-{seed}", settings(**change, seed=seed, judged="test", work=work))
        for seed in SEEDS
    ]
    _measure(name, runs, jobs, work, folder, ship=runs[0][0])


def passes(jobs: int = 1, work: Path = Path(".experiments"), folder: Path = RESULTS) -> None:
    """Fig. 5: no distortions, 20 passes, a few seeds; seed 0's weights are shipped."""
    _all_images("passes", jobs, work, folder)


def calmer(jobs: int = 1, work: Path = Path(".experiments"), folder: Path = RESULTS) -> None:
    """As `passes`, with smaller steps where the loss is steep."""
    _all_images("calmer", jobs, work, folder, **CALMER)


def distorted(jobs: int = 1, work: Path = Path(".experiments"), folder: Path = RESULTS) -> None:
    """Fig. 6's last point: with distortions, a few seeds; seed 0's weights are shipped."""
    _all_images("distorted", jobs, work, folder, distortion=BEST_DISTORTION)


def sizes(jobs: int = 1, work: Path = Path(".experiments"), folder: Path = RESULTS) -> None:
    """Fig. 6: the first 15,000 and 30,000 patterns, no distortions."""
    runs = [
        (
            f"first-{patterns}-seed-{seed}",
            settings(seed=seed, judged="test", patterns=patterns, work=work),
        )
        for patterns in (15000, 30000)
        for seed in SIZES_SEEDS
    ]
    _measure("sizes", runs, jobs, work, folder)
