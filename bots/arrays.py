"""The kinds of arrays the matcher works with."""

import os

# One thread for a product: what belongs to one question is too small for several, which then wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Doubles = NDArray[np.float64]
Hashes = NDArray[np.uint32]
Flags = NDArray[np.bool_]
Families = NDArray[np.int8]


def unit_rows(rows: Floats) -> Floats:
    """Each row at length one; a row of zeros stays one."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Floats = rows / np.maximum(lengths, np.float32(1e-9))
    return unit
