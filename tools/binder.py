"""Run chapters as Binder would: python tools/binder.py chapters/*.ipynb.

repo2docker installs requirements.txt into a fresh environment with the Python of runtime.txt,
and starts a Jupyter server. So does this (`make binder` makes the environment); every chapter is
then executed through the server's own interface, as a browser does it: a session, a web socket,
one cell after the other. The memory of the server and of its one kernel is taken ten times a
second, shared pages counted once. Binder ends what takes more than 2 GB.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.request import Request, urlopen

import nbformat
import psutil
import websocket

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".venv-binder" / "bin" / "python"
LIMIT = 2048  # MB
SLOWEST_CELL = 900  # seconds


class Failed(Exception):
    """A cell that ended with an error."""


@contextmanager
def server(python: Path, root: Path) -> Iterator[tuple[str, int]]:
    """Start a Jupyter server on a folder; give its address and its process id."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        command = [python, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", "--port=0"]
        command += ["--IdentityProvider.token=", "--allow-root", "--LabApp.news_url=None"]
        command += ["--ServerApp.disable_check_xsrf=True", f"--ServerApp.root_dir={root}"]
        settings = {"JUPYTER_CONFIG_DIR": folder, "JUPYTER_PREFER_ENV_PATH": "1"}
        settings["PATH"] = f"{python.parent}:{os.environ['PATH']}"
        with log.open("w") as output:
            running = subprocess.Popen(
                command, stdout=output, stderr=output, env={**os.environ, **settings}
            )
        try:
            for _ in range(240):
                found = re.search(r"http://(127\.0\.0\.1:\d+)/", log.read_text())
                if found or running.poll() is not None:
                    break
                time.sleep(0.5)
            if not found:
                raise RuntimeError(f"The Jupyter server did not start.\n{log.read_text()}")
            yield found[1], running.pid
            if running.poll() is not None:
                print(f"The Jupyter server ended by itself.\n{log.read_text()}", file=sys.stderr)
        finally:
            running.terminate()
            running.wait(timeout=60)


def ask(address: str, path: str, method: str = "GET", body: dict | None = None):
    """Ask the server's interface for something, and return its answer."""
    data = None if body is None else json.dumps(body).encode()
    request = Request(f"http://{address}/api/{path}", data, method=method)
    with urlopen(request, timeout=60) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def run_cell(socket, source: str) -> None:
    """Execute one cell, and wait until the kernel is idle again."""
    identity = uuid.uuid4().hex
    header = {"msg_id": identity, "msg_type": "execute_request", "username": "", "session": ""}
    content = {"code": source, "silent": False, "store_history": True, "allow_stdin": False}
    header |= {"version": "5.3", "date": ""}
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
    socket.send(json.dumps({**message, "channel": "shell", "buffers": []}))
    fault, ended = "", time.monotonic() + SLOWEST_CELL
    while time.monotonic() < ended:
        received = socket.recv()
        if not isinstance(received, str):
            continue  # a widget's buffers
        answer = json.loads(received)
        if answer["parent_header"].get("msg_id") != identity:
            continue
        if answer["msg_type"] == "error":
            fault = f"{answer['content']['ename']}: {answer['content']['evalue']}"
        if answer["msg_type"] == "status" and answer["content"]["execution_state"] == "idle":
            if fault:
                raise Failed(fault)
            return
    raise Failed(f"no answer within {SLOWEST_CELL} s")


class Memory(threading.Thread):
    """The most memory in MB that a process and all its children have taken together."""

    def __init__(self, process: int):
        super().__init__(daemon=True)
        self.process, self.peak, self.running = psutil.Process(process), 0.0, True

    def run(self) -> None:
        while self.running:
            total = 0
            for one in [self.process, *self.process.children(recursive=True)]:
                try:
                    full = one.memory_full_info()
                except psutil.Error:
                    continue  # it has just ended
                total += getattr(full, "pss", full.uss)
            self.peak = max(self.peak, total / 2**20)
            time.sleep(0.1)


def run(path: Path, root: Path, address: str, process: int) -> tuple[float, float]:
    """Execute a chapter through the server; return its seconds and the peak memory in MB."""
    name = path.resolve().relative_to(root).as_posix()
    asked = {"path": name, "name": path.name, "type": "notebook", "kernel": {"name": "python3"}}
    started = time.perf_counter()
    session = ask(address, "sessions", "POST", asked)
    memory = Memory(process)
    memory.start()
    channels = f"ws://{address}/api/kernels/{session['kernel']['id']}/channels"
    socket = websocket.create_connection(channels, timeout=SLOWEST_CELL)
    try:
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                run_cell(socket, cell.source)
    finally:
        memory.running = False
        socket.close()
        with suppress(OSError):  # if the server is gone, the cell has said so
            ask(address, f"sessions/{session['id']}", "DELETE")
    memory.join()
    return time.perf_counter() - started, memory.peak


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="+", type=Path)
    parser.add_argument("--python", type=Path, default=PYTHON)
    given = parser.parse_args()
    if not given.python.exists():
        sys.exit(f"There is no {given.python}. Run: make binder")
    failed, root = 0, given.notebooks[0].resolve().parent.parent
    with server(given.python.absolute(), root) as (address, process):
        for path in given.notebooks:
            try:
                seconds, peak = run(path, root, address, process)
            except (Failed, OSError, websocket.WebSocketException) as fault:
                failed += 1
                print(f"{path}: failed. {fault}", file=sys.stderr, flush=True)
                continue
            much = "" if peak < LIMIT else f", which is more than {LIMIT} MB"
            failed += bool(much)
            print(f"{path}: {seconds:.1f} s, {peak:.0f} MB{much}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
