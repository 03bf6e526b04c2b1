"""What every checker is made of: verdicts, ways to read any answer, and a grader of functions.

A checker never shows the solution and never raises: whatever it is given, it returns a
`Verdict`. Inside, it reads the answer with `whole`, `number`, `sizes` or `array`, or grades a
function with `grade`; each of these ends the check by raising `Wrong` with a sentence.
"""

from __future__ import annotations

import copy
import functools
import inspect
import math
import signal
import textwrap
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import numpy as np

DOTS = "Put your answer in place of the three dots, and run the cell again."
WORK = "Put the function's work in place of the three dots, and return the result."
#: How long one call of a reader's function may take, in seconds.
LONGEST = 20
LARGEST = 10**15
WIDTH = 84

#: Every checker by its name; its attribute `chapter` says where its exercise stands.
CHECKERS: dict[str, Callable[..., Verdict]] = {}


class Verdict:
    """What a checker says; true if the answer is right. `text` holds the sentences."""

    def __init__(self, passed: bool, text: str):
        self.passed, self.text = passed, text

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        opening = "Right. " if self.passed else "Not yet. "
        opening = "" if self.text in (DOTS, WORK) else opening
        return textwrap.fill(opening + self.text, WIDTH)


class Wrong(Exception):
    """Ends a check; its text says what is wrong and why."""


class _TooSlow(BaseException):
    """The time is up. No `except Exception` of a reader's function may catch this."""


def checker(chapter: str):
    """Make a checker of a function that raises `Wrong`, or returns what is right.

    The checker takes the same arguments, whatever they hold, and returns a `Verdict`.
    """

    def decorate(judge):
        wanted = list(inspect.signature(judge).parameters)

        @functools.wraps(judge)
        def check(*answers) -> Verdict:
            if any(has_dots(answer) for answer in answers):
                return Verdict(False, DOTS)
            if len(answers) != len(wanted):
                names = ", ".join(wanted)
                return Verdict(False, f"Give {check.__name__} this: ({names}).")
            try:
                with np.errstate(all="ignore"):
                    return Verdict(True, judge(*answers))
            except Wrong as fault:
                return Verdict(False, str(fault))
            except (Exception, SystemExit) as error:
                return Verdict(False, f"The answer cannot be read: {quoted(error)}")

        check.chapter = chapter
        CHECKERS[judge.__name__] = check
        return check

    return decorate


def has_dots(answer) -> bool:
    """Return whether an answer still is three dots, or a list or tuple that holds them."""
    inside = answer if isinstance(answer, list | tuple) else ()
    return answer is Ellipsis or any(part is Ellipsis for part in inside)


def short(value, longest: int = 60) -> str:
    """Return how Python writes a value, cut if it is long, whatever the value does."""
    try:
        text = " ".join(repr(value).split())
    except Exception:
        return f"a {type(value).__name__}"
    return text if len(text) <= longest else text[: longest - 3] + "..."


def quoted(error: BaseException) -> str:
    """Return an exception's kind and message as part of a sentence."""
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = ""
    text = text if len(text) <= 160 else text[:157] + "..."
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


# ---------- reading an answer ----------


def plain(answer, what: str = "The answer") -> np.ndarray:
    """Return an answer as an array of real numbers; nothing large is copied."""
    if answer is None:
        raise Wrong(f"{what} is None. Was the result assigned, or returned?")
    if isinstance(answer, str | bytes):
        raise Wrong(f"{what} is the text {short(answer)}. Numbers are written without quotes.")
    if isinstance(answer, dict | set | frozenset):
        raise Wrong(f"{what} is a {type(answer).__name__}, and numbers are asked for.")
    if isinstance(answer, Iterator):
        raise Wrong(
            f"{what} is a {type(answer).__name__}, which has no values until it is asked for "
            "them. Make a list or an array of it."
        )
    if callable(answer) and not hasattr(answer, "__array__"):
        raise Wrong(f"{what} is a function, and what it returns is asked for. Call it.")
    try:
        values = np.asarray(answer)
        if values.dtype.kind == "O" and values.size == 1:  # a Fraction, a Decimal
            values = np.asarray(float(values.reshape(-1)[0]))
    except Exception as error:
        raise Wrong(f"{what} cannot be turned into numbers ({quoted(error)}).") from None
    if values.dtype.kind == "c":
        raise Wrong(f"{what} is complex, and real numbers are asked for.")
    if values.dtype.kind not in "biuf":
        raise Wrong(f"{what} holds something that is not a number: {short(answer)}.")
    return values


