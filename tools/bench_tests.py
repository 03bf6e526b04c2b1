"""Say where the time of `make test` goes: python tools/bench_tests.py.

It runs `make test` and adds up, file by file and chapter by chapter, how long the tests took.
The files run on several processes at once, so that the sum is more than the time on the clock.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as Tree
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BOUND = 12  # minutes on two cores


def seconds_by_file(report: Path) -> Counter:
    """Return how many seconds each file's tests took, from one of pytest's reports."""
    seconds = Counter()
    for case in Tree.parse(report).iter("testcase"):
        name = case.get("classname").removeprefix("tests.").removeprefix("chapters.")
        seconds[name.split("::")[0]] += float(case.get("time"))
    return seconds


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        done = subprocess.run(["make", "test", f"REPORT={folder}"], cwd=ROOT)
        minutes = (time.perf_counter() - started) / 60
        for report in sorted(Path(folder).glob("*.xml")):
            seconds = seconds_by_file(report)
            print(f"\n{sum(seconds.values()):.0f} s of work")
            for name, count in seconds.most_common(25):
                print(f"  {name:40} {count:7.1f} s")
    print(f"\nmake test: {minutes:.1f} min, at most {BOUND} min")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
