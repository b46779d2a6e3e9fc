"""Runs every check and test; makes everything they need first. Standard library only.

    python3 packaging/test.py

The quick checks come first, all run to their end, and the last line is pytest's own.
Arguments other than its own go to pytest, which then runs alone: packaging/test.py tests/model -k compare
"""

import argparse
import os
import re
import sys
import time
from pathlib import Path

import python_check  # noqa: F401  it stops an old Python before the lines below, which that could not read
from children import follow
from environment import ROOT, SetUpFailed, make_ready
from system_packages import NEEDS, provide, provide_venv
from words import say, text

Check = tuple[str, str, tuple[str, ...]]
Result = tuple[str, bool, float]

# Name, tool of the environment, arguments; in running order: the fast ones answer first.
CHECKS: tuple[Check, ...] = (
    ("ruff check", "ruff", ("check", ".")),
    ("ruff format", "ruff", ("format", "--check", ".")),
    ("import rules", "lint-imports", ("--no-logo",)),
    ("mypy", "mypy", ("maestro_procore", "packaging")),
)
# Whole files, so that what the tests of a file share is made once; in the order of tests/conftest.py, longest first.
PARALLEL = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
NOTHING_COLLECTED = 5
COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed|warnings?|deselected)")
CLOSING = re.compile(r"^=+ (?P<counts>.*) in (?P<seconds>[\d.]+)s.* =+$")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def pytest_runs(project: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The pytest runs of the whole suite: two when pyproject.toml knows the marker `serial`, else one.

    Tests marked so measure time or kill processes and want the machine for themselves.
    """
    if re.search(r'^\s*"serial\b', project, re.MULTILINE):
        return (
            ("pytest, parallel", (*PARALLEL, "-m", "not serial")),
            ("pytest, serial", ("-m", "serial")),
        )
    return (("pytest", PARALLEL),)


def closing_line(lines: list[str]) -> str:
    """Pytest's last words in one run: its closing line, or the last line when it did not get that far."""
    plain = [COLOUR.sub("", line) for line in lines]
    closing = [line for line in plain if CLOSING.match(line)]
    return closing[-1] if closing else next((line for line in reversed(plain) if line.strip()), "pytest said nothing")


def total(closing_lines: list[str]) -> str:
    """One closing line in pytest's own form for several runs: counts and times added up."""
    matches = [CLOSING.match(line) for line in closing_lines]
    if len(closing_lines) == 1 or not all(matches):
        # A run that broke off has no counts: its own words say more than a sum without it.
        return next((line for line in closing_lines if not CLOSING.match(line)), closing_lines[-1])
    counts: dict[str, int] = {}
    seconds = 0.0
    for match in filter(None, matches):
        seconds += float(match["seconds"])
        for number, word in COUNT.findall(match["counts"]):
            counts[word] = counts.get(word, 0) + int(number)
    counts.pop("deselected", None)  # what one run leaves out, the other runs
    order = ("failed", "passed", "skipped", "xfailed", "xpassed", "warning", "warnings", "error", "errors")
    said = ", ".join(f"{counts[word]} {word}" for word in order if word in counts) or "no tests ran"
    return f" {said} in {seconds:.2f}s ".center(80, "=")


def parse(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Our own options, and everything else in its order for pytest."""
    parser = argparse.ArgumentParser(
        prog="test.py",
        description=text("help_test"),
        epilog=text("help_test_arguments"),
        allow_abbrev=False,
    )
    parser.add_argument("--setup-only", action="store_true", help=text("help_setup_only"))
    return parser.parse_known_args(arguments)


def run_all(python: Path, environment: dict[str, str]) -> int:
    """Every stage to its end, then the summary. 0 when all are well, else 1."""
    results: list[Result] = []
    closings: list[str] = []
    for name, tool, arguments in CHECKS:
        code, seconds, _ = stage(name, [str(python.parent / tool), *arguments], environment)
        results.append((name, code == 0, seconds))
    colour = "--color=yes" if sys.stdout.isatty() else "--color=no"
    for name, arguments in pytest_runs((ROOT / "pyproject.toml").read_text(encoding="utf-8")):
        code, seconds, lines = stage(name, [str(python), "-m", "pytest", colour, *arguments], environment)
        # No serial test is no fault; no test at all is one.
        results.append((name, code == 0 or (code == NOTHING_COLLECTED and bool(closings)), seconds))
        closings.append(closing_line(lines))
    print(summary(results))
    print(total(closings), flush=True)
    return 0 if all(well for _, well, _ in results) else 1


def stage(name: str, command: list[str], environment: dict[str, str]) -> tuple[int, float, list[str]]:
    """Runs one stage and shows its words as they come: exit code, seconds, its lines."""
    print(f"\n--- {name} ---", flush=True)
    lines: list[str] = []

    def show(line: str) -> None:
        print(line, flush=True)
        lines.append(line)

    started = time.monotonic()
    code = follow(command, ROOT, environment, each_line=show)
    return code, time.monotonic() - started, lines


def summary(results: list[Result]) -> str:
    """A line per stage and one for all, with seconds."""
    whole = ("all", all(well for _, well, _ in results), sum(seconds for _, _, seconds in results))
    rows = [f"  {'ok' if well else 'FAILED':<8}{name:<18}{seconds:8.1f} s" for name, well, seconds in [*results, whole]]
    return "\n".join(["", "Summary", *rows])


def main(arguments: list[str]) -> int:
    """0 when everything is well; 1 when something failed; pytest's own code when it ran alone."""
    own, given = parse(arguments)
    try:
        if not provide_venv(say):
            return 1
        python = make_ready("test")
    except SetUpFailed as failure:
        say(str(failure))
        return 1
    provide(NEEDS["test"], python.parent.parent / "system-packages-tried", say)
    if own.setup_only:
        return 0
    # Windows of tests stay off the person's screen; tests that want a real X server start their own.
    # Tests start the program hundreds of times: where Python keeps no bytecode, each start would compile all of it.
    environment = {
        "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
        "PYTHONDONTWRITEBYTECODE": "",
    }
    if given:
        return follow([str(python), "-m", "pytest", *given], ROOT, environment)
    return run_all(python, environment)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