def number(answer, what: str = "The answer") -> float:
    """Return an answer as one finite number."""
    if type(answer) is int:
        if abs(answer) > LARGEST:
            raise Wrong(f"{what} is larger than any count of this course.")
        return answer
    values = plain(answer, what)
    if values.dtype.kind == "b":
        raise Wrong(f"{what} is {short(answer)}, and a number is asked for.")
    if values.size != 1:
        raise Wrong(f"{what} has {values.size:,} values, and one number is asked for.")
    value = values.reshape(-1)[0].item()
    if not math.isfinite(value):
        raise Wrong(f"{what} is {value}. Somewhere a division or a logarithm went wrong.")
    return value


def whole(answer, what: str = "The answer") -> int:
    """Return an answer as one whole number."""
    value = number(answer, what)
    if value != int(value):
        raise Wrong(f"{what} is {value:g}, and it counts something: it must be a whole number.")
    return int(value)


def sizes(answer, meaning: tuple[str, ...], what: str = "The shape") -> tuple[int, ...]:
    """Return an answer as a shape: one whole number for each word of `meaning`."""
    values = plain(answer, what)
    wanted = f"({', '.join(meaning)})"
    if values.ndim != 1 or values.size != len(meaning):
        raise Wrong(f"{what} needs {len(meaning)} numbers, {wanted}, not {short(answer)}.")
    return tuple(whole(value, f"The {word}") for word, value in zip(meaning, values, strict=True))


def array(answer, shape: tuple[int, ...], what: str = "The answer") -> np.ndarray:
    """Return an answer as an array of finite numbers that has a given shape."""
    values = plain(answer, what)
    if values.shape != shape:
        raise Wrong(shape_fault(values.shape, shape, what))
    if not np.all(np.isfinite(values)):
        raise Wrong(f"{what} has values that are infinite or not a number.")
    return values.astype(float)


def pair(answer, what: str = "The answer") -> np.ndarray:
    """Return an answer as an array of two numbers."""
    values = plain(answer, what)
    if values.shape != (2,):
        raise Wrong(f"{what} must be two numbers, not {short(answer)}.")
    return values


def error_rate(answer, what: str) -> float:
    """Return an answer as an error rate, a fraction between 0 and 1."""
    rate = number(answer, what)
    if 1 < rate <= 100:
        raise Wrong(f"{what} is {rate:g}, which looks like percent. Give it as a fraction.")
    if not 0 <= rate <= 1:
        raise Wrong(f"{what} is {rate:g}, and a fraction of the images lies between 0 and 1.")
    return rate


def shape_fault(given: tuple[int, ...], wanted: tuple[int, ...], what: str) -> str:
    """Return what is wrong with a shape, and not the right one."""
    said = f"{what} has shape {given}"
    if sorted(given) == sorted(wanted):
        return f"{said}: the right sizes, but the axes are in another order."
    if tuple(size for size in given if size != 1) == tuple(size for size in wanted if size != 1):
        return f"{said}: the right sizes, but axes of length 1 are missing or too many."
    if len(given) != len(wanted):
        more = "too many" if len(given) > len(wanted) else "too few"
        return f"{said}, which is {abs(len(given) - len(wanted))} axes {more}."
    steps = {one - other for one, other in zip(given, wanted, strict=True)}
    if steps <= {0, -1}:
        return f"{said}: one too few along an axis. Look at what happens at the last place."
    if steps <= {0, 1}:
        return f"{said}: one too many along an axis. Does the last window still fit?"
    return f"{said}, which does not fit what the exercise asks for."


def tell(
    given, right, mistakes: Iterable, otherwise: str, near: float = 0, relative: float = 0
) -> None:
    """Return if `given` is `right` (within `near`, or a `relative` part), else raise what is wrong.

    Both are a number or several. `mistakes` are (value, sentence) pairs: what a typical wrong
    way would have given. `otherwise` is said where none of them fits.
    """

    def is_near(value):
        distance = np.abs(np.subtract(given, value))
        return bool(np.all(distance <= near + relative * np.abs(value)))

    if is_near(right):
        return
    for value, sentence in mistakes:
        if is_near(value):
            raise Wrong(sentence)
    raise Wrong(otherwise)


# ---------- grading a function ----------


def randoms(seed: int, *shape: int) -> np.ndarray:
    """Return random numbers of a shape, the same ones for the same seed."""
    return np.random.default_rng(seed).normal(size=shape)


