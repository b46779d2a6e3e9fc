"""Makes the two lock files anew from pyproject.toml: `python packaging/lock.py` (for maintainers; needs uv).

The locks carry every version and hash for Linux, Windows and macOS, and no address: where packages
come from is decided by the machine that installs them.
"""

import shutil
import subprocess
import sys
import tomllib

from environment import LOCKS, ROOT

HEADER = "# Made by packaging/lock.py from pyproject.toml. Do not edit: change pyproject.toml and make it again.\n"
EXTRAS: dict[str, list[str]] = {"test": ["--extra", "test"], "run": []}


def lock_command(uv: str, kind: str) -> list[str]:
    """The uv command for one lock; the build tool of the project is read from standard input.

    The run lock is bound to the test lock, so that what is tested is what people run.
    """
    bound = [] if kind == "test" else ["--constraint", str(LOCKS["test"].relative_to(ROOT))]
    return [
        *[uv, "pip", "compile", "--universal", "--generate-hashes", "--no-header", "--no-annotate"],
        *["--python-version", "3.11", "--quiet", "pyproject.toml", "-", *EXTRAS[kind], *bound],
        *["--output-file", str(LOCKS[kind].relative_to(ROOT)), *sys.argv[1:]],
    ]


def main() -> int:
    """Writes both locks. Further arguments go to uv, for example --upgrade."""
    uv = shutil.which("uv", path=str(ROOT / ".venv" / "bin")) or shutil.which("uv")
    if uv is None:
        print("uv is needed to make the locks: python3 -m pip install uv", file=sys.stderr)
        return 2
    build_tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"]
    for kind in ("test", "run"):
        command = lock_command(uv, kind)
        # uv prints the result as well as writing it; only its messages are of interest.
        ended = subprocess.run(
            command, cwd=ROOT, input="\n".join(build_tools), text=True, stdout=subprocess.DEVNULL, check=False
        )
        if ended.returncode != 0:
            return ended.returncode
        text = LOCKS[kind].read_text(encoding="utf-8")
        LOCKS[kind].write_text(HEADER + text.removeprefix(HEADER), encoding="utf-8")
        print(LOCKS[kind].relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
