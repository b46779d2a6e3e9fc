"""The verb `sandbox`: its start line, how it ends, what it keeps in a profile."""

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from maestro_procore.sandbox.options import SandboxOptions
from maestro_procore.sandbox.row_store import FILE_NAME, forget_world
from maestro_procore.sandbox.server import RunningSandbox, main
from tests.own_time import seconds_to_end

from .conftest import COMPANY, start
from .processes import COMMAND, company_file, running, signed_in

NO_SIGNALS = pytest.mark.skipif(sys.platform == "win32", reason="Windows ends processes without signals")


def _vendors(client: httpx.Client) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = client.get("/rest/v1.0/vendors", params={"company_id": COMPANY}).json()
    return rows


def _sync(client: httpx.Client, *updates: dict[str, Any]) -> list[dict[str, Any]]:
    answer = client.patch("/rest/v1.0/vendors/sync", json={"company_id": COMPANY, "updates": list(updates)})
    entities: list[dict[str, Any]] = answer.json()["entities"]
    return entities


@NO_SIGNALS
def test_one_line_is_printed_and_sigterm_ends_it_in_time_with_connections_open(tmp_path: Path) -> None:
    with running("--company", str(company_file(tmp_path))) as (process, line), signed_in(line) as client:
        assert line["company_id"] == COMPANY
        assert line["procore_api"] == line["procore_login"]
        assert httpx.get(line["control"], trust_env=False).json() == line
        httpx.post(f"{line['control']}/faults", json={"path": "*/me", "delay": 30}, trust_env=False)
        stuck = threading.Thread(target=_ask_and_be_dropped, args=(line["procore_api"],))
        stuck.start()
        while not any(call["path"] == "/rest/v1.0/me" for call in client.get(f"{line['control']}/calls").json()):
            pass
        assert seconds_to_end(process, signal.SIGTERM) < 2
        output, errors = process.communicate()
        assert (process.returncode, output, errors) == (0, b"", b"")
        stuck.join()


def _ask_and_be_dropped(base_url: str) -> None:
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"{base_url}/rest/v1.0/me", timeout=20, trust_env=False).raise_for_status()


def test_it_ends_when_its_standard_input_closes(tmp_path: Path) -> None:
    with running("--company", str(company_file(tmp_path)), "--until-stdin-closes") as (process, _line):
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=5) == 0


