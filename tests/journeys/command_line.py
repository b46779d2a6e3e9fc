"""Runs verbs inside the test's own process, where no new interpreter has to start."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from maestro_procore import cli


@dataclass(frozen=True)
class Said:
    """What one command left behind."""

    exit_code: int
    output: str
    errors: str

    @property
    def document(self) -> Any:
        """The JSON document, which must be all there is on standard output."""
        return json.loads(self.output)

    @property
    def codes(self) -> set[str]:
        """Codes of the problems of a document."""
        return {problem["code"] for problem in self.document["problems"]}


Say = Callable[..., Said]


def speaker(profile: Path, capfd: pytest.CaptureFixture[str], *options: str) -> Say:
    """`say("status", "--json")` runs the verb on the profile with these global options."""

    def say(*words: str) -> Said:
        capfd.readouterr()
        try:
            code = cli.main(["--profile", str(profile), *options, *words])
        except SystemExit as ended:  # argparse's own end of --help and --version
            code = int(ended.code or 0)
        output, errors = capfd.readouterr()
        return Said(code, output, errors)

    return say
