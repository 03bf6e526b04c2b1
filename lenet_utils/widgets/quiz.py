"""The quiz of a chapter: a few predictions, and a word on each choice."""

from __future__ import annotations

import html
import re

import traitlets

from lenet_utils.widgets.element import Element, between, trait
from lenet_utils.widgets.quizzes import QUIZZES

UNANSWERED = -1


def _marked(text: str) -> str:
    """Return text as HTML; what stands between backticks is code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text, quote=False))


class Quiz(Element):
    """The questions of one chapter, each with feedback on every choice.

    `chapter` is the name of the chapter's file, "02_c1" for one. `answers` holds the number of
    the checked choice of each question, from 0, or -1; `score` counts the right ones. Raises
    ValueError for a chapter without a quiz, or answers that are none of the choices.
    """

    name = "quiz"
    chapter = trait(traitlets.Unicode)
    questions = trait(traitlets.List)
    answers = trait(traitlets.List)

    def __init__(self, chapter: str, answers=None):
        if chapter not in QUIZZES:
            raise ValueError(f"chapter must be one of {', '.join(QUIZZES)}, not {chapter!r}.")
        questions = [question.as_data() for question in QUIZZES[chapter]]
        super().__init__(
            chapter=chapter,
            questions=questions,
            answers=[UNANSWERED] * len(questions) if answers is None else answers,
        )

    @traitlets.validate("answers")
    def _choices(self, proposal):
        given = proposal["value"]
        if len(given) != len(self.questions):
            raise ValueError(f"answers must be {len(self.questions)} numbers, not {len(given)}.")
        return [
            between("each answer", answer, len(question["choices"]) - 1, UNANSWERED)
            for answer, question in zip(given, self.questions, strict=True)
        ]

    @property
    def score(self) -> int:
        """How many questions are answered right."""
        pairs = zip(self.answers, self.questions, strict=True)
        return sum(
            answer != UNANSWERED and question["choices"][answer]["right"]
            for answer, question in pairs
        )

    def still(self) -> str:
        items = []
        for question in self.questions:
            choices = "".join(f"<li>{_marked(one['text'])}</li>" for one in question["choices"])
            items.append(f"<li>{_marked(question['text'])}<ul>{choices}</ul></li>")
        return (
            f"<figure><ol>{''.join(items)}</ol><figcaption>Quiz. In the book, and where the cell "
            "is run, each choice can be checked and says why.</figcaption></figure>"
        )
