"""As `packages.py`, for a notebook that needs PyTorch as well."""

__all__ = ["sys"]  # the text below imports it for the notebook

# included from here on
import importlib.util
import sys

lacking = [name for name in ("numpy", "torch", "matplotlib") if not importlib.util.find_spec(name)]
if lacking:
    raise ModuleNotFoundError(
        f"This kernel has no {' and no '.join(lacking)}: run `%pip install {' '.join(lacking)}` in "
        "a new cell, then restart the kernel and run this cell again."
    )
