"""rclone, run unchanged, judges the drives of the sandbox: its transfers, its check, what it does after faults."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from maestro_procore.sandbox.options import SandboxOptions
from maestro_procore.sandbox.server import RunningSandbox

from .conftest import start
from .foreign import EXPIRED, Rclone, person_token


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    """Default switches, but for the limit: a minute of these tests asks for more than a minute's units."""
    options = SandboxOptions(switches={"graph_units_per_minute": 0})
    with RunningSandbox(options, data=start()) as made:
        yield made


@pytest.fixture
def rclone(running: RunningSandbox, tmp_path: Path) -> Iterator[Rclone]:
    yield Rclone(running, tmp_path, person_token(running))
    running.sandbox.faults.clear()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Small, empty, 700 kB and 15 MB, in folders; names with signs and accents."""
    chance, root = random.Random(4), tmp_path / "tree"
    for name, size in {
        "petit.txt": 6,
        "vide.txt": 0,
        "Niveau 1/Dessin #2 à 100%.dwg": 700_000,
        "Niveau 1/Niveau 2/grand.bin": 15_000_000,
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(chance.randbytes(size))
    return root


def test_rclone_copies_checks_lists_and_moves_without_a_difference(rclone: Rclone, tree: Path, tmp_path: Path) -> None:
    rclone.done("copy", tree, "od:A")
    checked = rclone("check", tree, "od:A", "--download=false")
    assert "Using quickxor" in checked.stderr and "0 differences found" in checked.stderr
    names = {f"A/{path.relative_to(tree).as_posix()}" for path in tree.rglob("*") if path.is_file()}
    assert set(rclone.done("lsf", "-R", "--files-only", "od:").splitlines()) == names
    by_delta = rclone.done("lsf", "-R", "--files-only", "--onedrive-delta", "--fast-list", "od:")
    assert set(by_delta.splitlines()) == names
    rclone.done("copy", "od:A", tmp_path / "back")
    for path in tree.rglob("*"):
        assert path.is_dir() or (tmp_path / "back" / path.relative_to(tree)).read_bytes() == path.read_bytes()
    rclone.done("moveto", "od:A/petit.txt", "od:A/Niveau 1/moyen.txt")
    rclone.done("purge", "od:A/Niveau 1/Niveau 2")
    assert set(rclone.done("lsf", "-R", "od:A").splitlines()) == {
        "Niveau 1/",
        "Niveau 1/Dessin #2 à 100%.dwg",
        "Niveau 1/moyen.txt",
        "vide.txt",
    }
    assert '"total":' in rclone.done("about", "--json", "od:")
    rclone.done("purge", "od:A")


def test_rclone_renews_an_expired_token_at_the_sign_in_server(running: RunningSandbox, tmp_path: Path) -> None:
    token = {**person_token(running), "access_token": "old"}
    renewing = Rclone(running, tmp_path, token, EXPIRED)
    renewing.calls()
    renewing.done("lsf", "od:")
    assert ("login", "POST", 200) in renewing.calls()


def test_rclone_bisync_carries_changes_both_ways_and_holds_back_a_mass_deletion(rclone: Rclone, tmp_path: Path) -> None:
    local = tmp_path / "local"
    local.mkdir()
    for number in range(6):
        (local / f"{number}.txt").write_text(f"{number}", encoding="utf-8")
    words = ("bisync", local, "od:B", "--workdir", tmp_path / "state")
    rclone.done("mkdir", "od:B")
    rclone.done(*words, "--resync")
    (local / "0.txt").write_text("changed here", encoding="utf-8")
    (tmp_path / "6.txt").write_text("made there", encoding="utf-8")
    rclone.done("copy", tmp_path / "6.txt", "od:B")
    rclone.done(*words)
    assert (local / "6.txt").read_text(encoding="utf-8") == "made there"
    assert rclone.done("cat", "od:B/0.txt") == "changed here"
    for number in range(1, 6):
        (local / f"{number}.txt").unlink()
    refused = rclone(*words)
    assert refused.returncode != 0 and "too many deletes" in refused.stderr
    assert len(rclone.done("lsf", "od:B").splitlines()) == 7
    rclone.done("purge", "od:B")


def test_rclone_waits_as_a_429_says(rclone: Rclone) -> None:
    rclone.plant(api="graph", path="*/children", status=429, headers={"Retry-After": "1"})
    rclone.calls()
    rclone.done("lsf", "od:")
    assert [status for api, _, status in rclone.calls() if api == "graph"] == [200, 429, 200]


@pytest.mark.parametrize("lost", [False, True], ids=["fragment refused with 416", "upload session gone with 404"])
def test_rclone_looks_what_an_upload_has_or_gives_it_up(rclone: Rclone, tree: Path, lost: bool) -> None:
    error = {"code": "itemNotFound"} if lost else {"code": "invalidRange", "innerError": {"code": "fragmentOverlap"}}
    rclone.plant(api="storage", method="PUT", status=404 if lost else 416, body={"error": error})
    rclone.calls()
    ended = rclone("copyto", tree / "Niveau 1/Niveau 2/grand.bin", "od:C.bin")
    uploads = [(method, status) for api, method, status in rclone.calls() if api == "storage"]
    if lost:
        assert (ended.returncode != 0, uploads) == (True, [("PUT", 404), ("DELETE", 204)])
        return
    assert (ended.returncode, uploads) == (0, [("PUT", 416), ("GET", 200), ("PUT", 202), ("PUT", 201)])
    rclone.done("deletefile", "od:C.bin")


@pytest.mark.parametrize(
    ("status", "code", "seen"),
    [(423, "resourceLocked", "resourceLocked"), (507, "quotaLimitReached", "not attempting retries")],
)
def test_rclone_sends_nothing_when_a_session_is_refused(
    rclone: Rclone, tree: Path, status: int, code: str, seen: str
) -> None:
    rclone.plant(path="*/createUploadSession", status=status, body={"error": {"code": code}})
    rclone.calls()
    ended = rclone("copyto", tree / "Niveau 1/Niveau 2/grand.bin", "od:D.bin")
    assert ended.returncode != 0 and seen in ended.stderr
    assert not any(api == "storage" for api, _, _ in rclone.calls())
