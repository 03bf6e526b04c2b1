"""The exercises: every solution passes its checker, every wrong answer is told what is wrong."""

import ast
import itertools
import linecache
import re
import subprocess
import sys
from functools import cache
from inspect import isfunction
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from matplotlib import pyplot

from lenet_utils import capstone, check, mnist, models, paper, reference
from lenet_utils.architecture import LENET5, Convolution
from lenet_utils.check import verdict
from lenet_utils.check.verdict import DOTS, WORK

ROOT = Path(__file__).parent.parent
PATHS = {path.stem: path for path in sorted((ROOT / "chapters").glob("*.ipynb"))}
CHAPTERS = sorted({function.chapter for function in check.CHECKERS.values()})
KINDS = ("Predict", "Find the bug", "Measure", "Build")


@cache
def cells(chapter):
    return nbformat.read(PATHS[chapter], as_version=4).cells


@cache
def exercises(chapter):
    """Return the exercises of a chapter: text, hint, solution's code, answer cell, checker."""
    found = []
    for cell, following in itertools.pairwise(cells(chapter)):
        start = re.match(r"\*\*(\d+)\. ([A-Z][a-z ]+)\.\*\* (.*?)<details>", cell.source, re.DOTALL)
        if not start:
            continue
        solution = cell.source.split("<summary>Solution</summary>")[-1]
        code = "\n".join(re.findall(r"```python\n(.*?)```", solution, re.DOTALL))
        found.append(
            SimpleNamespace(
                number=int(start[1]),
                kind=start[2],
                text=start[3],
                hint="<summary>Hint</summary>" in cell.source,
                code=code,
                answer=following,
                checkers=re.findall(r"check\.(\w+)\(", following.source),
            )
        )
    return found


def exercise_of(name):
    chapter = check.CHECKERS[name].chapter
    return next(each for each in exercises(chapter) if name in each.checkers)


