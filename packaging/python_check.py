"""Stops with a clear message when the Python that runs is too old for this program.

Importing it is the check: run.py and test.py import it before anything an old Python cannot read.
For that reason this file, run.py and test.py stay within the syntax of Python 3.6.
"""

import sys

NEEDED = (3, 11)

REMEDIES = {
    "linux": (
        "Debian 12, Ubuntu 24.04 and later have it: sudo apt-get install python3 python3-venv. "
        "On older ones install a package such as python3.12 and start again with: python3.12 {script}"
    ),
    "darwin": "Install it, for example with: brew install python@3.12. Then start again with: python3.12 {script}",
    "win32": "Install it, for example with: winget install Python.Python.3.12. Then start again with: py {script}",
}


def too_old(version: "tuple[int, ...]", platform: str, script: str) -> "str | None":
    """The message for a Python that is too old, or None when `version` (major, minor, ...) will do."""
    if version[:2] >= NEEDED:
        return None
    remedy = REMEDIES.get(platform, REMEDIES["linux"]).format(script=script)
    needed, found = (".".join(map(str, number[:2])) for number in (NEEDED, version))
    return (
        f"This program needs Python {needed} or later; this is Python {found}. {remedy}\n"
        f"Ce programme exige Python {needed} ou plus récent; celui-ci est Python {found}."
    )


_message = too_old(tuple(sys.version_info[:2]), sys.platform, sys.argv[0])
if _message:
    sys.exit(_message)
