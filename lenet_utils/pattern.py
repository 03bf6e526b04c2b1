"""One pattern forward and back through a network of the table, compiled by Numba.

The training of 1998 changes the weights after every single image, so nothing can be gained
by batches. Here the layers are loops and small matrix products over a few flat arrays, and a
pattern takes a fraction of a millisecond on one core. `lenet_utils.sdlm` is the way in.

A network is a `plan`: one row of whole numbers for each layer (see the names below), and for
each layer the amplitude A and the slope S of its squashing function f(a) = A tanh(S a),
where S = 0 stands for no squashing. Source: sections II-B and II-C and appendix C.
"""

from __future__ import annotations

import numpy as np
from numba import njit

# The columns of a plan. "At" is where a layer's part of a flat array begins.
KIND, HEIGHT, WIDTH, CHANNELS, SIZE, ROWS, COLUMNS, MAPS = range(8)
WEIGHTS_AT, INPUT_AT, OUTPUT_AT, PATCHES_AT, FIELDS = range(8, 13)

CONVOLUTION, SUBSAMPLING = 0, 1  # a fully connected layer is a convolution of one position
MAP, MSE, CROSS_ENTROPY, SQUARED = range(4)  # the losses: two on RBF penalties, two on outputs


@njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def squash(sums, amplitude, slope):
    """Replace sums a by A tanh(S a), in place.

    With z = 2 S |a|, exp(-z) - 1 is a short series for z / 64, doubled six times by the rule
    expm1(2t) = m (m + 2). It differs from tanh by less than 1e-6, and compiles to vectors.
    """
    one, two = np.float32(1), np.float32(2)
    for i in range(sums.size):
        a = sums[i]
        z = min(abs(a) * slope * two, np.float32(40)) * np.float32(-1 / 64)
        m = one + z * (np.float32(1 / 4) + z * np.float32(1 / 20))
        m = z * (one + z * (np.float32(1 / 2) + z * (np.float32(1 / 6) * m)))
        m = m * (m + two)  # written out: a loop here would keep the outer one from vectors
        m = m * (m + two)
        m = m * (m + two)
        m = m * (m + two)
        m = m * (m + two)
        m = m * (m + two)
        value = -m / (m + two) * amplitude
        sums[i] = value if a >= 0 else -value


@njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def _cut(maps, size, patches):
    """Lay out every size x size window of `maps` (channels, height, width) as one column."""
    channels, height, width = maps.shape
    rows, columns = height - size + 1, width - size + 1
    for m in range(channels):
        for y in range(size):
            for x in range(size):
                line = patches[(m * size + y) * size + x]
                for r in range(rows):
                    for c in range(columns):
                        line[r * columns + c] = maps[m, r + y, c + x]


@njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def _paste(patches, size, maps):
    """Add every column of `patches` to the window of `maps` that it was cut from."""
    channels, height, width = maps.shape
    rows, columns = height - size + 1, width - size + 1
    for m in range(channels):
        for y in range(size):
            for x in range(size):
                line = patches[(m * size + y) * size + x]
                for r in range(rows):
                    for c in range(columns):
                        maps[m, r + y, c + x] += line[r * columns + c]


@njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def forward(plan, squashing, weights, states, patches):
    """Fill `states` layer by layer; the input must be in its first places."""
    for k in range(len(plan)):
        p = plan[k]
        height, width, channels = p[HEIGHT], p[WIDTH], p[CHANNELS]
        rows, columns, maps, size = p[ROWS], p[COLUMNS], p[MAPS], p[SIZE]
        positions = rows * columns
        source = states[p[INPUT_AT] : p[INPUT_AT] + channels * height * width]
        target = states[p[OUTPUT_AT] : p[OUTPUT_AT] + maps * positions]
        maps_in = source.reshape(channels, height, width)
        sums = target.reshape(maps, positions)
        if p[KIND] == CONVOLUTION:
            inputs = size * size * channels
            middle = p[WEIGHTS_AT] + maps * inputs
            kernel = weights[p[WEIGHTS_AT] : middle].reshape(maps, inputs)
            bias = weights[middle : middle + maps]
            windows = patches[p[PATCHES_AT] : p[PATCHES_AT] + inputs * positions]
            windows = windows.reshape(inputs, positions)
            _cut(maps_in, size, windows)
            np.dot(kernel, windows, sums)
            for m in range(maps):
                for i in range(positions):
                    sums[m, i] += bias[m]
        else:
            copies = maps // channels
            coefficient = weights[p[WEIGHTS_AT] : p[WEIGHTS_AT] + maps]
            bias = weights[p[WEIGHTS_AT] + maps : p[WEIGHTS_AT] + 2 * maps]
            added = patches[p[PATCHES_AT] : p[PATCHES_AT] + maps * positions]
            added = added.reshape(maps, positions)
            for m in range(maps):
                for r in range(rows):
                    for c in range(columns):
                        total = np.float32(0)
                        for y in range(size):
                            for x in range(size):
                                total += maps_in[m // copies, r * size + y, c * size + x]
                        added[m, r * columns + c] = total
                for i in range(positions):
                    sums[m, i] = coefficient[m] * added[m, i] + bias[m]
        if squashing[k, 1] > 0:
            squash(target, squashing[k, 0], squashing[k, 1])


@njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def _through_squashing(values, outputs, amplitude, slope, squared):
    """Multiply by f'(a) = A S (1 - (f(a) / A)^2), or by its square (equation 26)."""
    for i in range(values.size):
        ratio = outputs[i] / amplitude
        steepness = amplitude * slope * (np.float32(1) - ratio * ratio)
        values[i] *= steepness * steepness if squared else steepness


@njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def _step_rank_one(kernel, rates, errors, inputs):
    """Step a fully connected kernel: its gradient is errors times inputs, never stored."""
    for m in range(errors.size):
        error = errors[m]
        for i in range(inputs.size):
            kernel[m, i] -= rates[m, i] * error * inputs[i]


@njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def backward(plan, squashing, weights, states, patches, errors, scratch, squared, rates, sums):
    """Propagate `errors` back, and use each gradient at once.

    `errors` holds dE/dx of the last layer in its last places, laid out as `states`. If not
    `squared`, each weight takes its step w -= rate * dE/dw as soon as it is known (after the
    weight was used to propagate). If `squared`, everything that multiplies is squared, which
    gives the second derivatives of equations 22 to 27, and they are added to `sums`.
    """
    for k in range(len(plan) - 1, -1, -1):
        p = plan[k]
        height, width, channels = p[HEIGHT], p[WIDTH], p[CHANNELS]
        rows, columns, maps, size = p[ROWS], p[COLUMNS], p[MAPS], p[SIZE]
        positions = rows * columns
        start = p[WEIGHTS_AT]
        target = slice(p[OUTPUT_AT], p[OUTPUT_AT] + maps * positions)
        source = slice(p[INPUT_AT], p[INPUT_AT] + channels * height * width)
        flat = errors[target]
        if squashing[k, 1] > 0:
            _through_squashing(flat, states[target], squashing[k, 0], squashing[k, 1], squared)
        error = flat.reshape(maps, positions)
        back = errors[source].reshape(channels, height, width)
        back[:] = 0
        if p[KIND] == CONVOLUTION:
            inputs = size * size * channels
            middle = start + maps * inputs
            kernel = weights[start:middle].reshape(maps, inputs)
            windows = patches[p[PATCHES_AT] : p[PATCHES_AT] + inputs * positions]
            windows = windows.reshape(inputs, positions)
            if k > 0:
                spread = scratch[: inputs * positions].reshape(inputs, positions)
                np.dot((kernel * kernel if squared else kernel).T, error, spread)
                _paste(spread, size, back)
            if squared:
                sums[start:middle] += np.dot(error, (windows * windows).T).ravel()
            elif positions == 1:
                steps = rates[start:middle].reshape(maps, inputs)
                _step_rank_one(kernel, steps, flat, windows.ravel())
            else:
                np.dot(error, windows.T, scratch[: maps * inputs].reshape(maps, inputs))
                for i in range(maps * inputs):
                    weights[start + i] -= rates[start + i] * scratch[i]
            for m in range(maps):
                total = error[m].sum()
                if squared:
                    sums[middle + m] += total
                else:
                    weights[middle + m] -= rates[middle + m] * total
        else:
            copies = maps // channels
            added = patches[p[PATCHES_AT] : p[PATCHES_AT] + maps * positions]
            added = added.reshape(maps, positions)
            for m in range(maps):
                factor = weights[start + m]
                if squared:
                    factor *= factor
                for r in range(rows):
                    for c in range(columns):
                        share = factor * error[m, r * columns + c]
                        for y in range(size):
                            for x in range(size):
                                back[m // copies, r * size + y, c * size + x] += share
                for_coefficient, for_bias = np.float32(0), np.float32(0)
                for i in range(positions):
                    x = added[m, i]
                    for_coefficient += error[m, i] * (x * x if squared else x)
                    for_bias += error[m, i]
                if squared:
                    sums[start + m] += for_coefficient
                    sums[start + maps + m] += for_bias
                else:
                    weights[start + m] -= rates[start + m] * for_coefficient
                    weights[start + maps + m] -= rates[start + maps + m] * for_bias


@njit(cache=True, nogil=True, error_model="numpy")
def judge(loss, scale, rubbish, codes, outputs, label, slopes, bends):
    """Return (loss, answer) of one pattern; fill dE/dx and the diagonal of d2E/dx2.

    `outputs` are F6's states for the RBF losses, else the last layer's. `rubbish` is e^-j of
    equation 9. The losses are multiplied by `scale`, and so are all their derivatives.
    """
    count = len(codes) if loss <= MSE else len(outputs)
    scores = np.zeros(count)
    slopes[:] = 0
    bends[:] = 0
    if loss <= MSE:
        for i in range(count):
            for n in range(len(outputs)):
                scores[i] -= (outputs[n] - codes[i, n]) ** 2  # minus the penalty, equation 7
    else:
        for i in range(count):
            scores[i] = outputs[i]
    answer = np.argmax(scores)
    if loss == SQUARED:
        value = 0.0
        for i in range(count):
            miss = outputs[i] - (1 if i == label else -1)
            value += miss * miss / 2
            slopes[i] = scale * miss
            bends[i] = scale
        return scale * value, answer
    if loss == MSE:  # equation 8: the penalty of the right class, and nothing else
        for n in range(len(outputs)):
            slopes[n] = scale * 2 * (outputs[n] - codes[label, n])
            bends[n] = scale * 2
        return -scale * scores[label], answer
    top = max(scores[answer], np.log(rubbish)) if rubbish > 0 else scores[answer]
    shares = np.exp(scores - top)
    total = shares.sum() + (rubbish * np.exp(-top) if rubbish > 0 else 0.0)
    shares /= total
    value = np.log(total) + top - scores[label]
    for i in range(count):
        slope = (1.0 if i == label else 0.0) - shares[i]  # dE/dy, y the penalty
        bend = shares[i] * (1 - shares[i])
        if loss == CROSS_ENTROPY:
            slopes[i] = -scale * slope
            bends[i] = scale * bend
        else:
            for n in range(len(outputs)):
                miss = 2 * (outputs[n] - codes[i, n])
                slopes[n] += scale * slope * miss
                bends[n] += scale * (bend * miss * miss + 2 * slope)
    return scale * value, answer


@njit(cache=True, nogil=True, error_model="numpy")
def _place(image, low, step, states, side):
    """Put a uint8 image in the middle of the input, its levels as floats."""
    states[: side * side] = low
    border = (side - len(image)) // 2
    for r in range(len(image)):
        for c in range(len(image)):
            states[(r + border) * side + c + border] = low + step * np.float32(image[r, c])


@njit(cache=True, nogil=True, error_model="numpy")
def run(plan, squashing, weights, buffers, images, labels, order, levels, loss, codes, rates):
    """Show the patterns in `order`, one at a time, with a step after each: one pass.

    Returns (mean loss, number of errors), both counted on the fly.
    """
    states, patches, errors, scratch, sums = buffers
    side, last = plan[0, HEIGHT], plan[-1, OUTPUT_AT]
    kind, scale, rubbish = int(loss[0]), loss[1], loss[2]
    bends = np.zeros(len(states) - last, np.float32)
    lost, wrong = 0.0, 0
    for number in order:
        _place(images[number], levels[0], levels[1], states, side)
        forward(plan, squashing, weights, states, patches)
        value, answer = judge(
            kind, scale, rubbish, codes, states[last:], labels[number], errors[last:], bends
        )
        backward(plan, squashing, weights, states, patches, errors, scratch, False, rates, sums)
        lost += value
        wrong += answer != labels[number]
    return lost / len(order), wrong


@njit(cache=True, nogil=True, error_model="numpy")
def curvature(plan, squashing, weights, buffers, images, labels, order, levels, loss, codes):
    """Return the mean second derivative of the loss by every weight (equations 22 to 27)."""
    states, patches, errors, scratch, sums = buffers
    side, last = plan[0, HEIGHT], plan[-1, OUTPUT_AT]
    kind, scale, rubbish = int(loss[0]), loss[1], loss[2]
    slopes = np.zeros(len(states) - last, np.float32)
    sums[:] = 0
    for number in order:
        _place(images[number], levels[0], levels[1], states, side)
        forward(plan, squashing, weights, states, patches)
        judge(kind, scale, rubbish, codes, states[last:], labels[number], slopes, errors[last:])
        backward(plan, squashing, weights, states, patches, errors, scratch, True, sums, sums)
    return sums / np.float32(len(order))


@njit(cache=True, nogil=True, error_model="numpy")
def outputs(plan, squashing, weights, buffers, images, levels):
    """Return the last layer's outputs, (count, units), for all images."""
    states, patches, _, _, _ = buffers
    side, last = plan[0, HEIGHT], plan[-1, OUTPUT_AT]
    found = np.empty((len(images), len(states) - last), np.float32)
    for number in range(len(images)):
        _place(images[number], levels[0], levels[1], states, side)
        forward(plan, squashing, weights, states, patches)
        found[number] = states[last:]
    return found


@njit(cache=True, fastmath=True, nogil=True, error_model="numpy")
def affine(images, matrices, side):
    """Return uint8 images (count, side, side), each seen through an affine map of its own.

    Pixel (row, column) of the result, counted from the center, takes its level from
    matrix @ (row, column, 1) of the original, also from its center: the weighted mean of the
    four nearest pixels. Outside of the original there is background.
    """
    size = images.shape[1]
    middle, center = np.float32((side - 1) / 2), np.float32((size - 1) / 2)
    results = np.zeros((len(images), side, side), np.uint8)
    for n in range(len(images)):
        a, b, down, c, d, right = matrices[n].ravel()
        for i in range(side):
            for j in range(side):
                y, x = np.float32(i) - middle, np.float32(j) - middle
                row, column = a * y + b * x + down + center, c * y + d * x + right + center
                if row <= -1 or column <= -1 or row >= size or column >= size:
                    continue
                top, left = int(np.floor(row)), int(np.floor(column))
                below, beside = row - top, column - left
                level = np.float32(0)
                for r in range(2):
                    for q in range(2):
                        if 0 <= top + r < size and 0 <= left + q < size:
                            weight = (below if r else 1 - below) * (beside if q else 1 - beside)
                            level += weight * images[n, top + r, left + q]
                results[n, i, j] = np.uint8(level + np.float32(0.5))
    return results
