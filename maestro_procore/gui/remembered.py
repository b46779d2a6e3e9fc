"""What the window itself remembers between two starts: size, page, language, appearance, widths of columns.

A small file beside the journal, because the first picture is painted before the journal is open.
"""

import json
from collections.abc import Mapping

from PySide6.QtCore import QByteArray, QLocale, QSettings

from maestro_procore.gui.theme import CHOICES
from maestro_procore.i18n import LANGUAGES, Language
from maestro_procore.places import Profile

FILE = "window.ini"


class Remembered:
    """Values of the file; everything has an answer when the file is empty or damaged."""

    def __init__(self, profile: Profile) -> None:
        self._file = QSettings(str(profile.root / FILE), QSettings.Format.IniFormat)

    @property
    def language(self) -> Language | None:
        """None: nobody has chosen yet."""
        held = self._file.value("language")
        return next((language for language in LANGUAGES if language == held), None)

    @language.setter
    def language(self, language: Language) -> None:
        self._file.setValue("language", language)

    @property
    def appearance(self) -> str:
        held = str(self._file.value("appearance") or "system")
        return held if held in CHOICES else "system"

    @appearance.setter
    def appearance(self, choice: str) -> None:
        self._file.setValue("appearance", choice)

    @property
    def geometry(self) -> QByteArray:
        held = self._file.value("geometry")
        return held if isinstance(held, QByteArray) else QByteArray()

    @geometry.setter
    def geometry(self, geometry: QByteArray) -> None:
        self._file.setValue("geometry", geometry)

    @property
    def has_said_goodbye(self) -> bool:
        """Whether the reader was told once that closing the window ends nothing."""
        return str(self._file.value("has_said_goodbye")).lower() == "true"  # text from the file, else a bool

    @has_said_goodbye.setter
    def has_said_goodbye(self, was_said: bool) -> None:
        self._file.setValue("has_said_goodbye", was_said)

    def widths_of(self, grid: str) -> dict[str, int]:
        """Column → pixels, 0 when hidden, as the reader chose them; empty when the columns follow the room."""
        try:
            held = json.loads(str(self._file.value(f"widths/{grid}") or "{}"))
            return {str(column): int(width) for column, width in held.items()}
        except (ValueError, TypeError, AttributeError):
            return {}

    def keep_widths(self, grid: str, widths: Mapping[str, int]) -> None:
        self._file.setValue(f"widths/{grid}", json.dumps(widths))

    def save(self) -> None:
        self._file.sync()


def language_of_system() -> Language:
    """French for a French system, else English."""
    return "fr" if QLocale.system().language() == QLocale.Language.French else "en"
