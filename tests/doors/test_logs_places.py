"""Where files are, who may read them, and which folders are refused (F256, S7; locked network folders)."""

import os
import subprocess
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from maestro_procore import places
from maestro_procore.places import PlaceRefused, Profile, file_system_of, is_unc, open_profile, resource

MOUNTS = """\
rootfs / ext4 rw 0 0
server:/export /home nfs4 rw 0 0
/dev/sda2 /home/local ext4 rw 0 0
//nas/share /mnt/my\\040share cifs rw 0 0
tmpfs /tmp tmpfs rw 0 0
broken line
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib", "ext4"),
        ("/home/marie/profile", "nfs4"),
        ("/home", "nfs4"),
        ("/home/local/profile", "ext4"),
        ("/homework", "ext4"),
        ("/mnt/my share/profile", "cifs"),
        ("/tmp/../home/marie", "nfs4"),
    ],
)
def test_the_longest_mount_point_decides(path: str, kind: str) -> None:
    assert file_system_of(Path(path), MOUNTS) == kind


def test_without_a_list_of_mounts_nothing_is_known() -> None:
    assert file_system_of(Path("/home"), "") == ""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (r"\\server\share\profile", True),
        ("//server/share/profile", True),
        (r"\\?\UNC\server\share\profile", True),
        (r"\\?\C:\profile", False),
        (r"C:\profile", False),
        (r"profile", False),
    ],
)
def test_windows_shares_are_recognised(path: str, expected: bool) -> None:
    assert is_unc(path) is expected


def test_a_profile_on_a_network_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "PLATFORM", "linux")
    monkeypatch.setattr(places, "_mounts", lambda: f"server:/x {tmp_path} nfs4 rw 0 0")
    with pytest.raises(PlaceRefused) as refused:
        open_profile(tmp_path / "profile")
    assert refused.value.reason_code == "network_folder"
    assert not (tmp_path / "profile").exists()


def test_a_profile_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    profile = open_profile(tmp_path / "a" / "profile")
    for folder in (profile.root, profile.logs):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_opening_twice_changes_nothing(tmp_path: Path) -> None:
    root = tmp_path / "profile"
    root.mkdir(mode=0o750)
    assert open_profile(root) == open_profile(root)
    assert root.stat().st_mode & 0o777 == 0o750  # somebody's own choice for a folder of theirs


def test_every_file_of_a_profile_lies_below_it(tmp_path: Path) -> None:
    profile = Profile(tmp_path)
    names = ("journal", "company", "sandbox", "logs", "lease", "window_lock")
    assert {getattr(profile, name).relative_to(tmp_path).as_posix() for name in names} == {
        "journal.sqlite", "company.sqlite", "sandbox", "logs", "engine.lock", "window.lock",
    }  # fmt: skip
    with pytest.raises(FrozenInstanceError):
        profile.root = tmp_path  # type: ignore[misc]


def test_a_file_where_the_folder_should_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "profile").write_text("x")
    with pytest.raises(PlaceRefused) as refused:
        open_profile(tmp_path / "profile")
    assert refused.value.reason_code == "not_a_folder"


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def deny(*_args: object, **_options: object) -> None:
        raise PermissionError("read-only file system")

    monkeypatch.setattr(Path, "mkdir", deny)
    with pytest.raises(PlaceRefused) as refused:
        open_profile(tmp_path / "profile")
    assert refused.value.reason_code == "not_writable"


def test_training_and_production_never_share_a_folder() -> None:
    production, training = places.default_root(), places.default_root(training=True)
    assert production != training
    assert production.parent == training.parent
    assert production.parent.name == "maestro_procore"


def test_resources_are_found_in_a_checkout() -> None:
    assert resource("texts/sync.toml").is_file()
    assert resource("messages").is_dir()


def test_resources_inside_the_package_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wheel and the frozen program carry them there."""
    package = tmp_path / "site-packages" / "maestro_procore"
    (package / "resources").mkdir(parents=True)
    monkeypatch.setattr(places, "__file__", str(package / "places.py"))
    places._resources.cache_clear()
    try:
        assert resource("texts") == package / "resources" / "texts"
    finally:
        places._resources.cache_clear()


def test_the_program_starts_again_as_a_module(monkeypatch: pytest.MonkeyPatch) -> None:
    assert places.own_program() == [sys.executable, "-m", "maestro_procore"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert places.own_program() == [sys.executable]


def test_a_new_private_file_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    with open(tmp_path / "token", "w", opener=places.private_opener) as file:
        file.write("x")
    assert (tmp_path / "token").stat().st_mode & 0o077 == 0


def test_texts_cost_no_heavy_import() -> None:
    """Window and command line paint before babel, sqlalchemy or Qt are read."""
    program = (
        "import sys; from maestro_procore import i18n, logs, places; from maestro_procore.model import problems\n"
        "i18n.text('app.status.errors', count=3512); problems.message(problems.Problem('SRV-01'), 'fr')\n"
        "print(sorted({'babel', 'sqlalchemy', 'PySide6', 'httpx', 'dbos', 'keyring'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={**os.environ}
    )
    assert result.stdout.strip() == "[]"
