"""Build the book: each step again only when something that it depends on has changed.

    python -m book.building      # everything, in both languages: `make book`
    python -m book.building page # the English pages, with tables as they are: `make page`

A step is known by a key: the content of its files, the versions of all installed libraries, and
what else decides about its result. Times of files do not count, so a copy of a checkout that was
built builds nothing. `_build/steps.json` holds the key of each step's last run and the names of the
files that it made; a step runs again when one of them is gone. Which pages of an edition are to be
read again, Sphinx decides.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from autograder.course.files import write_atomically
from book import editions, fashion_files
from book.modules import dependencies

ROOT = Path(__file__).resolve().parents[1]
PUBLISHED = ("REPOSITORY_URL", "REPOSITORY_BRANCH", "SITE_URL")  # see _ext/publication.py
# What the cells of the English pages may read, the pages themselves among it.
ENGLISH = (
    *("book/**/*", "!book/locale/**/*", "_config.yml", "pyproject.toml"),
    *("assignments/**/*", "autograder/**/*", "solutions/**/*"),
    *("_build/fairness.md", "_build/attacks.md", "_build/figures.json", "_build/figure-data/*"),
)


@dataclass(frozen=True)
class Step:
    """One part of the build.

    name : its entry in `steps.json`
    command : Python's arguments
    inputs, outputs : the files that it depends on and makes, as patterns; "!" takes files out
    modules : files of Python, also as patterns; it depends on what they import from the book, too
    facts : what else its result depends on, asked for when its turn comes
    folder : where it runs, from the root
    again : arguments that follow when all is to be made again: one of the inputs `everywhere` or a
        library changed, or a file is gone that is no page
    """

    name: str
    command: tuple[str, ...]
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    facts: Callable[[Path], list[str]] = lambda root: []
    folder: str = "."
    again: tuple[str, ...] = ()
    everywhere: tuple[str, ...] = ()


TABLES = (
    Step(
        "fairness",
        ("-m", "tests.fairness", "--seeds", "1", "--page", "_build/fairness.md"),
        ("solutions/**/*.py", "tests/fairness/**/*.py", "autograder/**/*.py"),
        ("_build/fairness.md",),
    ),
    # Its page runs again whenever this is made: what protects is found out then.
    Step(
        "attacks",
        ("-m", "book.promises", "_build/attacks.md"),
        ("book/promises.py", "book/grading-safely.md", "tests/**/*.py", "autograder/**/*.py"),
        ("_build/attacks.md",),
    ),
)
EXPERIMENTS = Step(
    "experiments",
    ("-m", "experiments"),
    outputs=("_build/results/*.pt",),
    modules=("book/experiments/*.py",),
    folder="book",
)
FIGURES = Step(
    "figure data",
    ("-m", "figure_data", "../_build/figure-data"),
    ("_build/results/*.pt",),
    ("_build/figure-data/*",),
    modules=("book/figure_data.py",),
    folder="book",
)


def edition(language: str, others: Iterable[str] = ()) -> Step:
    """The pages in one language.

    others : the languages whose pages lie below the English ones, for English
    """
    if language == "en":
        inputs, html = ENGLISH, "_build/html"
    else:
        # The English edition runs the cells; the others show its runs.
        executed = "_build/jupyter_execute/*.ipynb"
        catalogs = (f"book/locale/{language}/**/*", "!book/locale/**/*.mo")  # Sphinx writes those
        inputs, html = (*ENGLISH, *catalogs, executed), f"_build/html/{language}"
    return Step(
        language,
        ("-m", "book.editions", "build", language),
        inputs,
        (f"{html}/**/*", *(f"!{html}/{other}/**/*" for other in others)),
        facts=lambda root: surroundings(root, language),
        again=("--all",),
        # Sphinx does not know what its extensions and the search depend on.
        everywhere=("book/_ext/*.py", f"book/locale/{language}/terms.csv"),
    )


def surroundings(root: Path, language: str) -> list[str]:
    """What an edition depends on beside its files: where it is published, JupyterLite, a font."""
    known = [os.environ.get(name, "") for name in PUBLISHED]
    lite = files(root, ["_build/lite/site/**/*"])
    known += [f"{path.relative_to(root)} {path.stat().st_size}" for path in lite]
    if language.startswith("zh"):
        from book.paper import chinese_font  # loads Matplotlib

        known.append(str(chinese_font()))
    return known


def files(root: Path, patterns: Iterable[str]) -> list[Path]:
    """The files that the patterns name one after the other, without hidden and compiled ones."""
    chosen: set[Path] = set()
    for pattern in patterns:
        some = root.glob(pattern.removeprefix("!"))
        chosen = chosen.difference(some) if pattern.startswith("!") else chosen.union(some)
    return sorted(path for path in chosen if path.is_file() and not _is_left_out(path, root))


def _is_left_out(path: Path, root: Path) -> bool:
    parts = path.relative_to(root).parts
    return any(part == "__pycache__" or part.startswith(".") for part in parts)


def versions() -> list[str]:
    """Python, all installed packages with their versions, and whether Fashion-MNIST is here."""
    places = {Path(place) for place in sys.path if place}
    packages = sorted({info.name for place in places for info in place.glob("*.dist-info")})
    return [sys.version, *packages, str(fashion_files.folder() is not None)]


def key_of(step: Step, root: Path = ROOT) -> str:
    """A name for everything that the result of a step depends on."""
    modules = dependencies(files=files(root, step.modules), book=root / "book")
    known = [*step.command, *versions(), *step.facts(root)]
    return _digest(known, {*files(root, step.inputs), *modules}, root)


def base_of(step: Step, root: Path = ROOT) -> str:
    """A name for that part of it on which each of its files depends."""
    return _digest(versions(), files(root, step.everywhere), root)


def _digest(known: Iterable[str], paths: Iterable[Path], root: Path) -> str:
    digest = hashlib.sha256("\0".join(known).encode())
    for path in sorted(paths):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"\0{path.relative_to(root).as_posix()}\0{content}".encode())
    return digest.hexdigest()


def build(steps: Iterable[Step], root: Path = ROOT) -> None:
    """Run the steps that have to be run; exit with the code of the first that fails."""
    record = root / "_build" / "steps.json"
    for step in steps:
        known = json.loads(record.read_text(encoding="utf-8")) if record.is_file() else {}
        last = known.get(step.name, {"outputs": []})
        key, base = key_of(step, root), base_of(step, root)
        gone = [name for name in last["outputs"] if not (root / name).is_file()]
        if last.get("key") == key and not gone:
            print(f"{step.name}: nothing changed", flush=True)
            continue
        # What fails or is interrupted may have changed some of its files, so it is not known.
        _note(record, known | {step.name: {"outputs": last["outputs"]}})
        whole = last.get("base") != base or any(not name.endswith(".html") for name in gone)
        command = [sys.executable, *step.command, *(step.again if whole else ())]
        if code := subprocess.run(command, cwd=root / step.folder).returncode:
            sys.exit(code)
        made = [path.relative_to(root).as_posix() for path in files(root, step.outputs)]
        _note(record, known | {step.name: {"key": key, "base": base, "outputs": made}})


def _note(record: Path, known: dict[str, dict]) -> None:
    write_atomically(record, json.dumps(known, indent=1) + "\n")


def all_steps() -> list[Step]:
    """The whole book in all languages."""
    languages = editions.languages()
    english = edition("en", languages)
    return [*TABLES, EXPERIMENTS, FIGURES, english, *map(edition, languages)]


def page_steps(root: Path = ROOT) -> list[Step]:
    """The English pages. Tables are made where they are missing; a page trains its own networks."""
    missing = [table for table in TABLES if not files(root, table.outputs)]
    return [*missing, FIGURES, edition("en", editions.languages())]


if __name__ == "__main__":
    print(fashion_files.fetch(), flush=True)
    build(page_steps() if sys.argv[1:] == ["page"] else all_steps())
