"""The hosts of a running sandbox: Procore, Graph, storage and sign-in, over two runs of one profile."""

import stat
import sys
from pathlib import Path

import httpx

from maestro_procore.sandbox.options import SandboxOptions
from maestro_procore.sandbox.server import RunningSandbox

from .conftest import start
from .foreign import context_of

DISCOVERY = "/common/v2.0/.well-known/openid-configuration"


def test_hosts_are_apart_and_the_sign_in_is_made_anew_at_each_start_of_a_profile(tmp_path: Path) -> None:
    seen = []
    for _ in range(2):
        with RunningSandbox(SandboxOptions(profile=tmp_path), data=start()) as running:
            line = running.start_line
            with httpx.Client(verify=context_of(line), trust_env=False) as http:
                found = http.get(line["microsoft_login"] + DISCOVERY).json()
            assert found["token_endpoint"].startswith(line["microsoft_login"])
            seen.append((line, Path(line["ca_file"]).read_text(encoding="ascii")))
            ports = running.sandbox.kept_ports()
            assert line["graph"].endswith(f":{ports['graph']}")
            assert line["microsoft_login"].endswith(f":{ports['login']}")
    (first, first_ca), (second, second_ca) = seen
    assert (first["ca_file"], first["drive_id"]) == (second["ca_file"], second["drive_id"])
    assert len({first["procore_api"], first["graph"], first["microsoft_login"]}) == 3
    assert first_ca != second_ca  # no key is kept
    assert "PRIVATE KEY" not in second_ca


def test_a_sandbox_without_profile_leaves_nothing_behind() -> None:
    with RunningSandbox(SandboxOptions(), data=start()) as running:
        ca_file = Path(running.start_line["ca_file"])
        assert sys.platform == "win32" or stat.S_IMODE(ca_file.parent.stat().st_mode) == 0o700
    assert not ca_file.parent.exists()
