"""Describe an exception in a student's code, in the same way in a jail and in a kernel."""

from __future__ import annotations

MAX_MESSAGE = 2_000  # characters
RULES_OUT = "does the asked work in your place, and this assignment rules it out"


def rules_out(name: str) -> str:
    """The message for a student who uses a library that an assignment rules out.

    name : what was used, as in "torch.nn.functional.conv2d"
    """
    return f"{name} {RULES_OUT}"


def nearest_builtin(error: BaseException) -> str:
    """The name of the exception's nearest builtin class.

    A student's own subclass of ValueError is a ValueError. PyTorch raises a RuntimeError when there
    is not enough memory; it is a MemoryError here.
    """
    if isinstance(error, RuntimeError) and "DefaultCPUAllocator" in message(error):
        return "MemoryError"
    names = (base.__name__ for base in type(error).__mro__ if base.__module__ == "builtins")
    return next(names, "Exception")


def message(error: BaseException) -> str:
    """The exception's text, cut to `MAX_MESSAGE`; empty where the exception cannot give it."""
    try:
        return str(error)[:MAX_MESSAGE]
    except Exception:
        return ""
