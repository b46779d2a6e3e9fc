"""What run.py and test.py hand on, start and report."""

import ast
import signal
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"


@pytest.fixture
def run(scripts: dict[str, ModuleType]) -> Any:
    return scripts["run"]


@pytest.fixture
def suite(scripts: dict[str, ModuleType]) -> Any:
    return scripts["test"]


@pytest.fixture
def children(scripts: dict[str, ModuleType]) -> Any:
    return scripts["children"]


@pytest.mark.parametrize(
    ("version", "platform", "words"),
    [
        ((3, 10, 13), "linux", ("3.11", "3.10", "apt-get install", "run.py")),
        ((3, 6), "darwin", ("3.11", "3.6", "brew install", "run.py")),
        ((2, 7), "win32", ("3.11", "2.7", "winget install", "run.py")),
        ((3, 9), "freebsd14", ("3.11", "3.9", "run.py")),
    ],
)
def test_an_old_python_is_told_what_to_install(
    scripts: dict[str, ModuleType], version: tuple[int, ...], platform: str, words: tuple[str, ...]
) -> None:
    message = scripts["python_check"].too_old(version, platform, "run.py")
    assert message and all(word in message for word in words)


@pytest.mark.parametrize("version", [(3, 11), (3, 11, 7), (3, 12, 1), (3, 14), (4, 0)])
def test_a_recent_python_will_do(scripts: dict[str, ModuleType], version: tuple[int, ...]) -> None:
    assert scripts["python_check"].too_old(version, "linux", "run.py") is None


@pytest.mark.parametrize("name", ["python_check", "run", "test"])
def test_an_old_python_can_read_the_scripts_far_enough_to_say_so(name: str) -> None:
    tree = ast.parse((PACKAGING / f"{name}.py").read_text(encoding="utf-8"), feature_version=(3, 7))
    modules = [
        node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    ours = [module for module in modules if module and (PACKAGING / f"{module}.py").exists()]
    assert name == "python_check" or ours[0] == "python_check"


@pytest.mark.parametrize(
    ("platform", "environment", "expected"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ""}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("win32", {}, True),
        ("darwin", {}, True),
    ],
)
def test_a_display_is_recognized(run: Any, platform: str, environment: dict[str, str], expected: bool) -> None:
    assert run.has_display(platform, environment) is expected


@pytest.mark.parametrize(
    ("given", "window", "expected"),
    [
        ([], True, ["--training"]),
        ([], False, ["--training", "sync", "all"]),
        (["--language", "fr"], True, ["--training", "--language", "fr"]),
        (["--language", "fr"], False, ["--training", "--language", "fr", "sync", "all"]),
        (["--profile", "données d'essai"], False, ["--training", "--profile", "données d'essai", "sync", "all"]),
        (["--minimized"], False, ["--training", "sync", "all"]),
        (["status", "--json"], False, ["--training", "status", "--json"]),
        (["--profile", "p", "sync", "projects"], True, ["--training", "--profile", "p", "sync", "projects"]),
        (["--help"], False, ["--training", "--help"]),
    ],
)
def test_the_program_is_always_started_in_training(
    run: Any, given: list[str], window: bool, expected: list[str]
) -> None:
    assert run.program_arguments(given, window) == expected


