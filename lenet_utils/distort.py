"""More training images from the ones there are: the planar distortions of Fig. 7.

The paper lists translation, scaling, squeezing (narrower and taller, or the reverse) and
horizontal shear, and prints no ranges. `MEASURED` holds what the moments of the figure's own
100 images say, `FIGURE_7` a distortion of these strengths.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np

from lenet_utils import mnist


@dataclass(frozen=True)
class Distortion:
    """How far each kind of distortion goes; every image draws its own, uniformly.

    `across` and `down` are pixels either way, `scale` and `squeeze` factors (1.25 means from
    1 / 1.25 to 1.25, uniform in the logarithm), `shear` columns for each row, either way.
    Raises ValueError for a negative reach, or a factor below 1.
    """

    across: float = 0.0
    down: float = 0.0
    scale: float = 1.0
    squeeze: float = 1.0
    shear: float = 0.0

    def __post_init__(self):
        for entry in fields(self):
            value = getattr(self, entry.name)
            least = 1 if entry.name in ("scale", "squeeze") else 0
            if not (math.isfinite(value) and value >= least):
                raise ValueError(f"{entry.name} must be at least {least}, not {value}.")

    def draw(self, count: int, random) -> np.ndarray:
        """Return `count` maps, float32 (count, 2, 3), from a result's pixels to the original's.

        Row and column are counted from the center, as `pattern.affine` takes them.
        """
        across = random.uniform(-self.across, self.across, count)
        down = random.uniform(-self.down, self.down, count)
        scale = np.exp(random.uniform(-1, 1, count) * math.log(self.scale))
        squeeze = np.exp(random.uniform(-1, 1, count) * math.log(self.squeeze))
        shear = random.uniform(-self.shear, self.shear, count)
        tall, wide = scale * squeeze, scale / squeeze
        # Forward: row' = tall row + down, column' = wide (column + shear row) + across.
        maps = np.zeros((count, 2, 3))
        maps[:, 0, 0] = 1 / tall
        maps[:, 0, 2] = -down / tall
        maps[:, 1, 0] = -shear / tall
        maps[:, 1, 1] = 1 / wide
        maps[:, 1, 2] = -across / wide + shear * down / tall
        return maps.astype(np.float32)

    def apply(self, images, seed: int, side: int = 32, keep: float = 0.1) -> np.ndarray:
        """Return uint8 images (count, side, side), distorted, from uint8 (count, 28, 28).

        A fraction `keep` is left as it is: in the paper, 60,000 of 600,000 are originals.
        The same `seed` distorts in the same way. Raises ValueError for other images, a side
        smaller than theirs, or a fraction outside 0 to 1. Needs Numba.
        """
        images = mnist._gray(images)
        if side < images.shape[1]:
            raise ValueError(f"side must be at least {images.shape[1]}, not {side}.")
        if not 0 <= keep <= 1:
            raise ValueError(f"keep must be between 0 and 1, not {keep}.")
        from lenet_utils import pattern

        random = np.random.default_rng(seed)
        maps = self.draw(len(images), random)
        maps[random.random(len(images)) < keep] = np.eye(2, 3, dtype=np.float32)
        return pattern.affine(np.ascontiguousarray(images), maps, side)


def shrink(images, size: int = 16) -> np.ndarray:
    """Return uint8 (count, 28, 28) images whose 20x20 box was brought to `size` x `size`.

    The database of LeNet-1: 16x16 pixels in the middle of a 28x28 field (section III-C).
    Raises ValueError for other images, or a size outside 1 to 28. Needs Numba.
    """
    images = mnist._gray(images)
    if not 1 <= size <= 28:
        raise ValueError(f"size must be between 1 and 28 pixels, not {size}.")
    from lenet_utils import pattern

    maps = np.tile(np.eye(2, 3, dtype=np.float32) * 20 / size, (len(images), 1, 1))
    return pattern.affine(np.ascontiguousarray(images), maps.astype(np.float32), 28)


#: What the moments of Fig. 7's images say: the standard deviation of their position, down and
#: across, in pixels; 5 and 95 % of their scales; the extremes of squeeze and of shear.
MEASURED = {
    "position": (2.0, 1.2),
    "scale": (0.79, 1.29),
    "squeeze": (0.90, 1.11),
    "shear": (-0.18, 0.19),
}
#: A distortion of these strengths.
FIGURE_7 = Distortion(
    across=1.2 * math.sqrt(3), down=2.0 * math.sqrt(3), scale=1.31, squeeze=1.11, shear=0.19
)

#: Weaker ones of the same kinds, which validation images preferred to Fig. 7's.
GENTLE = Distortion(across=1.5, down=1.5, scale=1.2, squeeze=1.11, shear=0.19)
