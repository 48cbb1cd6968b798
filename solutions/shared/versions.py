"""The part of a setup cell that refuses a Python or a NumPy that is too old."""

import sys

import numpy as np

# included from here on
if sys.version_info.minor < 10:
    raise ImportError(
        f"This kernel runs Python {sys.version.split()[0]}: choose one with Python 3.10 or newer."
    )
if np.lib.NumpyVersion(np.__version__) < "1.26.0":
    raise ImportError(
        f"This kernel has NumPy {np.__version__}, and 1.26 is the oldest that will do: run `%pip "
        "install --upgrade numpy` in a new cell, then restart the kernel and run this cell again."
    )
