"""Measure what the project promises, and print it beside its bound: python tools/bench.py.

Times depend on the machine and on what else it does; ratios are taken within one run.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
STOCK_EPOCH = """
import time
from lenet_utils import mnist, models, training
keras = models.import_keras()
data = mnist.load()
models.seed(0)
inputs, labels = mnist.to_input(data.train_images), data.train_labels
stock = models.build()
stock.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
theirs = []
def one_fit():
    started = time.perf_counter()
    stock.fit(inputs, labels, batch_size=128, epochs=1, verbose=0)
    theirs.append(time.perf_counter() - started)
one_fit()
history = training.train(
    models.build(), data.train_images, data.train_labels, training.Recipe(epochs=3), 0,
    after_epoch=lambda number, history: one_fit(),
)
print(min(history.seconds[1:]), min(theirs[1:]))
"""


def timed(command: list, repeats: int = 1, **options) -> float:
    """Return the median wall time in seconds of a command that must succeed."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, cwd=ROOT, **options)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def row(what: str, measured: str, bound: str = "") -> None:
    print(f"{what:58} {measured:>16}   {bound}", flush=True)


def chapter_memory(path: Path) -> tuple[float, float]:
    """Execute a chapter; return its seconds and its kernel's peak resident memory in MB."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=900,
        resources={"metadata": {"path": str(path.parent)}},
        extra_arguments=["--IPKernelApp.log_level=40"],
    )
    peak = 0.0
    started = time.perf_counter()
    with client.setup_kernel():
        for number, cell in enumerate(notebook.cells):
            client.execute_cell(cell, number)
        seconds = time.perf_counter() - started
        status = Path(f"/proc/{client.km.provisioner.pid}/status")
        if status.exists():
            line = next(line for line in status.read_text().splitlines() if "VmHWM" in line)
            peak = int(line.split()[1]) * 1024 / 1e6
    return seconds, peak


#: Passes of the network over the example digits, and redraws of the live element. The first
#: quarter warms up; each is timed alone (the page's clock has steps of 0.1 ms), so that a median
#: leaves out what other programs did meanwhile.
PAGE_TIMES = """() => {
  const host = document.querySelector("[data-lenet-element=live]");
  const inputs = LeNetCourse.digits().map((digit) => LeNetCourse.toInput(digit.gray));
  const labels = [...host.querySelectorAll("label")];
  const turn = labels.find((one) => one.textContent === "Turn").control;
  const timed = (act, count) => {
    const times = [];
    for (let i = 0; i < count; i++) {
      const started = performance.now();
      act(i);
      times.push(performance.now() - started);
    }
    return times.slice(count / 4).sort((a, b) => a - b)[Math.floor(3 * count / 8)];
  };
  const onePass = (i) => LeNetCourse.forward(inputs[i % inputs.length]);
  const redraw = (i) => {
    turn.value = 5 * (i % 36);
    host.lenetRedraw();
    host.getBoundingClientRect(); // with the layout of the page
  };
  return [timed(onePass, 1600), timed(redraw, 400)];
}"""


def page_times() -> tuple[float, float]:
    """Return the median milliseconds of a forward pass and of a redraw of the built book."""
    from playwright.sync_api import sync_playwright

    sys.path.append(str(ROOT / "tests"))
    from conftest import browser_options

    with sync_playwright() as started:
        browser = started.chromium.launch(**browser_options())
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto((ROOT / "_build" / "html" / "book" / "welcome.html").as_uri())
        one_pass, redraw = page.evaluate(PAGE_TIMES)
        browser.close()
    return one_pass, redraw


def main() -> None:
    from lenet_utils import mnist
    from lenet_utils.experiments import read_result

    data = mnist.load()
    row("measured on", f"{os.cpu_count()} cores", repr(data))
    bare = timed([sys.executable, "-c", "pass"], 7)
    imported = timed([sys.executable, "-c", "import lenet_utils"], 7)
    row("import lenet_utils, beyond starting Python", f"{imported - bare:.3f} s", "at most 0.3 s")
    row("make book, from clean", f"{timed(['make', 'book'], 3):.1f} s", "at most 10 s")
    one_pass, redraw = page_times()
    row("one forward pass in the page", f"{one_pass:.2f} ms", "at most 1.0 ms")
    row("one full redraw of the live network", f"{redraw:.1f} ms", "at most 16 ms")

    done = subprocess.run(
        [sys.executable, "-c", STOCK_EPOCH], check=True, capture_output=True, text=True
    )
    ours, stock = (float(value) for value in done.stdout.split())
    row("an epoch of chapter 10", f"{ours:.1f} s")
    row("an epoch of model.fit(batch_size=128), in the same run", f"{stock:.1f} s")
    row("ratio of the two", f"{ours / stock:.2f}", "at most 0.9")

    total = timed([BIN / "pytest", "-q", "-p", "no:cacheprovider", "--nbval", "chapters"])
    row("pytest --nbval chapters", f"{total:.0f} s", "at most 180 s with the whole MNIST")
    for path in sorted((ROOT / "chapters").glob("*.ipynb")):
        seconds, peak = chapter_memory(path)
        row(f"  {path.stem}", f"{seconds:.1f} s {peak:5.0f} MB", "at most 1,000 MB")

    errors = [100 * run["test_error"] for run in read_result("course")["runs"] if run["final"]]
    spread = f"{statistics.mean(errors):.2f} +- {statistics.stdev(errors):.2f} %"
    row(f"test error of the recipe, {len(errors)} seeds (recorded)", spread, "mean at most 1.1 %")


if __name__ == "__main__":
    main()
