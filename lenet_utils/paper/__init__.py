"""The 1998 paper's own numbers, as data files with their source in the first lines.

Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-Based Learning Applied to Document
Recognition", Proceedings of the IEEE 86(11):2278-2324, 1998, doi:10.1109/5.726791.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


def _value(text: str) -> int | float | str | None:
    """Return a cell of a table as a number if it is one, None if it is empty."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text or None


@cache
def _table(name: str) -> tuple[dict, ...]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        lines = (line for line in file if not line.startswith("#"))
        return tuple(
            {key: _value(text) for key, text in row.items()} for row in csv.DictReader(lines)
        )


def learning_curve() -> dict[str, list]:
    """Return Fig. 5: "pass" 1 to 21, and the errors of LeNet-5 in percent after each.

    The training error was counted on the fly, which is why it starts above the test error.
    """
    rows = _table("fig5_learning_curves.csv")
    return {
        "pass": [row["pass"] for row in rows],
        "train_error": [row["train_error_percent"] for row in rows],
        "test_error": [row["test_error_percent"] for row in rows],
    }


def methods() -> dict[tuple[str, str], float]:
    """Return Fig. 9: the test error in percent of every (method, database) compared."""
    rows = _table("fig9_error_rates.csv")
    return {(row["method"], row["database"]): row["test_error_percent"] for row in rows}


def rejection() -> dict[str, float]:
    """Return Fig. 10: for each method, the percentage rejected to err on 0.5 % of the rest."""
    rows, column = _table("fig10_to_12.csv"), "rejected_percent_for_0.5_error"
    return {row["method"]: row[column] for row in rows if row[column] is not None}


def training_set_sizes() -> list[dict]:
    """Return Fig. 6, one dict for each point: LeNet-5's errors by the size of the training set.

    "patterns" is a count, "distortions" a bool, "train_error" and "test_error" are percent;
    the training error is None where the figure shows none.
    """
    return [
        {
            "patterns": row["training_patterns"],
            "distortions": row["distortions"] == "yes",
            "train_error": row["train_error_percent"],
            "test_error": row["test_error_percent"],
        }
        for row in _table("fig6_training_set_size.csv")
    ]


def errors() -> list[dict[str, int]]:
    """Return Fig. 8: the 82 test images that LeNet-5, trained with distortions, got wrong.

    "index" counts from 0 in today's MNIST test set; "label" and "answer" are digits.
    """
    return [
        {
            "index": row["mnist_test_index"],
            "label": row["true_label"],
            "answer": row["lenet5_1998_answer"],
        }
        for row in _table("fig8_errors.csv")
    ]


def costs() -> dict[str, dict[str, int]]:
    """Return Figs. 11 and 12: what each method computes for one image, and what it stores.

    "multiply_accumulates" and "stored_variables" are in thousands, as the figures have them.
    """
    return {
        row["method"]: {
            "multiply_accumulates": row["thousand_multiply_accumulates"],
            "stored_variables": row["thousand_stored_variables"],
        }
        for row in _table("fig10_to_12.csv")
    }


@cache
def _codes() -> dict[int, tuple[tuple[int, ...], ...]]:
    codes, number = {}, None
    for line in (FOLDER / "fig3_rbf_codes.txt").read_text(encoding="utf-8").splitlines():
        if line[:1].isdigit():
            number = int(line.split()[0])
            codes[number] = ()
        elif number is not None and len(line) == 7 and set(line) <= {"#", "."}:
            codes[number] += (tuple(1 if pixel == "#" else -1 for pixel in line),)
    return codes


def code(character: str) -> tuple[tuple[int, ...], ...]:
    """Return the 12 rows of 7 values, +1 or -1, that Fig. 3 gives a printable ASCII character.

    Raises ValueError for anything but one character from " " to "~" (or DEL, code 127).
    """
    if not (isinstance(character, str) and len(character) == 1 and ord(character) in _codes()):
        raise ValueError(f"character must be one printable ASCII character, not {character!r}.")
    return _codes()[ord(character)]
