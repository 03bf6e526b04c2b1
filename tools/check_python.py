"""Say in one sentence what to do if this Python cannot run the course."""

import sys

# An old Python has to understand this file, so no f-string.
if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit(
        "The course needs Python 3.11, 3.12 or 3.13, and this is {}.{}. "
        "Name another one: make PYTHON=python3.12 book".format(*sys.version_info[:2])
    )