@pytest.mark.parametrize(
    ("arguments", "setup_only", "rest"),
    [
        (["--setup-only"], True, []),
        (["sync", "all", "--json"], False, ["sync", "all", "--json"]),
        (["--setup-only", "-k", "compare"], True, ["-k", "compare"]),
        (["--setup"], False, ["--setup"]),
    ],
)
@pytest.mark.parametrize("script", ["run", "test"])
def test_only_our_own_option_is_kept_back(
    scripts: dict[str, Any], script: str, arguments: list[str], setup_only: bool, rest: list[str]
) -> None:
    own, given = scripts[script].parse(arguments)
    assert (own.setup_only, given) == (setup_only, rest)


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Makes a script believe that everything is set up, and notes what it starts."""

    def prepare(script: Any, ends_with: int) -> list[list[str]]:
        started: list[list[str]] = []

        def follow(command: list[str], *rest: Any, **options: Any) -> int:
            started.append([str(word) for word in command[1:]])
            return ends_with

        monkeypatch.setattr(script, "make_ready", lambda kind: tmp_path / ".venv" / "bin" / "python")
        monkeypatch.setattr(script, "provide", lambda needs, memory, say: [])
        monkeypatch.setattr(script, "provide_venv", lambda say: True)
        monkeypatch.setattr(script, "follow", follow)
        return started

    return prepare


def test_without_a_display_the_job_runs_in_the_terminal_and_the_window_is_explained(
    run: Any, prepared: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    started = prepared(run, 0)
    monkeypatch.setattr(run, "has_display", lambda platform, environment: False)
    assert run.main([]) == 0
    assert started == [["-m", "maestro_procore", "--training", "sync", "all"]]
    out, err = capsys.readouterr()
    assert out == "" and "To open the window" in err


def test_the_exit_code_is_the_program_s(run: Any, prepared: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared(run, 3)
    monkeypatch.setattr(run, "has_display", lambda platform, environment: False)
    assert run.main(["sync", "all", "--no-wait"]) == 3


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="a display is never in doubt there")
def test_a_display_that_answers_nobody_falls_back_to_the_terminal(
    run: Any, prepared: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    started = prepared(run, 0)
    monkeypatch.setattr(run, "has_display", lambda platform, environment: True)
    monkeypatch.setattr(run, "can_open_window", lambda python: False)
    run.main([])
    assert started == [["-m", "maestro_procore", "--training", "sync", "all"]]
    assert "no window could be opened" in capsys.readouterr().err


@pytest.mark.parametrize("script", ["run", "test"])
def test_setup_only_starts_nothing(scripts: dict[str, Any], prepared: Any, script: str) -> None:
    started = prepared(scripts[script], 0)
    assert scripts[script].main(["--setup-only"]) == 0
    assert started == []


@pytest.mark.parametrize("script", ["run", "test"])
def test_a_failed_set_up_is_said_and_ends_with_1(
    scripts: dict[str, Any], prepared: Any, script: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    started = prepared(scripts[script], 0)

    def fail(kind: str) -> Path:
        raise scripts["environment"].SetUpFailed("no network")

    monkeypatch.setattr(scripts[script], "make_ready", fail)
    assert scripts[script].main([]) == 1
    assert started == [] and "no network" in capsys.readouterr().err


@pytest.mark.parametrize("script", ["run", "test"])
def test_nothing_is_begun_while_debian_s_part_of_python_is_missing(
    scripts: dict[str, Any], prepared: Any, script: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = prepared(scripts[script], 0)
    made: list[str] = []
    monkeypatch.setattr(scripts[script], "make_ready", made.append)
    monkeypatch.setattr(scripts[script], "provide_venv", lambda say: False)
    assert scripts[script].main([]) == 1
    assert started == [] and made == []


def test_arguments_for_pytest_run_pytest_alone(suite: Any, prepared: Any) -> None:
    started = prepared(suite, 5)
    assert suite.main(["tests/model", "-k", "compare"]) == 5
    assert started == [["-m", "pytest", "tests/model", "-k", "compare"]]


def test_the_whole_suite_starts_every_check_and_every_run_of_pytest(suite: Any, prepared: Any) -> None:
    started = prepared(suite, 0)
    assert suite.main([]) == 0
    assert len(started) == len(suite.CHECKS) + len(suite.pytest_runs((suite.ROOT / "pyproject.toml").read_text()))


def test_one_failed_stage_fails_the_whole_and_the_others_still_run(
    suite: Any, prepared: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    prepared(suite, 0)
    ran: list[str] = []

    def stage(name: str, command: list[str], environment: dict[str, str]) -> tuple[int, float, list[str]]:
        ran.append(name)
        return int(name == "ruff check"), 1.0, ["===== 2 passed in 0.5s ====="]

    monkeypatch.setattr(suite, "stage", stage)
    monkeypatch.setattr(suite, "pytest_runs", lambda project: (("pytest", ()),))
    assert suite.main([]) == 1
    assert ran == ["ruff check", "ruff format", "import rules", "mypy", "pytest"]
    lines = capsys.readouterr().out.splitlines()
    assert any("FAILED" in line and "ruff check" in line for line in lines)
    assert lines[-1] == "===== 2 passed in 0.5s ====="


def test_serial_tests_get_a_run_of_their_own_once_the_marker_exists(suite: Any) -> None:
    assert [name for name, _ in suite.pytest_runs("[tool.pytest.ini_options]\n")] == ["pytest"]
    with_marker = 'markers = [\n    "serial: wants the machine for itself",\n]\n'
    assert [arguments[-1] for _, arguments in suite.pytest_runs(with_marker)] == ["not serial", "serial"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["x", "===== 3 passed in 0.12s ====="], "===== 3 passed in 0.12s ====="),
        (["\x1b[32m=== \x1b[1m1 passed\x1b[0m in 61.00s (0:01:01) ===\x1b[0m", ""], None),
        (["INTERNALERROR> boom", ""], "INTERNALERROR> boom"),
        ([], "pytest said nothing"),
    ],
)
def test_the_closing_line_of_pytest_is_found(suite: Any, lines: list[str], expected: str | None) -> None:
    assert suite.closing_line(lines) == (expected or "=== 1 passed in 61.00s (0:01:01) ===")


def test_two_runs_close_with_one_line_that_adds_them_up(suite: Any) -> None:
    closing = suite.total(
        [
            "== 1 failed, 240 passed, 2 skipped, 9 deselected in 80.10s (0:01:20) ==",
            "== 9 passed, 242 deselected in 20.05s ==",
        ]
    )
    assert closing.strip("= ") == "1 failed, 249 passed, 2 skipped in 100.15s"


def test_a_run_that_broke_off_speaks_for_itself(suite: Any) -> None:
    assert suite.total(["== 3 passed in 1.00s ==", "INTERNALERROR> boom"]) == "INTERNALERROR> boom"


def test_one_run_closes_in_its_own_words(suite: Any) -> None:
    assert suite.total(["===== 3 passed in 0.12s ====="]) == "===== 3 passed in 0.12s ====="


def test_a_child_is_followed_line_by_line_to_its_exit_code(children: Any) -> None:
    lines: list[str] = []
    command = [sys.executable, "-c", "import sys; print('é'); print('two', file=sys.stderr); sys.exit(4)"]
    assert children.follow(command, environment={"PYTHONUTF8": "1"}, each_line=lines.append) == 4
    assert sorted(lines) == ["two", "é"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_ending_the_launcher_gently_ends_the_program(children: Any) -> None:
    before = signal.getsignal(signal.SIGTERM)
    # The child ends its parent's wait by asking the parent to end; the parent must hand that on.
    child = "import os, signal; os.kill(os.getppid(), signal.SIGTERM); signal.pause()"
    assert children.follow([sys.executable, "-c", child]) == 128 + signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) == before


def test_ctrl_c_during_a_check_stops_everything_after_the_check_ended(children: Any) -> None:
    class Interrupted:
        waited = 0
        stdout = ("one\n",)

        def wait(self) -> int:
            self.waited += 1
            return 130

    def press(line: str) -> None:
        raise KeyboardInterrupt

    child = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        children.read_to_the_end(child, press)
    assert child.waited == 1


def test_ctrl_c_in_the_program_is_the_program_s_affair(children: Any) -> None:
    class AnswersLater:
        presses = 2

        def wait(self) -> int:
            if self.presses:
                self.presses -= 1
                raise KeyboardInterrupt
            return 0

    assert children.wait_through_interrupts(AnswersLater()) == 0


def test_every_option_of_the_program_that_takes_a_value_is_known_here(run: Any) -> None:
    from maestro_procore.cli.verbs import command_line

    taking_a_value = {
        option for action in command_line()._actions for option in action.option_strings if action.nargs is None
    }
    assert taking_a_value == set(run.GLOBAL_OPTIONS_WITH_VALUE)
