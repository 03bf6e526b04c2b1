"""The interactive elements of the course, for a notebook with a kernel and for the book."""

from lenet_utils.widgets.calculator import LayerCalculator
from lenet_utils.widgets.element import Element
from lenet_utils.widgets.explorers import ConnectionTable, ReceptiveFieldExplorer
from lenet_utils.widgets.network import LeNetLive, TrainingPlayback
from lenet_utils.widgets.quiz import Quiz
from lenet_utils.widgets.steppers import ConvolutionStepper, PoolingStepper

__all__ = [
    "ConnectionTable",
    "ConvolutionStepper",
    "Element",
    "LayerCalculator",
    "LeNetLive",
    "PoolingStepper",
    "Quiz",
    "ReceptiveFieldExplorer",
    "TrainingPlayback",
]
