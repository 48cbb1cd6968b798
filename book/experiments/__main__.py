"""Compute every run that no stored result holds, on all cores: python -m experiments."""

from __future__ import annotations

import importlib
import os
import pkgutil
import time
from concurrent.futures import ProcessPoolExecutor, as_completed

import experiments


def runs() -> list[tuple[str, str, tuple]]:
    """Module, function and arguments of every run that the pages ask for."""
    listed = []
    for module in pkgutil.iter_modules(experiments.__path__):
        if module.name != "__main__":
            calls = importlib.import_module(f"experiments.{module.name}").calls()
            listed += [(module.name, compute.__name__, args) for compute, args in calls]
    return listed


def perform(module: str, name: str, args: tuple) -> float:
    """One run, in a process of its own; the seconds that it took."""
    start = time.perf_counter()
    getattr(importlib.import_module(f"experiments.{module}"), name)(*args)
    return time.perf_counter() - start


def main() -> None:
    waiting = [
        (module, name, args)
        for module, name, args in runs()
        if not getattr(importlib.import_module(f"experiments.{module}"), name).is_stored(*args)
    ]
    if not waiting:
        return
    print(f"{len(waiting)} networks to train for the book's pages", flush=True)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        running = {pool.submit(perform, *run): run for run in waiting}
        for number, done in enumerate(as_completed(running), start=1):
            module, name, args = running[done]
            words = " ".join(map(str, args))
            print(
                f"{number}/{len(waiting)} {module}.{name} {words}: {done.result():.1f} s",
                flush=True,
            )


if __name__ == "__main__":
    main()