def names(code, kind):
    """Return the names that code reads (ast.Load) or binds (ast.Store)."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, kind):
            found.add(node.id)
        elif kind is ast.Store and isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif kind is ast.Store and isinstance(node, ast.alias):
            found.add((node.asname or node.name).split(".")[0])
    return found


def needed_cells(chapter, code):
    """Return the code cells of a chapter that define what `code` uses, in order."""
    every = [cell.source for cell in cells(chapter)]
    before = every[: next(i for i, text in enumerate(every) if text.startswith("## Exercises"))]
    kinds = [cell.cell_type for cell in cells(chapter)]
    wanted = names(code, ast.Load) - names(code, ast.Store)
    kept = []
    for source, kind in reversed(list(zip(before, kinds, strict=False))):
        if kind == "code" and names(source, ast.Store) & wanted:
            kept.insert(0, source)
            wanted |= names(source, ast.Load)
    return kept


@cache
def solved(name):
    """Run the worked solution of an exercise; return the verdict, and what was checked."""
    pyplot.switch_backend("Agg")
    exercise, heard = exercise_of(name), {}

    class Recorder:
        def __getattr__(self, called):
            def record(*answers):
                heard[called] = answers, getattr(check, called)(*answers)

            return record

    space = {"check": Recorder(), "__name__": "solution"}
    for source in [*needed_cells(check.CHECKERS[name].chapter, exercise.code), exercise.code]:
        # As in a notebook, whose kernel keeps the text of its cells: TensorFlow reads it again.
        cell = f"<{name} {len(linecache.cache)}>"
        linecache.cache[cell] = len(source), None, source.splitlines(keepends=True), cell
        exec(compile(source, cell, "exec"), space)
    pyplot.close("all")
    return heard[name]


# ---------- the chapters ----------


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_chapter_has_three_to_six_exercises_each_with_hint_solution_and_checker(chapter):
    found = exercises(chapter)
    assert 3 <= len(found) <= 6
    assert [each.number for each in found] == list(range(1, len(found) + 1))
    assert found[0].kind == "Predict"
    assert {"Find the bug", "Build"} <= {each.kind for each in found} <= set(KINDS)
    for each in found:
        assert each.hint, each.number
        assert len(each.checkers) == 1, each.number
        assert f"check.{each.checkers[0]}(" in each.text, "the text names the checker"
        assert f"check.{each.checkers[0]}(" in each.code, "the solution is checked as well"
        words = re.sub(r"`[^`]*`", "code", each.text).split()
        assert 25 <= len(words) <= 95, (each.number, len(words))


def test_every_checker_has_an_exercise_in_its_chapter():
    used = {name: chapter for chapter in PATHS for each in exercises(chapter)
            for name in each.checkers}  # fmt: skip
    assert used == {name: function.chapter for name, function in check.CHECKERS.items()}
    assert set(CHAPTERS) >= {f for f in PATHS if f[:2] <= "12"}


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_chapters_are_committed_unanswered_and_say_so(chapter):
    for each in exercises(chapter):
        assert "..." in each.answer.source
        (output,) = each.answer.outputs
        assert output.data["text/plain"] in (DOTS, WORK), each.answer.id


@pytest.mark.parametrize("name", check.CHECKERS)
def test_every_worked_solution_passes(name):
    _, said = solved(name)
    assert said, said
    assert said.passed
    assert repr(said).startswith("Right. ")


@pytest.mark.parametrize("name", check.CHECKERS)
def test_checkers_say_what_they_check(name):
    assert len(check.CHECKERS[name].__doc__) > 20
    assert getattr(check, name) is check.CHECKERS[name]


# ---------- wrong answers ----------

rng = np.random.default_rng
five = mnist.digit(5)
GRAY = LENET5["C1"].parameters
C3 = LENET5["C3"]


def loops(maps, kernel, bias, stride=1, start=None, use=None, add=None):
    """A convolution as a reader would write it, with room for mistakes."""
    size, filters = kernel.shape[0], kernel.shape[3]
    rows, columns = ((side - size) // stride + 1 for side in maps.shape[:2])
    output = np.zeros((rows, columns, filters))
    for row in range(rows):
        for column in range(columns):
            top, left = (start or (lambda r, c: (r * stride, c * stride)))(row, column)
            window = maps[top : top + size, left : left + size]
            for number in range(filters):
                weights = kernel[..., number]
                value = (use or (lambda w, k: (w * k).sum()))(window, weights)
                output[row, column, number] = (add or (lambda v, b: v + b))(value, bias[number])
    return output


def edges(**weights):
    kernel = np.zeros((5, 5))
    for column, weight in weights.items():
        kernel[:, int(column[1:])] = weight
    return kernel


def pooled(maps, take, size=2):
    rows, columns = maps.shape[0] // size, maps.shape[1] // size
    return np.array(
        [
            [take(maps[size * r : size * r + size, size * c : size * c + size])
             for c in range(columns)]
            for r in range(rows)
        ]
    )  # fmt: skip


def by_table(maps, kernel, bias, table, of_maps=None, of_kernel=None):
    outputs = []
    for number, channels in enumerate(table):
        one = (of_maps or list)(channels)
        other = (of_kernel or list)(channels)
        own = kernel[..., [number]][:, :, other]
        outputs.append(reference.convolve(maps[..., one], own, bias[[number]])[..., 0])
    return np.stack(outputs, axis=-1)


def grown(layers, before, after):
    size = step = 1
    for kernel, stride in layers:
        size, step = before(size, step, kernel, stride), after(step, stride)
    return size, step


def walked(unit, layers, last):
    first = end = unit
    for kernel, stride in layers[::-1]:
        first, end = first * stride, last(end, kernel, stride)
    return first, end


def confusion(labels, answers):
    counts = np.zeros((10, 10), int)
    for label, answer in zip(labels, answers, strict=True):
        counts[label, answer] += 1
    return counts


def keras_network(**changes):
    keras = models.import_keras()
    layers = keras.layers
    options = {
        "shape": (28, 28, 1), "padding": "same", "first": "tanh", "pool": layers.AveragePooling2D,
        "last": "softmax", "flatten": True, "third": 16, "bias": True,
    } | changes  # fmt: skip
    return keras.Sequential(
        [
            keras.Input(options["shape"]),
            layers.Conv2D(6, 5, padding=options["padding"], activation=options["first"]),
            options["pool"](2),
            layers.Conv2D(options["third"], 5, activation="tanh"),
            layers.AveragePooling2D(2),
            layers.Conv2D(120, 5, activation="tanh"),
            *([layers.Flatten()] if options["flatten"] else []),
            layers.Dense(84, activation="tanh", use_bias=options["bias"]),
            layers.Dense(10, activation=options["last"]),
        ]
    )


def maximum_pooling():
    return keras_network(pool=models.import_keras().layers.MaxPooling2D)


def split(count, held_out, seed):
    order = rng(seed).permutation(count)
    return order[held_out:], order[:held_out]


def rate(step, rising, total, peak, first=1, turn=np.pi):
    if step < rising:
        return peak * (step + first) / rising
    return peak * (1 + np.cos(turn * (step - rising) / (total - rising))) / 2


def groups(sure, right, edges):
    number, rows = np.digitize(sure, edges), []
    for group in np.unique(number):
        inside = number == group
        rows.append((inside.sum(), sure[inside].mean(), right[inside].mean()))
    return rows


def covers(image, size, value=mnist.BACKGROUND, copy=True, fewer=0):
    copies = []
    for row in range(image.shape[0] - size + 1 - fewer):
        for column in range(image.shape[1] - size + 1 - fewer):
            one = image.copy() if copy else image
            one[row : row + size, column : column + size] = value
            copies.append(one)
    return np.stack(copies)


def changes_right():
    """The changes of C1 and S2 for a shift to the right, as chapter 03 prints them."""
    weights = models.trained_weights()
    found = []
    for name in ("C1", "S2"):
        values = []
        for label in range(10):
            image = mnist.to_input(mnist.digit(label))[0]
            moved = np.concatenate([image[:, :1], image[:, :-1]], axis=1)
            old, new = (reference.forward(each, weights)[name] for each in (image, moved))
            values.append(np.linalg.norm(new - old) / np.linalg.norm(old))
        found.append(np.mean(values))
    return found


def share_of_levels():
    counts = np.bincount(np.concatenate([mnist.digit(d).ravel() for d in range(10)]), minlength=256)
    counts[0] += 10 * (32 * 32 - 28 * 28)
    return counts / counts.sum()


SHARE = share_of_levels()
LEVELS = -0.1 + 1.275 * np.arange(256) / 255
MEAN = np.sum(SHARE * LEVELS)
VARIANCE = np.sum(SHARE * (LEVELS - MEAN) ** 2)
ENDS = np.array([-0.1, 1.175])
TEN = np.stack([mnist.digit(label) for label in range(10)])
KERNEL_C3 = models.trained_weights()["C3"][0]
LARGER = 16 * 121 + 160  # what F6 with 100 units adds, by hand
FOUR_CORNERS = np.full((9, 9), 5)
FOUR_CORNERS[[0, 0, -1, -1], [0, -1, 0, -1]] = [7, 0, 2, 6]


def nearest(digit, choose=min):
    codes = {chr(i): np.array(paper.code(chr(i))) for i in range(33, 127)}
    others = {c: np.sum(codes[c] != codes[digit]) for c in codes if c != digit}
    return choose(others, key=others.get)


NEAREST = {digit: nearest(digit) for digit in "0123456789"}


def linked(kernel, table):
    """Return 1 in a kernel's shape where its table has a link, and 0 elsewhere."""
    mask = np.zeros(kernel.shape)
    for number, channels in enumerate(table):
        for channel in channels:
            mask[:, :, channel, number] = 1
    return mask


def common(ours, theirs):
    """Count the images that are in both lists of [index, answer], and the equal answers."""
    both = [(one[1], other[1]) for one in ours for other in theirs if one[0] == other[0]]
    return len(both), sum(one == other for one, other in both)


def lowered(image, by):
    """Move an image down row by row."""
    result = np.zeros_like(image)
    for row in range(len(image)):
        if 0 <= row - by < len(image):
            result[row] = image[row - by]
    return result


def reached(amounts, errors, limit, share):
    """Go a share of the way from the last point below the limit to the first one beyond."""
    for one, other, error in zip(amounts, amounts[1:], errors[1:], strict=False):
        if error >= limit:
            return one + share * (other - one)
    return amounts[-1]


#: For each checker what readers get wrong, and what the sentence must speak of.
def leaning(image, middle=False, over="rows"):
    """Return the ratio of second moments that says how far an image leans, or a wrong one."""
    ink = image / image.sum()
    rows, columns = np.indices(image.shape).astype(float)
    for axis in (rows, columns):
        axis -= axis.max() / 2 if middle else (ink * axis).sum()
    below = rows if over == "rows" else columns
    return (ink * rows * columns).sum() / (ink * below**2).sum()


def kernel_bends(inputs, bends, term=lambda x, b: b * x**2):
    """Return the curvature by each weight of a 3x3 kernel, for one map without padding."""
    rows, columns = bends.shape
    return np.array(
        [[term(inputs[r : r + rows, c : c + columns], bends).sum() for c in range(3)]
         for r in range(3)]
    )  # fmt: skip


