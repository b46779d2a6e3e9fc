"""`undo REQUEST` as a scheduler uses it: a real process against a sandbox of its own."""

import subprocess
from pathlib import Path

from tests.programs import ROOT, Program, sandbox_process


def test_a_first_synchronization_is_taken_back_on_the_command_line(tmp_path: Path) -> None:
    """What was created in Procore becomes inactive; a second undo finds nothing that is still as it was written."""
    with sandbox_process("--strict", "--spike-limit", "1000") as control:
        program = Program(tmp_path / "profile", control)
        first = program.run("sync", "suppliers").requests["suppliers"]
        undone = program.run("undo", first["id"])
        assert undone.exit_code == 0 and undone.document["ok"] is True
        assert undone.document["undone"] == first["id"] and undone.document["updated"] >= first["created"] > 0
        inactive = [row for row in control.state("vendors") if row["is_active"] is False]
        assert len(inactive) >= first["created"]
        again = program.run("undo", first["id"])
        assert (again.document["updated"], again.document["errors"]) == (0, 0)
        assert again.document["skipped"] >= first["created"]
        left = program.run("actions", again.document["request"]).document
        assert program.run("sync", "suppliers").requests["suppliers"]["created"] == 0
        words = [word for word in program.command("undo", first["id"]) if word != "--json"]
        said = subprocess.run(words, cwd=ROOT, capture_output=True, encoding="utf-8", check=False).stdout
        reasons = {problem["message"] for action in left for problem in action["problems"]}
        first_words = {" ".join(reason.split()[:3]) for reason in reasons}
        assert first_words and all(words in " ".join(said.split()) for words in first_words), "what was left says why"
