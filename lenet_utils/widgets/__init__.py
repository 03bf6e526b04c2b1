"""The interactive elements of the course, for a notebook with a kernel and for the book."""

from lenet_utils.widgets.calculator import LayerCalculator
from lenet_utils.widgets.element import Element

__all__ = ["Element", "LayerCalculator"]
