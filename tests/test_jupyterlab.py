"""The elements with a kernel: in a real JupyterLab, in a real browser."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

Late = pytest.importorskip("playwright.sync_api").TimeoutError

pytestmark = pytest.mark.browser

CELLS = [
    "from lenet_utils.widgets import *\ncalculator = LayerCalculator('C1')\ncalculator",
    "ConvolutionStepper(digit=5)",
    "PoolingStepper(digit=5)",
    "ConnectionTable('1998')",
    "ReceptiveFieldExplorer('S4', row=2, column=2)",
    "LeNetLive(digit=4)",
    "TrainingPlayback()",
    "calculator.filters = 7\nprint('the page sees', calculator.filters)",
    "print('Python sees', calculator.stride, calculator.output_shape)",
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab with one notebook; its address."""
    folder = tmp_path_factory.mktemp("lab")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, folder / "elements.ipynb")
    log = folder / "log"
    settings = {"JUPYTER_CONFIG_DIR": str(folder / "config"), "JUPYTER_PREFER_ENV_PATH": "1"}
    command = [
        Path(sys.executable).parent / "jupyter-lab",
        "--no-browser",
        "--ip=127.0.0.1",
        "--port=0",
        "--IdentityProvider.token=",
        "--allow-root",
        f"--ServerApp.root_dir={folder}",
        "--LabApp.news_url=None",
    ]
    with log.open("w") as output:
        server = subprocess.Popen(
            command, stdout=output, stderr=output, env={**os.environ, **settings}
        )
    try:
        for _ in range(120):
            found = re.search(r"http://127\.0\.0\.1:\d+/", log.read_text())
            if found or server.poll() is not None:
                break
            time.sleep(0.5)
        assert found, log.read_text()
        yield found[0]
    finally:
        server.terminate()
        server.wait(timeout=30)


def test_every_element_lives_and_shares_its_values_with_python(lab, open_page):
    watched = open_page(f"{lab}lab/tree/elements.ipynb", width=1280)
    page = watched.page
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for(timeout=60_000)
    page.locator(".jp-Notebook-ExecutionIndicator").first.wait_for(timeout=60_000)
    # JupyterLab may ask which kernel to use, before or after it is told to run: then run again.
    answer = page.locator(".jp-Dialog button.jp-mod-accept")
    result = page.get_by_text("Python sees 1")
    page.add_locator_handler(answer, lambda: answer.click())
    for _ in range(6):
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        try:
            result.wait_for(timeout=25_000)
            break
        except Late:
            continue
    assert result.count() == 1
    for name in (
        "calculator",
        "convolution",
        "pooling",
        "connections",
        "fields",
        "live",
        "playback",
    ):
        host = page.locator(f".lenet-{name}.lenet-element").first
        host.scroll_into_view_if_needed(timeout=30_000)
        assert host.locator("input, select, button").count() >= 2, name
    calculator = page.locator(".lenet-calculator").first
    calculator.scroll_into_view_if_needed()
    filters = calculator.get_by_label("Filters or units")
    assert filters.input_value() == "7"  # what Python set, the page shows
    stride = calculator.get_by_label("Stride")
    stride.focus()
    page.keyboard.press("ArrowUp")  # JupyterLab must not take the key
    assert stride.input_value() == "2"
    last = page.locator(".jp-CodeCell").nth(len(CELLS) - 1)
    last.scroll_into_view_if_needed()
    last.locator(".jp-InputArea-editor").click()
    page.keyboard.press("Control+Enter")
    page.get_by_text("Python sees 2 (14, 14, 7)").wait_for(timeout=30_000)
