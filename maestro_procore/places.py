"""Where things are: resources, the profile's folder and files, this program itself.

Knows nothing of what the files hold.
"""

import os
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePath, PureWindowsPath
from typing import Literal

PROGRAM = "maestro_procore"
OWNER_ONLY_FOLDER = 0o700
OWNER_ONLY_FILE = 0o600

# SQLite's write-ahead log needs shared memory, which these do not give: two
# computers would each believe they hold the lock (sqlite.org/wal.html, "Overview").
NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "ncpfs", "afs", "davfs", "glusterfs", "fuse.sshfs", "fuse.davfs2"}
)
PLATFORM: str = sys.platform  # typed as text, so that mypy reads every platform's lines on every platform
DRIVE_REMOTE = 4  # answer of Windows' GetDriveTypeW for a mapped network drive

Reason = Literal["network_folder", "not_a_folder", "not_writable"]


class PlaceRefused(Exception):
    """A folder that cannot hold a profile. `reason_code` is one of Reason, `path` the folder asked for."""

    def __init__(self, reason_code: Reason, path: Path) -> None:
        super().__init__(f"{reason_code}: {path}")
        self.reason_code: Reason = reason_code
        self.path = path


@cache
def _resources() -> Path:
    """The folder of resources: inside the package when installed or frozen, beside it in a checkout."""
    package = Path(__file__).resolve().parent
    inside = package / "resources"
    return inside if inside.is_dir() else package.parent / "resources"


def resource(relative: str | PurePath) -> Path:
    """A file or folder of the resources, for example `resource("icons/check.svg")`. It need not exist."""
    return _resources() / relative


@dataclass(frozen=True, slots=True)
class Profile:
    """One own data folder. Everything the program remembers is below `root`, secrets excepted."""

    root: Path

    @property
    def journal(self) -> Path:
        return self.root / "journal.sqlite"

    @property
    def company(self) -> Path:
        """The embedded maestro* company."""
        return self.root / "company.sqlite"

    @property
    def sandbox(self) -> Path:
        """Folder of the training sandbox's state, so that two runs see the same world."""
        return self.root / "sandbox"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def lease(self) -> Path:
        """Locked by the process that runs the engine."""
        return self.root / "engine.lock"

    @property
    def window_lock(self) -> Path:
        """Locked by the process that shows the window, so that a second start raises the first."""
        return self.root / "window.lock"

    def prepare(self) -> "Profile":
        """Make the folders, readable by their owner only. Errors: PlaceRefused."""
        if on_network(self.root):
            raise PlaceRefused("network_folder", self.root)
        for folder in (self.root, self.logs):
            _make_private(folder)
        return self


def default_root(*, training: bool = False) -> Path:
    """The profile used when nobody names one: per user, per platform, training apart from production."""
    import platformdirs  # a third of the import of this module, and a named profile does not need it

    return platformdirs.user_data_path(PROGRAM, appauthor=False) / ("training" if training else "production")


def open_profile(root: Path | None = None, *, training: bool = False) -> Profile:
    """The named profile, or the default one, with its folders made. Errors: PlaceRefused."""
    chosen = default_root(training=training) if root is None else root.expanduser()
    if on_network(chosen):  # before resolve(), which would already ask the server
        raise PlaceRefused("network_folder", chosen)
    return Profile(chosen.resolve()).prepare()


def _make_private(folder: Path) -> None:
    existed = folder.is_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY_FOLDER)
        if not existed:
            folder.chmod(OWNER_ONLY_FOLDER)  # mkdir's mode is cut by the umask, never widened
    except (FileExistsError, NotADirectoryError) as error:
        raise PlaceRefused("not_a_folder", folder) from error
    except OSError as error:
        raise PlaceRefused("not_writable", folder) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PlaceRefused("not_writable", folder)


def private_opener(path: str, flags: int) -> int:
    """For `open(..., opener=private_opener)`: a new file only its owner can read."""
    return os.open(path, flags, OWNER_ONLY_FILE)


def on_network(path: Path) -> bool:
    """Whether the path lies on a network share, as far as the platform tells without touching it."""
    if PLATFORM == "win32":
        return is_unc(str(path)) or _is_mapped_drive(path)
    if PLATFORM == "linux":
        return file_system_of(path, _mounts()) in NETWORK_FILE_SYSTEMS
    return False


def is_unc(path: str) -> bool:
    r"""Whether a Windows path names a server: `\\server\share\…`, also in its long form `\\?\UNC\…`."""
    drive = PureWindowsPath(path).drive.upper()
    if drive.startswith(("\\\\?\\UNC", "\\\\.\\UNC")):
        return True
    return drive.startswith("\\\\") and not drive.startswith(("\\\\?\\", "\\\\.\\"))


def _is_mapped_drive(path: Path) -> bool:
    import ctypes

    drive = path.absolute().drive
    windll = getattr(ctypes, "windll")  # noqa: B009 - only there on Windows
    return bool(drive) and int(windll.kernel32.GetDriveTypeW(drive + "\\")) == DRIVE_REMOTE


def _mounts() -> str:
    try:
        return Path("/proc/mounts").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""  # no /proc (some containers): nothing says that it is a network folder


def file_system_of(path: Path, mounts: str) -> str:
    """Type of the file system that holds the path ("ext4", "nfs4" …), "" when unknown.

    mounts: text of /proc/mounts; a later line hides an earlier one on the same point.
    """
    absolute = os.path.abspath(path)  # noqa: PTH100 - Path.resolve() would follow links into the share
    best, kind = "", ""
    for line in mounts.splitlines():
        fields = line.split()
        if len(fields) < 3:
            continue
        point = fields[1].replace("\\040", " ").rstrip("/")
        if (absolute == point or absolute.startswith(point + "/")) and len(point) >= len(best):
            best, kind = point, fields[2]
    return kind


def own_program() -> list[str]:
    """The command that starts this program again; arguments are added behind."""
    if getattr(sys, "frozen", False):
        return [sys.executable]
    return [sys.executable, "-m", PROGRAM]
