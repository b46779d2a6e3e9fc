"""What each platform can do and where it ends, side by side (F155, F158): data for people, from the rules we work by.

A cell is a text `capability.ROW.PLATFORM`; the figures in it come from the modules that enforce them, so that the
table cannot promise anything else. Sources: reference procore-api.md §§1, 2, 7; graph-drive.md §§3, 4, 5;
maestro-interface.md §5.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from maestro_procore.model import file_limits, file_names, pacing
from maestro_procore.model.connections import Platform

BATCH: Final = 1_000
"""Records in one bulk call of Procore (design §2)."""
PROCORE_TEXT: Final = 255
"""Characters of a short text of Procore: a working assumption, none is documented."""


@dataclass(frozen=True)
class Capability:
    """One line of the comparison. figures: named places of its cells."""

    name: str
    figures: Mapping[str, Any] = field(default_factory=dict)


CAPABILITIES: Final[tuple[Capability, ...]] = (
    Capability("role"),
    Capability("sign_in"),
    Capability("identity"),
    Capability("calls", {"hourly": pacing.START_HOURLY_LIMIT}),
    Capability("bulk", {"records": BATCH}),
    Capability("changes"),
    Capability("largest_file", {"size": file_limits.BYTES_LIMIT}),
    Capability("names", {"procore": PROCORE_TEXT, "drive": file_names.NAME_LIMIT}),
    Capability("characters"),
    Capability("paths", {"path": file_names.PATH_LIMIT}),
    Capability("case"),
    Capability("dates"),
    Capability("versions"),
    Capability("deleting"),
    Capability("locks"),
    Capability("hash"),
    Capability("money"),
)


def key_of(capability: Capability, platform: Platform) -> str:
    """Key of the text of a cell."""
    return f"capability.{capability.name}.{platform.value}"