PLANTED = {
    "input_stray": [
        ((20, 16), "without the stray pixel"),
        ((28, 28), "whole image"),
        (tuple(reversed([part.stop for part in mnist.bounding_box(five)])), "Height comes first"),
        (tuple(part.stop - 1 for part in mnist.bounding_box(five)), "One too few"),
    ],
    "input_moved": [
        (lambda: (0, TEN), "None?"),
        (lambda: (10, TEN[:1]), "Place every box"),
        (lambda: (3, TEN.astype(float)[:, :5]), "thousand images"),
        (lambda: (int(sum(np.array_equal(b, a) for a, b in zip(TEN, map(boxed, TEN), strict=True))),
                  TEN), "as they were"),
    ],
    "input_scaling": [
        (lambda: ((ENDS - MEAN) / VARIANCE, SHARE), "divided by the variance"),
        (lambda: (ENDS / np.sqrt(VARIANCE), SHARE), "mean is not 0"),
        (lambda: (ENDS - MEAN, SHARE), "spread did not change"),
        (lambda: ((1, -1), SHARE), "Background comes first"),
        (lambda: ((0, 1), SHARE), "With these two values"),
    ],
    "input_prepare": [
        (lambda image: np.pad(-0.1 + 1.275 * image / 255, 2)[..., None], "border is 0"),
        (lambda image: (-0.1 + 1.175 * np.pad(image, 2) / 255)[..., None], "factor"),
        (lambda image: (-0.1 + 1.275 * np.pad(image, 2) / 256)[..., None], "256"),
        (lambda image: -0.1 + 1.275 * np.pad(image, 2) / 255, "axes of length 1"),
        (lambda image: np.pad(image, 2)[..., None] / 255, "0 to 1"),
        (lambda image: (-0.1 + 1.275 * (255 - np.pad(image, 2)) / 255)[..., None], "Ink and"),
        (lambda image: (-0.1 + 1.275 * np.pad(image, 2).T / 255)[..., None], "Rows and columns"),
    ],
    "c1_color": [
        (3 * GRAY, "tripled the biases"),
        (25 * 3 * 6, "biases are missing"),
        (GRAY, "gray image"),
        (25 * 3 * 6 + 1, "more than one bias"),
        (1000, "Take one kernel"),
    ],
    "c1_side": [
        (lambda i, k, s, p: (i + 2 * p - k) // s, "Off by one at the border"),
        (lambda i, k, s, p: (i + p - k) // s + 1, "one side only"),
        (lambda i, k, s, p: (i + 2 * p - k) / s + 1, "fraction"),
        (lambda i, k, s, p: -((-i - 2 * p + k) // s) + 1, "round up"),
        (lambda i, k, s, p: i + 2 * p - k + 1, "stride makes no difference"),
        (lambda i, k, s, p: 7, "is off by"),
    ],
    "c1_edge": [
        (edges(_1=0.2, _3=-0.2), "right edges"),
        (edges(_1=-0.2, _3=0.2).T, "upper or lower"),
        (edges(_3=0.2), "plain paper"),
        (np.zeros((5, 5)), "All weights are 0"),
        (edges(_0=-0.2, _2=0.4, _4=-0.2), "thin line"),
        (np.zeros((4, 4)), "shape (4, 4)"),
    ],
    "c1_strided": [
        (lambda m, k, b, s: loops(m, k, b), "stride makes no difference"),
        (lambda m, k, b, s: loops(m, k, b, s, start=lambda r, c: (r, c)), "next to each other"),
        (lambda m, k, b, s: loops(m, k, b, s, add=lambda v, b: v), "biases are forgotten"),
        (lambda m, k, b, s: loops(m, k, b, s, use=lambda w, k: (w * k[::-1, ::-1]).sum()),
         "flipped"),
        (lambda m, k, b, s: loops(m, k, b, s, use=lambda w, k: (w * k.swapaxes(0, 1)).sum()),
         "rows and columns are exchanged"),
        (lambda m, k, b, s: loops(m, k, b, s, use=lambda w, k: (w * k).mean()), "averaged"),
        (lambda m, k, b, s: np.tanh(loops(m, k, b, s)), "tanh"),
        (lambda m, k, b, s: loops(m, k, b)[::s], "rows only"),
        (lambda m, k, b, s: loops(m[:-1, :-1], k, b, s) if min(m.shape[:2]) > 5 else
         np.zeros((0, 0, 2)), "Off by one"),
    ],
    "s2_threes": [
        ((10, 10, 6), "rounded up"),
        ((26, 26, 6), "moves by one"),
        ((9, 9, 2), "channels stay"),
        ((14, 14, 6), "squares of 2x2"),
        ((9, 9), "needs 3 numbers"),
        ((6, 9, 9), "another order"),
    ],
    "s2_pool": [
        (lambda m: m[: m.shape[0] // 2 * 2, : m.shape[1] // 2 * 2].reshape(
            m.shape[0] // 2, m.shape[1] // 2, 2, 2, -1).mean(axis=(2, 3)), "neighbors of one row"),
        (lambda m: pooled(m, lambda w: w.sum(axis=(0, 1))), "added"),
        (lambda m: pooled(m, lambda w: w.max(axis=(0, 1))), "maximum"),
        (lambda m: m[::2, ::2], "one pixel of each square"),
        (lambda m: pooled(m, lambda w: w.mean()), "mixed"),
        (lambda m: pooled(m, lambda w: w.mean(axis=(0, 1))).transpose(1, 0, 2), "exchanged"),
    ],
    "s2_down": [
        (lambda: changes_right(), "right"),
        (lambda: (0.5, 5.0), "Move each"),
        (lambda: (0.0, 0.0), "Move each"),
    ],
    "s2_subsample": [
        (lambda m, c, b: pooled(m, lambda w: w.mean(axis=(0, 1))) * c + b, "averaged"),
        (lambda m, c, b: pooled(m, lambda w: w.sum(axis=(0, 1))) * c, "biases are forgotten"),
        (lambda m, c, b: (pooled(m, lambda w: w.sum(axis=(0, 1))) + b) * c, "before"),
        (lambda m, c, b: reference.scaled_tanh(pooled(m, lambda w: w.sum(axis=(0, 1))) * c + b),
         "squashed"),
    ],
    "c3_small": [
        (lambda: ((10, 10, 16), 0), "kernels of 5x5"),
        (lambda: ((12, 12, 16), 9 * 6 * 16), "lack the biases"),
        (lambda: ((12, 12, 16), 9 * 16 + 16), "forgot the channels"),
        (lambda: ((11, 11, 16), 0), "Off by one"),
        (lambda: ((12, 12, 6), 0), "one output map for each kernel"),
    ],
    "c3_pytorch": [
        (lambda t: t.reshape(t.shape[2], t.shape[3], t.shape[1], t.shape[0]), "scattered"),
        (lambda t: np.moveaxis(t, (2, 3), (0, 1)), "Channels and filters"),
        (lambda t: t.T, "Rows and columns"),
        (lambda t: t, "Nothing is moved"),
    ],
    "c3_learned": [
        (np.sqrt((KERNEL_C3**2).sum(axis=(0, 1))).T, "exchanged"),
        (KERNEL_C3.sum(axis=(0, 1)), "cancel"),
        ((KERNEL_C3**2).sum(axis=(0, 1)), "root of each"),
        (np.abs(KERNEL_C3).sum(axis=(0, 1)), "absolute"),
        (np.ones((6, 16)), "take the root"),
        (KERNEL_C3, "axes too many"),
    ],
    "c3_sparse": [
        (lambda m, k, b, t: reference.convolve(m, k, b), "table makes no difference"),
        (lambda m, k, b, t: by_table(m, k, b, t, of_kernel=lambda c: list(range(len(c)))),
         "not from the kernel"),
        (lambda m, k, b, t: by_table(m, k, b * 0, t), "biases are forgotten"),
        (lambda m, k, b, t: by_table(m, k, b * [len(c) for c in t], t), "every link"),
    ],
    "s4_threes": [
        (lambda: (6, 0), "added the two kernels"),
        (lambda: (9, 0), "multiplied"),
        (lambda: (5, 18), "lack the biases"),
        (lambda: (5, 26), "one 5x5 kernel"),
    ],
    "s4_field": [
        (lambda ls: grown([(k, s) for k, s in ls], lambda z, p, k, s: z + (k - 1) * p * s,
                          lambda p, s: p * s), "old step counts"),
        (lambda ls: grown(ls, lambda z, p, k, s: z + k * p, lambda p, s: p * s), "whole kernel"),
        (lambda ls: grown(ls, lambda z, p, k, s: z + k - 1, lambda p, s: p * s), "one pixel apart"),
        (lambda ls: grown(ls, lambda z, p, k, s: z + (k - 1) * p, lambda p, s: p * s)[::-1],
         "exchanged"),
        (lambda ls: 3, "two numbers"),
    ],
    "s4_shifts": [
        (lambda: ([1, 2, 3, 4, 5, 6, 7, 8], [4, 8]), "too many"),
        (lambda: ([2, 4, 6, 8], [2, 4, 6, 8]), "too many"),
        (lambda: ([2, 4, 6, 8], [4]), "there are more"),
        (lambda: ([2], [4]), "there are more"),
        (lambda: ([0], [4]), "from 1 to 8"),
    ],
    "s4_span": [
        (lambda u, ls: walked(u, ls, lambda e, k, s: e * s + k), "grows by the whole kernel"),
        (lambda u, ls: walked(u, ls[::-1], lambda e, k, s: e * s + k - 1), "from the image on"),
        (lambda u, ls: walked(u, [(k, 1) for k, _ in ls], lambda e, k, s: e + k - 1), "strides"),
        (lambda u, ls: (walked(u, ls, lambda e, k, s: e * s + k - 1)[0],
                        walked(u, ls, lambda e, k, s: e * s + k - 1)[1] + 1), "Off by one"),
    ],
    "c5_large": [
        ((1, 1, 120), "image of 32x32"),
        ((9, 9, 120), "window still has to fit"),
        ((4, 4, 120), "Off by one"),
        ((120, 5, 5), "another order"),
        ((3, 3, 120), "Follow one side"),
    ],
    "c5_matrix": [
        (lambda k: k.reshape(k.shape[3], -1).T, "scattered"),
        (lambda k: k.reshape(-1, k.shape[3]).T, "transposed"),
        (lambda k: np.moveaxis(k, 2, 0).reshape(-1, k.shape[3]), "channel, row, column"),
    ],
    "c5_places": [
        (lambda h, w: ((h - 32) // 4, (w - 32) // 4), "Off by one"),
        (lambda h, w: (h - 31, w - 31), "every pixel"),
        (lambda h, w: ((h - 32) // 2 + 1, (w - 32) // 2 + 1), "Only one of the two"),
        (lambda h, w: (h // 32, w // 32), "side by side"),
        (lambda h, w: ((w - 32) // 4 + 1, (h - 32) // 4 + 1), "exchanged"),
    ],
    "c5_page": [
        (FOUR_CORNERS, "Rows and columns"),
        (np.zeros((9, 9, 10)), "ten shares"),
        (np.zeros((1, 9)), "shape (1, 9)"),
        (np.zeros((9, 9)), "four corners"),
        (FOUR_CORNERS.T, "not all places"),
    ],
    "f6_hundred": [
        (16 * 121, "F6 alone"),
        (16 * 120, "new weights of F6"),
        (LENET5.parameters + LARGER, "whole network"),
        (LARGER + 10, "as many biases"),
        (-LARGER, "sign"),
    ],
    "f6_slope": [
        (lambda y: 1 - np.tanh(y) ** 2, "second time"),
        (lambda y: 1 - y, "not squared"),
        (lambda y: (1 - y) ** 2, "difference"),
        (lambda y: y * y - 1, "sign"),
    ],
    "f6_nearest": [
        ({**NEAREST, "3": "3"}, "nearest to itself"),
        ({digit: NEAREST[digit] for digit in "01234"}, "no entry for the digit 5"),
        ({**NEAREST, "0": nearest("0", max)}, "furthest"),
        ({**NEAREST, "7": "~"}, "another character in fewer"),
        ({**NEAREST, "2": 5}, "one printable character"),
    ],
    "f6_fold": [
        (lambda k1, b1, k2, b2: (k1 @ k2, b2), "first bias is forgotten"),
        (lambda k1, b1, k2, b2: (k1 @ k2, b1 @ k2), "second bias is forgotten"),
        (lambda k1, b1, k2, b2: ((k1 @ k2).T, b1 @ k2 + b2), "transposed"),
        (lambda k1, b1, k2, b2: (k2 @ k1, b1 + b2), "raises"),
        (lambda k1, b1, k2, b2: k1 @ k2, "must be a pair"),
    ],
    "output_doubled": [
        (2, "difference of the logits doubles"),
        (np.exp(6), "ratio after"),
        (np.exp(2), "difference of 2"),
        (1, "Adding a constant"),
    ],
    "output_lowest": [
        (0, "applied once"),
        (1.461, "ten classes"),
        (np.log(3), "knowing nothing"),
        (np.e / (np.e + 2), "That is the share"),
        (0.3, "best shares"),
    ],
    "output_softmax": [
        (lambda z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True), "overflows"),
        (lambda z: np.exp(z - z.max()) / np.exp(z - z.max()).sum(axis=1, keepdims=True),
         "whole batch"),
        (lambda z: np.exp(z - z.max(axis=0)) / np.exp(z - z.max(axis=0)).sum(axis=0),
         "down the columns"),
        (lambda z: np.exp(z - z.max(axis=1, keepdims=True)), "divided by their sum"),
        (lambda z: z, "wrong"),
    ],
    "output_reject": [
        (lambda p, t: np.sort(p)[:, -1] - np.sort(p)[:, -2] >= t, "wrong way round"),
        (lambda p, t: p.max(axis=1) < t, "largest share alone"),
        (lambda p, t: np.abs(p[:, 0] - p[:, 1]) < t, "first two classes"),
        (lambda p, t: np.sort(p)[:, -1] - np.sort(p)[:, -2] <= t, "equals the threshold"),
    ],
    "assemble_wide": [
        (LENET5.parameters + GRAY, "Only C1"),
        (LENET5.parameters, "network of the table"),
        (LENET5.parameters + 25 * 6 * 16, "Only C3"),
        (2 * LENET5.parameters, "Not everything doubles"),
        (1, "Go down the table"),
    ],
    "assemble_network": [
        (lambda: (keras_network(first=None),), "C1 has no activation"),
        (maximum_pooling, "maximum of each square"),
        (lambda: (keras_network(shape=(32, 32, 1), padding="valid"),), "input is 32x32"),
        (lambda: (keras_network(last=None),), "Output has no activation"),
        (lambda: (keras_network(flatten=False),), "into a vector"),
        (lambda: (keras_network(third=12),), "output of C3"),
        (lambda: (keras_network(bias=False),), "Is there a bias"),
        (keras_network, "Call it"),
    ],
    "assemble_steps": [
        (1, "some of the ten digits are wrong"),
        (1 / 64, "coarser step"),
        (64, "number of steps"),
        (0.3, "none of the steps"),
    ],
    "assemble_small": [
        (58, "too many"),
        ((30_000 - 13_586) // 401, "kept F6"),
        (120, "too many"),
        (10, "More units fit"),
        (0, "at least one"),
    ],
    "train_steps": [
        (lambda: (55_000 // 64, 0), "left over"),
        (lambda: (-(-55_000 // 64), 64), "only what is left"),
        (lambda: (-(-60_000 // 64), 0), "all training images"),
        (lambda: (-(-55_000 // 64), 40), "lacks"),
    ],
    "train_split": [
        (lambda n, h, s: (np.arange(n), np.arange(n)[-h:]), "both parts"),
        (lambda n, h, s: (np.arange(n)[:-h], np.arange(n)[-h:]), "Every seed"),
        (lambda n, h, s: split(n, h, None), "same seed"),
        (lambda n, h, s: split(n, h, s)[::-1], "exchanged"),
        (lambda n, h, s: (split(n, h, s)[0], split(n, h, s)[1][:1].repeat(h)), "held out twice"),
        (lambda n, h, s: (split(n, h, s)[0][1:], split(n, h, s)[1]), "in neither part"),
    ],
    "train_rate": [
        (lambda *a: rate(*a, first=0), "first step has size 0"),
        (lambda *a: rate(*a, turn=2 * np.pi), "whole period"),
        (lambda *a: rate(*a, turn=180), "degrees"),
        (lambda step, rising, total, peak: peak, "is off by"),
        (lambda step, rising, total, peak: peak * min((step + 1) / rising, 1), "fall"),
    ],
    "train_batches": [
        (lambda: (15, 40), "percent"),
        (lambda: (0.4, 0.2), "exchanged"),
        (lambda: (0.2, 0.2), "same number"),
        (lambda: (0.9, 0.91), "knows nothing"),
        (lambda: (0.01, 0.3), "too low"),
    ],
    "evaluate_images": [
        (9_900, "one standard deviation"),
        (1.96**2 * 0.25 / 0.001**2, "one half"),
        (10_000 * 1.96, "squared"),
        (1.96**2 * 0.0099 / 0.0005**2, "on each side"),
        (50, "solve for n"),
    ],
    "evaluate_confusion": [
        (lambda t, a: (confusion(t, a) > 0).astype(int), "0 or 1"),
        (lambda t, a: confusion(a, t), "exchanged"),
        (lambda t, a: confusion(t, a)[: max(t.max(), a.max()) + 1, : max(t.max(), a.max()) + 1],
         "size depends"),
        (lambda t, a: confusion(t, a) / len(t), "Counts are asked for"),
    ],
    "evaluate_disagree": [
        (lambda a, b, t: ((a != t).sum(), (b != t).sum()), "all errors of each"),
        (lambda a, b, t: ((a != b).sum(), (a != b).sum()), "answers differ"),
        (lambda a, b, t: (((b != t) & (a == t)).sum(), ((a != t) & (b == t)).sum()), "exchanged"),
        (lambda a, b, t: (a != t).sum(), "two numbers"),
    ],
    "evaluate_groups": [
        (lambda s, r, e: [(n, x, 1 - y) for n, x, y in groups(s, r, e)], "share that is wrong"),
        (lambda s, r, e: groups(s, r, e)[::-1], "from the highest down"),
        (lambda s, r, e: [(n, y, x) for n, x, y in groups(s, r, e)], "exchanged"),
        (lambda s, r, e: [(n, x, n * y) for n, x, y in groups(s, r, e)], "counts the right ones"),
        (lambda s, r, e: [1, 2], "rows of three"),
    ],
    "look_direction": [
        (270, "likes least"),
        (0, "at the right"),
        (180, "at the left"),
        (45, "Nearly"),
        (200, "Turn the edge"),
    ],
    "look_invert": [
        (lambda x: -x, "sign"),
        (lambda x: 1 - x, "off 1"),
        (lambda x: 255 - x, "255"),
        (lambda x: mnist.FOREGROUND - x, "the highest one"),
    ],
    "look_recenter": [
        (lambda: (25, 2), "percent"),
        (lambda: (0.01, 0.2), "exchanged"),
        (lambda: (0.02, 0.01), "nearly as well"),
        (lambda: (0.3, 0.2), "too many are still wrong"),
    ],
    "look_cover": [
        (lambda i, s: covers(i, s, 0), "filled with 0"),
        (lambda i, s: covers(i, s, copy=False), "Every copy is the same"),
        (lambda i, s: covers(i, s, fewer=1), "off by one"),
        (lambda i, s: covers(i, s, i.max()), "wrong"),
    ],
    "look_correlation": [
        (lambda x, y: x @ y / np.sqrt((x @ x) * (y @ y)), "means are not taken off"),
        (lambda x, y: np.mean((x - x.mean()) * (y - y.mean())), "covariance"),
        (lambda x, y: abs(np.corrcoef(x, y)[0, 1]), "sign is lost"),
        (lambda x, y: np.cov(x, y)[0, 1] / x.std() / y.std(), "a little too large"),
        (np.corrcoef, "whole matrix"),
    ],
    "original_coarse": [
        (lambda: (6, 4998), "one of them is forgotten"),
        (lambda: (6 * 17, 4998), "share one coefficient"),
        (lambda: (12, 5880), "2x2 squares"),
        (lambda: (12, 7 * 7 * 6 * 16), "forgot the biases"),
        (lambda: (12, 14 * 14 * 6 * 17), "smaller now"),
    ],
    "original_masked": [
        (lambda g, t: g, "Nothing is set to zero"),
        (lambda g, t: g * (1 - linked(g, t)), "other way round"),
        (linked, "That is the mask"),
        (lambda g, t: g * linked(g, [row[:1] for row in t]), "first channel"),
        (lambda g, t: g * linked(g, [range(min(r), max(r) + 1) for r in t]), "leave out"),
        (lambda g, t: g * linked(g.swapaxes(2, 3), t[: g.shape[2]]).swapaxes(2, 3), "exchanged"),
    ],
    "original_penalties": [
        (lambda s, c: np.linalg.norm(s[:, None] - c, axis=2), "root is too much"),
        (lambda s, c: np.mean((s[:, None] - c) ** 2, axis=2), "mean squares"),
        (lambda s, c: s @ c.T, "scalar products"),
        (lambda s, c: np.sum((s - c[:, None]) ** 2, axis=2), "transposed"),
        (lambda s, c: np.abs(s[:, None] - c).sum(axis=2), "absolute differences"),
    ],
    "losses_three": [
        (2 + np.log(np.exp(-2) + np.exp(-3)), "Rubbish is forgotten"),
        (np.log(np.exp([-1, -2, -3]).sum()), "right class itself"),
        (2, "MSE"),
        (2 + np.log(1 + np.exp(-2) + np.exp(-3)), "penalty of 1"),
    ],
    "losses_accuracy": [
        (lambda p, k: np.mean(p.argmax(axis=1) == k), "least like"),
        (lambda p, k: np.mean(p.argmin(axis=1) != k), "errors"),
        (lambda p, k: 100 * np.mean(p.argmin(axis=1) == k), "percentage"),
        (lambda p, k: p.argmin(axis=1), "answers, one for each"),
        (lambda p, k: np.mean(p.argmin(axis=0) == k), "raises"),
    ],
    "losses_map": [
        (lambda p, k, j: np.mean(p[range(len(k)), k] + np.log(np.exp(-p).sum(1) + np.exp(-j))),
         "rounded to zero"),
        (lambda p, k, j: len(k) * reference.map_loss(p, k, j), "added up"),
        (lambda p, k, j: reference.map_loss(p, k, j) - np.mean(p[range(len(k)), k]), "in front"),
        (lambda p, k, j: np.mean([reference.cross_entropy(-y, i)
                                  for y, i in zip(p, k, strict=True)]),
         "Rubbish is forgotten"),
    ],
    "data_shown": [
        (1_200_000, "A tenth of them"),
        (120_000, "originals that are shown"),
        (54_000, "one pass"),
        (540_000, "before they began"),
        (1, "take the originals off"),
    ],
    "data_lean": [
        (lambda image: leaning(image, middle=True), "center of mass"),
        (lambda image: leaning(image, over="columns"), "divide by the one down"),
        (lambda image: -leaning(image), "turned round"),
        (lambda image: leaning((image > 0) * 1.0), "Weigh it by its ink"),
    ],
    "data_vote": [
        (lambda d, t, k: t[np.argmin(d)], "nearest image alone"),
        (lambda d, t, k: np.bincount(t[np.argsort(d)[:k]]).argmax(), "smallest digit"),
        (lambda d, t, k: np.mean(t[np.argsort(d)[:k]]), "mean of the labels"),
        (lambda d, t, k: np.bincount(t).argmax(), "is off by"),
    ],
    "sdlm_factor": [
        (19, "mu in it, too"),
        (0.05, "other way round"),
        (50, "What is the other's"),
        (1, "They differ"),
        (7, "Divide one step by the other"),
    ],
    "sdlm_back": [
        (lambda w, s, b: w @ (s * b), "nothing is squared"),
        (lambda w, s, b: w @ (s**2 * b), "weights are not"),
        (lambda w, s, b: w**2 @ (s * b), "slopes are not"),
        (lambda w, s, b: (w @ (s * b)) ** 2, "sum is squared"),
        (lambda w, s, b: w**2 @ b, "missing"),
    ],
    "sdlm_shared": [
        (lambda x, b: kernel_bends(x, b, lambda x, b: b * x), "inputs are not squared"),
        (lambda x, b: kernel_bends(x, b, lambda x, b: (b * x) ** 2), "curvatures are squared"),
        (lambda x, b: kernel_bends(x, b) / b.size, "mean over the places"),
        (lambda x, b: kernel_bends(x, b).T, "exchanged"),
        (lambda x, b: kernel_bends(x, b)[::-1, ::-1], "half a circle"),
    ],
    "the_82_expected": [
        (90, "the most they can share"),
        (120 * 90 / 10**8, "one image"),
        (0.021, "added"),
        (10.8, "how many tries"),
    ],
    "the_82_shared": [
        (lambda a, b: [len({tuple(e) for e in a} & {tuple(e) for e in b})] * 2, "same answer"),
        (lambda a, b: common(a, b)[::-1], "exchanged"),
        (lambda a, b: (len({e[0] for e in a + b}), common(a, b)[1]), "either got wrong"),
        (lambda a, b: (sum(x[0] == y[0] for x, y in zip(a, b, strict=True)),
                       sum(x == y for x, y in zip(a, b, strict=True))), "place by place"),
        (lambda a, b: common(a, b)[0], "two numbers"),
    ],
    "the_82_vote": [
        (lambda a: np.round(np.mean(a, axis=0)), "do not make a 4"),
        (lambda a: np.median(a, axis=0), "in the middle"),
        (lambda a: [max(range(10), key=lambda d: ((c == d).sum(), d)) for c in a.T], "On a tie"),
        (lambda a: [np.bincount(c).argmax() for c in a], "wrong axis"),
        (lambda a: [np.bincount(c).max() for c in a.T], "numbers of votes"),
    ],
    "robustness_pixels": [
        (0.1 * 28**2, "border more"),
        (0.1 * 20**2, "box"),
        (0.9 * 32**2, "stay as they are"),
        (50, "border and background"),
    ],
    "robustness_down": [
        (lambda i, by: np.roll(i, by, axis=0), "come back at the other"),
        (lambda i, by: lowered(i, -by), "moves up"),
        (lambda i, by: lowered(i.T, by).T, "columns"),
        (lambda i, by: lowered(i, abs(by)), "negative number"),
        (lambda i, by: lowered(i, by) if by else 0 * i, "ends at -0"),
    ],
    "robustness_reach": [
        (lambda a, e, m: max([x for x, y in zip(a, e, strict=True) if y < m]), "off by"),
        (lambda a, e, m: np.interp(m, e, a), "from the end"),
        (lambda a, e, m: reached(a, e, m, 0), "last measured amount"),
        (lambda a, e, m: reached(a, e, m, 1), "first measured amount"),
        (lambda a, e, m: reached(a, e, m, 0.5), "halfway"),
    ],
    "capstone_budget": [
        (251, "One too many"),
        (56850 // 216, "outgoing weights"),
        (61696 // 227, "convolutions have spent"),
        (56840 // 35, "all nine places"),
        (20, "one weight for each input"),
    ],
    "capstone_sure": [
        (lambda a, b: np.mean(a) < np.mean(b), "in one direction"),
        (lambda a, b: min(a) != min(b), "best seed"),
        (lambda a, b: min(a) > min(b), "best seed"),
        (lambda a, b: abs(np.mean(a) - np.mean(b))
         > 2 * np.hypot(np.std(a, ddof=1), np.std(b, ddof=1)), "spread"),
        (lambda a, b: abs(np.mean(a) - np.mean(b)) > 2 * parted(a, b, 0), "ddof=1"),
        (lambda a, b: abs(np.mean(a) - np.mean(b)) > parted(a, b), "once"),
        (lambda a, b: np.mean(a) - np.mean(b) > 2 * parted(a, b), "either way"),
    ],
    "capstone_network": [
        (lambda: (too_large(), 0.009), "too many. Its layer wide holds"),
        (lambda: (capstone.build(), 0.009), "not trained"),
        (lambda: (capstone.trained(), 1e-5), "validation images"),
        (lambda: (capstone.trained(), 0.9), "percent"),
        (lambda: (without_channels(), 0.009), "fails for a batch"),
        (lambda: (nine_classes(), 0.009), "Ten scores"),
        (lambda: (models.import_keras().Sequential, 0.009), "class"),
    ],
}  # fmt: skip


def parted(one, other, ddof=1):
    return np.sqrt(np.var(one, ddof=ddof) / len(one) + np.var(other, ddof=ddof) / len(other))


def small_keras(*layers, shape=(32, 32, 1)):
    keras = models.import_keras()
    return keras.Sequential([keras.Input(shape), *layers])


def too_large():
    layers = models.import_keras().layers
    return small_keras(layers.Flatten(), layers.Dense(80, name="wide"), layers.Dense(10))


def without_channels():
    layers = models.import_keras().layers
    return small_keras(layers.Flatten(), layers.Dense(10), shape=(28, 28))


def nine_classes():
    layers = models.import_keras().layers
    return small_keras(layers.Flatten(), layers.Dense(9))


def boxed(image):
    """Place an image's box in the middle."""
    box = image[mnist.bounding_box(image)]
    row, column = ((28 - side) // 2 for side in box.shape)
    placed = np.zeros_like(image)
    placed[row : row + box.shape[0], column : column + box.shape[1]] = box
    return placed


def arguments_of(name, answer):
    """Return a planted answer as the checker's arguments; some are made when they are needed."""
    takes_function = isfunction(solved(name)[0][0])
    made_late = isfunction(answer) and not takes_function and answer is not keras_network
    if made_late:
        made = answer()
        return tuple(made) if isinstance(made, tuple | list) else (made,)
    return (answer,)


WRONG = [(name, i) for name in PLANTED for i in range(len(PLANTED[name]))]


def test_every_checker_has_planted_wrong_answers():
    assert set(PLANTED) == set(check.CHECKERS)
    assert min(map(len, PLANTED.values())) >= 3


@pytest.mark.parametrize(("name", "which"), WRONG)
def test_planted_wrong_answers_are_told_what_is_wrong(name, which):
    answer, fragment = PLANTED[name][which]
    said = check.CHECKERS[name](*arguments_of(name, answer))
    assert not said
    assert fragment in said.text, said.text
    assert repr(said).startswith("Not yet. ")
    assert gives_away(name, said) == []


def numbers_in(value):
    """Return the numbers of a right answer, as a reader would write them."""
    if isinstance(value, bool | str) or callable(value):
        return set()
    if isinstance(value, int | float | np.integer | np.floating):
        return {f"{value:.10g}", f"{value:.2f}"} | ({f"{value:,.0f}"} if value >= 10 else set())
    return set()


def gives_away(name, said):
    """Return the right numbers, or the right shape, that a verdict names."""
    answers, _ = solved(name)
    found = set()
    for answer in answers:
        if isinstance(answer, tuple | list) and len(answer) > 1:
            found |= {str(tuple(answer))}
        elif not isinstance(answer, np.ndarray) or answer.ndim == 0:
            found |= numbers_in(answer)
    return [text for text in found
            if re.search(rf"(?<![\w.,(]){re.escape(text)}(?![\w)]|[.,]\d)", said.text)]  # fmt: skip


# ---------- hostile answers ----------


class Spiteful:
    """An object that fails at whatever is asked of it."""

    def __repr__(self):
        raise RuntimeError("no repr")

    def __array__(self, *_, **__):
        raise SystemExit("no array")

    def __eq__(self, other):
        raise ValueError("no comparison")

    __hash__ = None


def mutates(*arguments):
    for one in arguments:
        if isinstance(one, np.ndarray):
            one[...] = 0
    return np.zeros(3)


def fails(*_):
    raise KeyError("something inside")


def quits(*_):
    sys.exit("bye")


def counts_forever(*_):
    yield from itertools.count()


HOSTILE = {
    "nothing": None,
    "text": "120",
    "bytes": b"1",
    "not a number": float("nan"),
    "infinite": float("inf"),
    "a list of not a number": [float("nan")] * 3,
    "true": True,
    "complex": 1 + 2j,
    "huge": 10**400,
    "empty": [],
    "ragged": [[1], [2, 3]],
    "nested text": [["a"]],
    "dictionary": {"a": 1},
    "set": {1, 2, 3},
    "endless": itertools.count(),
    "generator": (x for x in range(3)),
    "class": int,
    "module": np,
    "spite": Spiteful(),
    "terabytes": np.broadcast_to(np.float64(0), (10**6, 10**6)),
    "many axes": np.full((1,) * 20, -0.5),
    "dates": np.array(["2026-01-01"], dtype="datetime64[D]"),
    "objects": np.array([object(), None]),
    "records": np.zeros(3, dtype=[("a", int)]),
    "negative": -1,
    "fraction": -0.123,
    "wrong dtype": np.zeros((28, 28), dtype="S3"),
    "no arguments": lambda: 0,
    "raises": fails,
    "quits": quits,
    "mutates": mutates,
    "generates": counts_forever,
    "returns text": lambda *_: "text",
    "returns a function": lambda *_: fails,
    "returns itself": lambda *a: a,
    "returns nan": lambda *_: np.full((10, 10), np.nan),
    "returns spite": lambda *_: Spiteful(),
    "returns terabytes": lambda *_: HOSTILE["terabytes"],
    "wants a name": lambda *, image: image,
}


@pytest.mark.parametrize("name", check.CHECKERS)
def test_hostile_answers_get_a_sentence(name):
    answers, _ = solved(name)
    for (kind, hostile), place in itertools.product(HOSTILE.items(), range(len(answers))):
        given = list(answers)
        given[place] = hostile
        said = check.CHECKERS[name](*given)
        assert not said, (kind, said)
        assert len(said.text) > 20, kind
        assert "cannot be read" not in said.text or "spite" in kind, (kind, said)
        assert gives_away(name, said) == [], (kind, said)


def test_tensors_are_read_like_arrays():
    keras = models.import_keras()
    parameters = LENET5["C1"].layer.parameters((32, 32, 3))
    assert check.c1_color(keras.ops.convert_to_tensor(parameters))
    assert check.s2_pool(lambda maps: keras.ops.convert_to_tensor(reference.average_pool(maps)))
    assert "turned into numbers" in check.c1_color(keras.Input((3,))).text


def test_dots_anywhere_are_no_answer():
    for answers in [(...,), ((1, ...),), ([..., 2],)]:
        assert check.c1_color(*answers).text == DOTS
    assert check.c3_small((1, 2, 3), ...).text == DOTS
    for result in (None, ..., (..., ...)):
        assert check.c1_side(lambda *_, result=result: result).text == WORK
        assert check.train_split(lambda *_, result=result: result).text == WORK
    assert repr(check.c1_color(...)) == DOTS


def test_the_number_of_answers_is_checked():
    assert "(shape, parameters)" in check.c3_small((1, 2, 3)).text
    assert "(answer)" in check.c1_color().text
    assert "(answer)" in check.c1_color(1, 2).text


def test_exceptions_of_a_readers_function_are_quoted():
    said = check.c1_side(fails)
    assert "KeyError: 'something inside'" in said.text
    assert "SystemExit: bye" in check.c1_side(quits).text
    assert "must take 4 arguments, (size, kernel, stride, padding)" in check.c1_side(len).text


def test_a_function_that_changes_its_input_is_told_so():
    def changes(maps, kernel, bias, stride):
        result = reference.convolve(maps, kernel, bias, stride)
        maps += 1
        return result

    said = check.c1_strided(changes)
    assert not said
    assert "changes the array that it is given as maps" in said.text


def test_a_loop_that_never_ends_is_stopped(monkeypatch):
    monkeypatch.setattr(verdict, "LONGEST", 0.2)

    def endless(*_):
        while True:
            try:
                pass
            except Exception:
                continue

    assert "a loop that never ends" in check.c1_side(endless).text


def test_an_interrupted_function_is_no_crash():
    def interrupted(*_):
        raise KeyboardInterrupt

    assert "interrupted" in check.c1_side(interrupted).text


def test_other_right_ways_pass():
    """A checker must not insist on one way to write an answer."""
    assert check.c1_color(float(LENET5["C1"].layer.parameters((32, 32, 3))))
    assert check.c1_color(np.int64(LENET5["C1"].layer.parameters((32, 32, 3))))
    assert check.c3_small([12, 12, 16], np.array([[C3_SMALL]]))
    assert check.c1_side(
        lambda size, kernel, stride, padding: len(range(0, size + 2 * padding - kernel + 1, stride))
    )
    assert check.c1_strided(lambda maps, kernel, bias, stride=1: loops(maps, kernel, bias, stride))
    assert check.c1_strided(lambda *four: reference.convolve_with_loops(*four).tolist())
    assert check.c1_edge(edges(_0=-1, _1=-2, _3=2, _4=1)[:, :, None, None])
    assert check.c1_edge((np.arange(5) - 2.0)[None].repeat(5, 0).tolist())
    assert check.s4_shifts({2, 4, 6, 8} and (8, 6, 4, 2), np.array([8, 4]))
    assert check.f6_slope(lambda state: (1 - state) * (1 + state))
    assert check.output_reject(lambda p, t: [float(b - a < t) for *_, a, b in np.sort(p)])
    assert check.look_direction(450)
    assert check.look_correlation(lambda x, y: np.corrcoef(x, y)[0, 1])
    assert check.train_split(
        lambda count, held_out, seed: [np.sort(p) for p in split(count, held_out, seed)]
    )


C3_SMALL = Convolution("C3", filters=16, kernel=3).parameters(C3.input_shape)


def test_checking_does_not_load_tensorflow():
    code = (
        "import sys; from lenet_utils import check, reference; check.c1_color(5); "
        "check.c1_strided(reference.convolve); check.assemble_network(3); "
        "assert 'tensorflow' not in sys.modules and 'keras' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_checkers_type_no_count_of_the_table():
    from test_notebooks import typed_counts

    for path in (ROOT / "lenet_utils" / "check").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        for count in typed_counts():
            assert not re.search(rf"(?<![\w.,]){re.escape(count)}(?![\w]|[.,]\d)", text), path.name