@contextmanager
def _time_limit(seconds: float):
    """Stop what runs inside after `seconds`, where the system has a timer that can."""
    if not hasattr(signal, "setitimer") or (
        threading.current_thread() is not threading.main_thread()
    ):
        yield
        return

    def stop(*_):
        raise _TooSlow

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def described(case: tuple) -> str:
    """Return what a function was called with, arrays by their shapes."""
    parts = []
    for value in case:
        shape = np.shape(value) if isinstance(value, np.ndarray) else None
        parts.append(f"an array {shape}" if shape else short(value, 40))
    return ", ".join(parts)


def call(function, case: tuple, names: str):
    """Return what a reader's function makes of a copy of `case`, and the copy afterwards."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some functions of C have none
        signature = None
    if signature:
        try:
            signature.bind(*case)
        except TypeError:
            raise Wrong(
                f"The function must take {len(case)} arguments, ({names}), and yours takes "
                f"{signature}."
            ) from None
    used = copy.deepcopy(case)
    try:
        with _time_limit(LONGEST), np.errstate(all="ignore"):
            return function(*used), used
    except _TooSlow:
        raise Wrong(
            f"For {described(case)} the function was not done after {LONGEST} seconds. Is there a "
            "loop that never ends?"
        ) from None
    except KeyboardInterrupt:
        raise Wrong("The function was interrupted. Is there a loop that never ends?") from None
    except (Exception, SystemExit) as error:
        raise Wrong(f"For {described(case)} the function raises {quoted(error)}") from None


def _attempt(function, case: tuple) -> np.ndarray | None:
    """Return what a wrong way gives, or None where it fails by itself."""
    try:
        return np.asarray(function(*copy.deepcopy(case)), dtype=float)
    except Exception:
        return None


def same(one: np.ndarray | None, other: np.ndarray | None) -> bool:
    """Return whether two arrays hold the same numbers, up to rounding."""
    if one is None or other is None or one.shape != other.shape:
        return False
    return bool(np.allclose(one, other, rtol=1e-4, atol=1e-5, equal_nan=True))


def grade(function, names: str, cases: list[tuple], right, mistakes, read=None) -> None:
    """Return if a reader's `function` gives what `right` does in all cases, else raise `Wrong`.

    `names` are its arguments, as the exercise has them. `mistakes` are (sentence, function)
    pairs, typical wrong ways; where the results are what one of them gives, its sentence is
    told. `read` brings a result to one array of numbers, if it is not one already.
    """
    if not callable(function):
        plain(function)
        raise Wrong("A function is asked for. Give its name alone, without brackets behind it.")
    results, after = [], []
    for case in cases:
        result, used = call(function, case, names)
        if result is None or has_dots(result):
            raise Wrong(WORK)
        results.append((read or plain)(result, "What the function returns"))
        after.append(used)
    wanted = [np.asarray(right(*copy.deepcopy(case)), dtype=float) for case in cases]
    if not all(map(same, results, wanted)):
        for sentence, wrong in mistakes:
            if all(
                same(got, _attempt(wrong, case)) for got, case in zip(results, cases, strict=True)
            ):
                raise Wrong(sentence)
        _first_difference(cases, results, wanted)
    for case, used in zip(cases, after, strict=True):
        for name, before, now in zip(names.split(", "), case, used, strict=True):
            if isinstance(before, np.ndarray) and not same(
                before.astype(float), np.asarray(now, dtype=float)
            ):
                raise Wrong(
                    "The results are right, but the function changes the array that it is given "
                    f"as {name}. Whoever calls it will be surprised: work on a copy."
                )


def _first_difference(cases, results, wanted) -> None:
    """Say in which case a function is wrong first: by shape, by NaN, or by how much."""
    for case, got, right in zip(cases, results, wanted, strict=True):
        if same(got, right):
            continue
        what = f"For {described(case)} the result"
        if got.shape != right.shape:
            raise Wrong(shape_fault(got.shape, right.shape, what))
        if not np.all(np.isfinite(got)):
            raise Wrong(f"{what} has values that are infinite or not a number.")
        apart = np.abs(got.astype(float) - right)
        where = tuple(int(i) for i in np.unravel_index(apart.argmax(), apart.shape))
        place = f", at {where}" if where else ""
        share = np.mean(~np.isclose(got.astype(float), right, rtol=1e-4, atol=1e-5))
        raise Wrong(
            f"{what} has the right shape, and {share:.0%} of its values are wrong; the largest "
            f"difference is {apart.max():.3g}{place}. Work out one value by hand."
            if where
            else f"{what} is off by {apart.max():.3g}. Work out this case by hand."
        )