def test_it_listens_on_the_port_that_was_asked_for(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with running("--company", str(company_file(tmp_path)), "--port", str(port)) as (_process, line):
        assert line["procore_api"] == f"http://127.0.0.1:{port}"
        taken = subprocess.run([*COMMAND, "--company", str(tmp_path / "company.json"), "--port", str(port)])
        assert taken.returncode == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file"),
        (b"{", "not an object"),
        (b"{}", "not an object"),
        (b'{"company":{},"procore":{}}', "names no Procore company"),
        (b'{"company":{},"procore":{"companies":[{"name":"A"}]}}', "every row needs an id"),
    ],
    ids=["missing", "cut", "without parts", "without company", "without id"],
)
def test_a_company_file_that_cannot_be_used_is_named(
    tmp_path: Path, content: bytes | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.json"
    if content is not None:
        path.write_bytes(content)
    assert main(["--company", str(path)]) == 2
    written = capsys.readouterr()
    assert said in written.err
    assert written.out == ""


def test_an_unknown_switch_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--company", str(company_file(tmp_path)), "--switch", "colour=red"]) == 2
    assert "no switch named colour" in capsys.readouterr().err


def test_switches_are_set_from_the_command_line(tmp_path: Path) -> None:
    options = ["--switch", "default_per_page=1", "--switch", "retry_after_on_429=true"]
    with running("--company", str(company_file(tmp_path)), *options) as (_process, line), signed_in(line) as client:
        assert len(_vendors(client)) == 1


@pytest.mark.parametrize("size", ["small", "reference"])
def test_the_training_company_is_served_within_the_strict_document(size: str) -> None:
    with running("--company", size, "--strict") as (_process, line), signed_in(line) as client:
        company = line["company_id"]
        client.headers["Procore-Company-Id"] = str(company)
        whole = {"company_id": company, "per_page": 2000}
        vendors = client.get("/rest/v1.0/vendors", params=whole)
        projects = client.get("/rest/v1.1/projects", params={**whole, "view": "extended", "per_page": 300})
        assert (vendors.status_code, projects.status_code) == (200, 200)
        assert int(vendors.headers["total"]) > 30
        assert line["company"]["m_supplier"]


def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    options = ["--profile", str(profile), "--company", str(company_file(tmp_path))]
    with running(*options) as (process, line), signed_in(line) as client:
        made = _sync(client, {"name": "Neuf", "origin_id": "MST:1"}, {"id": 201, "origin_id": "MST:2"})
        token = client.headers["Authorization"]
        httpx.post(f"{line['control']}/clock", json={"advance_seconds": 60}, trust_env=False)
        process.kill()
        process.wait()
    with running("--profile", str(profile)) as (_process, again), signed_in(again) as client:
        client.headers["Authorization"] = token
        assert [row["id"] for row in _vendors(client)] == [201, 202, made[0]["id"]]
        assert [row["id"] for row in _sync(client, {"origin_id": "MST:1", "city": "x"})] == [made[0]["id"]]
        fresh = _sync(client, {"name": "Another"})
        assert fresh[0]["id"] > made[0]["id"]
        assert fresh[0]["created_at"] > made[0]["created_at"]
        assert again["company"] == line["company"]
        assert again["client_secret"] != line["client_secret"]


def test_kills_at_any_moment_lose_nothing_that_was_answered(tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    options = ["--profile", str(profile), "--company", str(company_file(tmp_path)), "--spike-limit", "100000"]
    answered: set[str] = set()
    for round_ in range(3):
        with running(*options) as (process, line), signed_in(line) as client:
            killer = threading.Timer(0.15, process.kill)
            killer.start()
            try:
                for number in range(100_000):
                    origin = f"MST:{round_}:{number}"
                    _sync(client, {"name": origin, "origin_id": origin}, {"name": origin, "origin_id": f"{origin}:b"})
                    answered.add(origin)
            except httpx.HTTPError:
                pass
            killer.join()
    with running(*options) as (_process, line), signed_in(line) as client:
        state = httpx.get(f"{line['control']}/state/vendors", trust_env=False).json()
    kept = [row["origin_id"] for row in state if row["origin_id"]]
    assert len(kept) == len(set(kept))
    assert answered <= set(kept)
    # The two records of one request came in together or not at all.
    assert {origin for origin in kept if origin.endswith(":b")} == {
        f"{origin}:b" for origin in kept if origin.startswith("MST:") and not origin.endswith(":b")
    }


def test_a_damaged_profile_is_named_and_a_forgotten_one_is_made_fresh(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"not a database, but long enough to be read as one" * 100)
    options = ["--profile", str(tmp_path), "--company", str(company_file(tmp_path))]
    assert main(options) == 2
    assert "not a database" in capsys.readouterr().err
    forget_world(tmp_path)
    with running(*options) as (_process, line), signed_in(line) as client:
        assert len(_vendors(client)) == 2


def test_no_secret_is_written_into_the_profile(tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    options = ["--profile", str(profile), "--company", str(company_file(tmp_path))]
    with running(*options) as (_process, line), signed_in(line) as client:
        secrets = [line["client_secret"], client.headers["Authorization"].removeprefix("Bearer ")]
        written = b"".join(path.read_bytes() for path in profile.iterdir())
    assert written
    assert all(secret.encode() not in written for secret in secrets)


def test_it_runs_in_a_thread_of_the_program_and_stops(tmp_path: Path) -> None:
    with (
        RunningSandbox(SandboxOptions(profile=tmp_path), data=start()) as sandbox,
        signed_in(sandbox.start_line) as client,
    ):
        assert len(_vendors(client)) == 2
        port = int(sandbox.start_line["procore_api"].rpartition(":")[2])
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))


def test_a_cut_and_a_truncated_answer_break_a_real_connection(tmp_path: Path) -> None:
    with running("--company", str(company_file(tmp_path))) as (_process, line), signed_in(line) as client:
        for fault in ({"cut": "before"}, {"cut": "after"}, {"truncate": 40}):
            httpx.post(f"{line['control']}/faults", json={"path": "*/vendors", **fault}, trust_env=False)
            with pytest.raises(httpx.RemoteProtocolError):
                _vendors(client)
        assert len(_vendors(client)) == 2


@NO_SIGNALS
def test_interrupting_it_from_the_keyboard_is_a_clean_end(tmp_path: Path) -> None:
    with running("--company", str(company_file(tmp_path))) as (process, _line):
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(timeout=5) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""
