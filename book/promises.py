"""Count the attacks for the page on grading safely, and see that the tests it names are there.

`make book` runs it: python -m book.promises _build/attacks.md
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from autograder.course.files import write_atomically
from tests.attacks.catalogue import ATTACKS, MODULES

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "book" / "grading-safely.md"
NAMED = re.compile(r"`((?:attacks/\w+|(?:\w+/)?test_\w+)\.py)`")


def main(written: Path) -> None:
    """Write the table that the page includes; exit with a sentence where the page is wrong."""
    named = NAMED.findall(PAGE.read_text(encoding="utf-8"))
    missing = sorted({name for name in named if not (ROOT / "tests" / name).is_file()})
    if missing or not named:
        sys.exit(f"{PAGE.name} names tests that are not there: {', '.join(missing) or 'none'}")
    write_atomically(written, attack_table())


def attack_table() -> str:
    """How many attacks each module holds, and how many were seen to work elsewhere."""
    lines = [
        ":::{table}",
        ":class: stacked",
        "",
        "| in `attacks/` | what its submissions try | how many |",
        "|---|---|---:|",
    ]
    for module in MODULES:
        name, what = module.__name__.rpartition(".")[2], module.__doc__.splitlines()[0]
        lines.append(f"| `{name}.py` | {what.rstrip('.')} | {len(module.GROUP.attacks)} |")
    proved = sum(bool(attack.proof) for attack in ATTACKS)
    lines += [
        f"| | **together** | **{len(ATTACKS)}** |",
        "",
        ":::",
        "",
        f"{proved} of them are also run where nothing protects, in the same process as the checks. "
        "There each gets its points or does its harm, so they are attacks, and not just odd "
        "submissions. Of the others this cannot be shown: they aim at this grader's own protocol "
        "and limits, would take the machine down, or are files that only have to be read.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
