"""Say what was measured: a table on the terminal, JSON to keep, a page for the book.

A report is the JSON that `_build/bench.json` holds:

    {"compare": {"size", "contenders": {name: row}, …}, "growth": {…}, "shell": {"commands": …}}

A row is what a `Measurement` says of `ran` submissions, scaled to the size of the class.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from autograder.course.files import write_atomically
from benchmarks.measure import Measurement
from benchmarks.shell import TARGETS as SHELL_TARGETS

COLUMNS = ("", "ran", "wall, s", "CPU, s", "wall each", "CPU each", "biggest", "main")
SHELL_COLUMNS = ("command", "wall, s", "CPU, s", "biggest", "main")
STOCK, TWO_WORKERS = "nbgrader autograde", "autograder, 2 workers"
# What this project asks of itself, on two cores.
TARGETS = {"wall": 12.0, "cpu": 6.0}
TARGET_CPU_EACH = 0.5
TARGET_MAIN = 400.0


def row(measured: Measurement, ran: int, size: int) -> dict[str, float]:
    """One contender: seconds for the whole class and for one submission, and MiB."""
    return {
        **asdict(measured),
        "ran": ran,
        "wall_each": measured.wall / size,
        "cpu_each": measured.cpu / size,
    }


def ratios(contenders: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """How many times less wall and CPU time than nbgrader each contender takes."""
    stock = contenders[STOCK]
    return {
        name: {what: stock[what] / one[what] for what in ("wall", "cpu")}
        for name, one in contenders.items()
    }


def verdicts(report: dict[str, Any]) -> list[str]:
    """What was asked for and what was measured, one sentence each."""
    said = []
    if "compare" in report and TWO_WORKERS in report["compare"]["contenders"]:
        ours = report["compare"]["contenders"][TWO_WORKERS]
        times = ratios(report["compare"]["contenders"])[TWO_WORKERS]
        for what, least in TARGETS.items():
            name = "wall" if what == "wall" else "CPU"
            words = f"{times[what]:.1f}× less {name} time than nbgrader with 2 workers"
            said.append(_verdict(words, f"at least {least:g}×", times[what] >= least))
        words = f"{ours['cpu_each']:.2f} s of CPU a submission"
        said.append(
            _verdict(words, f"at most {TARGET_CPU_EACH} s", ours["cpu_each"] <= TARGET_CPU_EACH)
        )
    for size, one in report.get("growth", {}).get("sizes", {}).items():
        words = f"{one['main']:.0f} MiB in the main process at {int(size):,} submissions"
        said.append(_verdict(words, f"under {TARGET_MAIN:g}", one["main"] < TARGET_MAIN))
    for one in report.get("growth", {}).get("resume", {}).values():
        words = (
            f"killed after {one['killed_after']:.0f} s of {one['undisturbed']:.0f} s, done after "
            f"{one['resumed_for']:.0f} s more: {one['found']} differences in results and gradebook"
        )
        said.append(_verdict("; ".join([words, *one["differences"]]), "none", not one["found"]))
        words = f"{one['left']} processes still running five seconds after the kill"
        said.append(_verdict(words, "none", not one["left"]))
    for name, one in report.get("shell", {}).get("commands", {}).items():
        what, most = SHELL_TARGETS[name]
        words = f"{name}: {one[what]:.2f} s {'of CPU' if what == 'cpu' else 'on the clock'}"
        said.append(_verdict(words, f"at most {most:g} s", one[what] <= most))
    return said


def save(path: Path, **parts: Any) -> dict[str, Any]:
    """Put new parts into the report at `path`, keep its others, and return it all.

    Sizes of the growth measurement are kept as well, so that the long one may run by itself.
    """
    report = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    for name, part in parts.items():
        if name == "growth" and name in report:
            part = {key: {**report[name].get(key, {}), **value} for key, value in part.items()}
        report[name] = part
    write_atomically(path, json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    write_atomically(path.with_suffix(".md"), markdown(report))
    return report


def markdown(report: dict[str, Any]) -> str:
    """The page: tables and sentences, to be included below a heading."""
    lines = []
    if "compare" in report:
        compare = report["compare"]
        lines += [
            f"Measured on {machine_line(compare['machine'])}. "
            f"{compare['size']} submissions; where fewer were run, the rest is reckoned from them.",
            "",
            *_table((*COLUMNS, "× less wall", "× less CPU"), _compare_rows(compare)),
            "",
            *(f"- {note}" for note in compare["notes"]),
            "",
        ]
    if "growth" in report:
        growth = report["growth"]
        header = ("submissions", *COLUMNS[2:], "measured on")
        lines += [
            "How the cost grows, with 2 workers:",
            "",
            *_table(header, _growth_rows(growth)),
            "",
        ]
    if "shell" in report:
        title = f"What one waits for at the shell, {report['shell']['date']}:"
        lines += [title, "", *_table(SHELL_COLUMNS, _shell_rows(report["shell"])), ""]
    lines += [f"- {verdict}" for verdict in verdicts(report)]
    return "\n".join(lines).rstrip() + "\n"


def show(report: dict[str, Any], console: Console) -> None:
    """The same on the terminal."""
    if "compare" in report:
        header = (*COLUMNS, "× less wall", "× less CPU")
        title = f"{report['compare']['size']} submissions"
        _print(console, title, header, _compare_rows(report["compare"]))
    if "growth" in report:
        rows = _growth_rows(report["growth"])
        _print(console, "growth, 2 workers", ("submissions", *COLUMNS[2:], "measured on"), rows)
    if "shell" in report:
        _print(console, "at the shell", SHELL_COLUMNS, _shell_rows(report["shell"]))
    for verdict in verdicts(report):
        console.print(verdict)


def machine_line(machine: dict[str, Any]) -> str:
    """Date, machine and versions in one line."""
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    return (
        f"{machine['date']}: {machine['cores']} cores of {machine['cpu']}, "
        f"{machine['memory']:.0f} GiB, {versions}"
    )


def _verdict(words: str, asked: str, met: bool) -> str:
    return f"{words} (asked for: {asked}; {'met' if met else 'MISSED'})"


def _compare_rows(compare: dict[str, Any]) -> list[tuple[str, ...]]:
    times = ratios(compare["contenders"])
    return [
        (
            name,
            f"{one['ran']}",
            *_costs(one),
            f"{times[name]['wall']:.1f}",
            f"{times[name]['cpu']:.1f}",
        )
        for name, one in compare["contenders"].items()
    ]


def _growth_rows(growth: dict[str, Any]) -> list[tuple[str, ...]]:
    sizes = sorted(growth["sizes"].items(), key=lambda item: int(item[0]))
    return [(f"{int(size):,}", *_costs(one), one["date"]) for size, one in sizes]


def _shell_rows(shell: dict[str, Any]) -> list[tuple[str, ...]]:
    return [
        (
            name,
            f"{one['wall']:.2f}",
            f"{one['cpu']:.2f}",
            f"{one['biggest']:.0f} MiB",
            f"{one['main']:.0f} MiB",
        )
        for name, one in shell["commands"].items()
    ]


def _costs(one: dict[str, float]) -> tuple[str, ...]:
    seconds = (f"{one['wall']:,.1f}", f"{one['cpu']:,.1f}")
    each = (f"{one['wall_each']:.3f} s", f"{one['cpu_each']:.3f} s")
    return (*seconds, *each, f"{one['biggest']:.0f} MiB", f"{one['main']:.0f} MiB")


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    rule = ["---", *["---:"] * (len(header) - 1)]
    return [f"| {' | '.join(line)} |" for line in (header, rule, *rows)]


def _print(
    console: Console, title: str, header: tuple[str, ...], rows: list[tuple[str, ...]]
) -> None:
    table = Table(title=title, box=None, title_justify="left")
    for index, name in enumerate(header):
        table.add_column(name, justify="left" if index == 0 else "right")
    for cells in rows:
        table.add_row(*cells)
    console.print(table)
