"""LeNet-5, layer by layer: what the chapters share.

`architecture` is the table as data, `reference` the layers in NumPy, `models` the same in
Keras, `mnist` the data, `training` the recipe, `paper` the 1998 paper's own numbers, and
`figures` the drawings. Each is imported where it is used; this module imports none of them.
"""

__version__ = "0.1.0"
