"""Draw the logo, the favicon and the picture of the README from the network's own data.

    python tools/draw_assets.py [FOLDER]

The logo is the six kernels that C1 learned: each square one weight, red above zero and blue
below. The favicon is the first of them. The picture is the table, drawn like the paper's Fig. 2.
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib

matplotlib.use("svg")

import matplotlib.pyplot as plt
import numpy as np

from lenet_utils import figures, models

FOLDER = Path(__file__).parent.parent / "book" / "assets"


def kernel_squares(kernel: np.ndarray, left: float, top: float, pixel: float, limit: float) -> str:
    """Return a kernel, (5, 5), as SVG squares of `pixel` units a side."""
    squares = []
    for (row, column), weight in np.ndenumerate(kernel):
        color = matplotlib.colors.to_hex(figures.SIGNED((weight / limit + 1) / 2))
        squares.append(
            f'<rect x="{left + column * pixel:g}" y="{top + row * pixel:g}" '
            f'width="{pixel:g}" height="{pixel:g}" fill="{color}"/>'
        )
    return "\n".join(squares)


def svg(width: float, height: float, title: str, content: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-label="{title}" shape-rendering="crispEdges">\n'
        f"<title>{title}</title>\n{content}\n</svg>\n"
    )


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    kernels = models.trained_weights()["C1"][0][:, :, 0, :].astype(float)
    limit = float(np.abs(kernels).max())
    pixel, gap = 4.0, 4.0
    parts = []
    for number in range(kernels.shape[2]):
        row, column = divmod(number, 3)
        left, top = (gap + column * (5 * pixel + gap), gap + row * (5 * pixel + gap))
        parts.append(kernel_squares(kernels[..., number], left, top, pixel, limit))
    width, height = 4 * gap + 15 * pixel, 3 * gap + 10 * pixel
    background = f'<rect width="{width:g}" height="{height:g}" rx="3" fill="{figures.PAPER}"/>\n'
    logo = svg(width, height, "The six kernels of C1", background + "\n".join(parts))
    (folder / "logo.svg").write_text(logo, encoding="utf-8")
    icon = svg(20, 20, "A kernel of C1", kernel_squares(kernels[..., 0], 0, 0, pixel, limit))
    (folder / "favicon.svg").write_text(icon, encoding="utf-8")

    figures.use_house_style()
    figure = figures.architecture()
    figure.savefig(folder / "architecture.svg", metadata={"Date": None, "Creator": None})
    plt.close(figure)


if __name__ == "__main__":
    main()
