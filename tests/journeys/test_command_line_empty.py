"""A company without a single record, and a password that Procore refuses: what people read on the command line."""

import json
from collections.abc import Iterator

import pytest

from maestro_procore.sandbox.training_company import generate
from tests.journeys.command_line import Say, speaker
from tests.programs import Control, Finished, InnerProgram, sandbox_inside

WRONG = {"error": "invalid_client", "error_description": "Client authentication failed"}


@pytest.fixture(scope="module")
def control(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Control]:
    """Both sides hold the company itself and nothing else."""
    made = generate("small")
    rows = {"company": {"m_company": made.company["m_company"]}, "procore": {"companies": made.procore["companies"]}}
    file = tmp_path_factory.mktemp("empty") / "company.json"
    file.write_text(json.dumps(rows), encoding="utf-8")
    with sandbox_inside(company=str(file)) as running:
        yield running


@pytest.fixture(scope="module")
def program(control: Control, tmp_path_factory: pytest.TempPathFactory) -> InnerProgram:
    return InnerProgram(tmp_path_factory.mktemp("empty") / "profile", control)


@pytest.fixture(scope="module")
def synchronized(program: InnerProgram) -> Finished:
    """What the first synchronization of everything said."""
    return program.run("sync", "all")


@pytest.fixture(params=["en", "fr"])
def say(
    request: pytest.FixtureRequest,
    control: Control,
    program: InnerProgram,
    synchronized: Finished,
    capfd: pytest.CaptureFixture[str],
) -> Say:
    return speaker(program.profile, capfd, "--training", "--sandbox", control.url, "--language", request.param)


def test_an_empty_company_is_synchronized_and_reconciled_in_plain_words(say: Say, synchronized: Finished) -> None:
    assert synchronized.exit_code == 0
    told = {(row["state"], row["errors"], row["created"]) for row in synchronized.requests.values()}
    assert told == {("done", 0, 0)}
    shown = say("status", "--json").document["elements"]
    assert {(row["records"], row["warnings"], row["errors"]) for row in shown} == {(0, 0, 0)}
    certificate = say("reconcile")
    assert certificate.exit_code == 0
    assert certificate.output.splitlines()[-1] in (
        "✔ Neither maestro* nor Procore holds an amount to compare.",
        "✔ Ni maestro* ni Procore ne contiennent de montant à comparer.",
    )
    assert "0.00" not in certificate.output and "0,00" not in certificate.output


def test_without_a_project_of_files_there_is_nothing_to_bring_in_step(say: Say) -> None:
    done = say("documents", "sync", "all")
    assert done.exit_code == 0
    assert "documents add" in done.output and "State" not in done.output
    assert say("documents", "sync", "all", "--json").document == {"requests": [], "projects": []}
    refused = say("documents", "add", "26001")
    assert (refused.exit_code, refused.errors[:6]) == (2, "DOC-26")


def test_a_password_that_procore_refuses_is_told_once_with_what_to_do(say: Say, control: Control) -> None:
    """Of all the requests that it stops; and nothing is lost when it is right again."""
    planted = {"api": "login", "method": "POST", "path": "*oauth/token", "status": 401, "body": WRONG, "times": None}
    control.plant(planted)
    try:
        done = say("sync", "projects", "suppliers")
        assert done.exit_code == 2
        assert (done.output + done.errors).count("CFG-03") == 1
        tested = say("connections", "test", "Procore")
        assert (tested.exit_code, tested.errors[:6]) == (2, "CFG-03")
        assert "“Procore”" in tested.errors or "«\u00a0Procore\u00a0»" in tested.errors
    finally:
        control.heal()
    assert say("sync", "projects", "suppliers").exit_code == 0
