"""The command line of the experiments: python -m lenet_utils.experiments NAME [--jobs N]."""

import argparse
from pathlib import Path

from lenet_utils.experiments import (
    capstone,
    course,
    digits,
    methods,
    original,
    playback,
    relatives,
    robustness,
)

EXPERIMENTS = {
    "digits": digits.main,
    "course": course.main,
    "playback": playback.main,
    "methods": methods.main,
    "readings": original.readings,
    "choices": original.choices,
    "departures": original.departures,
    "passes": original.passes,
    "calmer": original.calmer,
    "distorted": original.distorted,
    "sizes": original.sizes,
    "relatives": relatives.relatives,
    "boosted": relatives.boosted,
    "noise": robustness.noise,
    "robustness": robustness.robustness,
    "capstone": capstone.main,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m lenet_utils.experiments", description=__doc__)
    parser.add_argument("name", choices=[*EXPERIMENTS, "all"], help="which experiment to run")
    parser.add_argument("--jobs", type=int, default=1, help="how many runs at a time (default 1)")
    parser.add_argument("--work", type=Path, default=Path(".experiments"), help="finished runs")
    arguments = parser.parse_args()
    if arguments.jobs < 1:
        parser.error(f"--jobs must be at least 1, not {arguments.jobs}.")
    chosen = EXPERIMENTS if arguments.name == "all" else [arguments.name]
    for name in chosen:
        EXPERIMENTS[name](jobs=arguments.jobs, work=arguments.work)


if __name__ == "__main__":
    main()
