"""For every test and notebook: a relative LENET_MNIST is relative to where pytest was started.

Kernels run in the folder of their notebook, so the path has to be made absolute before.
"""

import os
from pathlib import Path

_named = os.environ.get("LENET_MNIST")
if _named and _named != "sample":
    os.environ["LENET_MNIST"] = str(Path(_named).expanduser().absolute())
