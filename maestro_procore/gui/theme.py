"""Colours and spacing: Fusion with a palette of ours and one thin style sheet, light, dark or high contrast."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from string import Template

from PySide6.QtCore import Qt, QTemporaryDir
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from maestro_procore.places import resource

CHOICES = ("system", "light", "dark", "contrast")


@dataclass(frozen=True)
class Colours:
    """One theme. Every pair that carries text has a contrast of at least 4.5:1; a test measures it."""

    name: str
    window: str
    side: str
    """Side bar, tool bars, table headers."""
    base: str
    alternate: str
    text: str
    dim: str
    disabled: str
    line: str
    line_strong: str
    accent: str
    accent_text: str
    accent_soft: str
    """Background of what is chosen or hovered."""
    success: str
    error: str
    error_soft: str
    warning: str
    warning_sign: str
    warning_soft: str
    sandbox: str
    training: str
    badge_text: str

    def of(self, role: str) -> str:
        """Colour of a role, "#RRGGBB"."""
        return str(getattr(self, role))

    def knockout(self, role: str) -> str:
        """What is cut out of a filled sign of that role."""
        return "#1B1B1B" if role == "warning_sign" or self.name != "light" else "#FFFFFF"


LIGHT = Colours(
    name="light",
    window="#F6F7F8",
    side="#ECEFF1",
    base="#FFFFFF",
    alternate="#F8FAFB",
    text="#1B2226",
    dim="#5A666D",
    disabled="#9AA4AA",
    line="#D9DFE3",
    line_strong="#B7C1C7",
    accent="#0F6E84",
    accent_text="#FFFFFF",
    accent_soft="#DCEEF2",
    success="#1E7D46",
    error="#B3261E",
    error_soft="#FCEBEA",
    warning="#9A6700",
    warning_sign="#F2B705",
    warning_soft="#FFF4CE",
    sandbox="#B3261E",
    training="#1F5FAF",
    badge_text="#FFFFFF",
)
DARK = Colours(
    name="dark",
    window="#1E2326",
    side="#262C30",
    base="#171B1D",
    alternate="#1B2023",
    text="#E6EAEC",
    dim="#A3AEB4",
    disabled="#6C777D",
    line="#363E43",
    line_strong="#525C62",
    accent="#4FB3C8",
    accent_text="#0C1A1E",
    accent_soft="#21414A",
    success="#5CC98A",
    error="#FF8A80",
    error_soft="#43211F",
    warning="#E8B84A",
    warning_sign="#F2B705",
    warning_soft="#40351A",
    sandbox="#FF8A80",
    training="#7FB4F5",
    badge_text="#111111",
)
CONTRAST = Colours(
    name="contrast",
    window="#000000",
    side="#000000",
    base="#000000",
    alternate="#000000",
    text="#FFFFFF",
    dim="#FFFFFF",
    disabled="#A6A6A6",
    line="#FFFFFF",
    line_strong="#FFFFFF",
    accent="#3FF2FF",
    accent_text="#000000",
    accent_soft="#003A40",
    success="#5CFF9D",
    error="#FF9C94",
    error_soft="#3A0000",
    warning="#FFE14D",
    warning_sign="#FFE14D",
    warning_soft="#332B00",
    sandbox="#FF9C94",
    training="#8FC6FF",
    badge_text="#000000",
)
THEMES = {colours.name: colours for colours in (LIGHT, DARK, CONTRAST)}


class _InUse:
    colours: Colours = LIGHT
    choice: str = "system"


def current() -> Colours:
    """The theme in use."""
    return _InUse.colours


def choose(choice: str) -> Colours:
    """The theme of a choice; "system" asks the system, whose wish for contrast comes first."""
    if choice in THEMES:
        return THEMES[choice]
    hints = QGuiApplication.styleHints()
    if hints.accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast:
        return CONTRAST
    return DARK if hints.colorScheme() == Qt.ColorScheme.Dark else LIGHT


def apply(app: QApplication, choice: str = "system") -> None:
    """Dress the program; call it again when the choice or the system's wish changes."""
    colours = choose(choice)
    _InUse.colours, _InUse.choice = colours, choice
    if app.style().objectName() != "fusion":
        app.setStyle("Fusion")
    app.setPalette(palette(colours))
    field = palette(colours)  # a choice looks like a field to fill in, not like a button
    field.setColor(QPalette.ColorRole.Button, QColor(colours.base))
    app.setPalette(field, "QComboBox")  # type: ignore[arg-type]  # the stub says bytes, the call takes text
    app.setStyleSheet(style_sheet(colours))


def follow_system(app: QApplication, then: Callable[[], object]) -> None:
    """From now on a change of the system's colours is followed while "system" is chosen.

    then: makes the pictures again. It must not be done in changeEvent(): Qt is walking through all widgets
    there, and a widget that changes its style meanwhile ends the program (seen: segmentation fault).
    """
    hints = QGuiApplication.styleHints()

    def again(*_: object) -> None:
        if _InUse.choice == "system" and choose("system") is not _InUse.colours:
            apply(app, "system")
            then()

    hints.colorSchemeChanged.connect(again)
    hints.accessibility().contrastPreferenceChanged.connect(again)


def style_sheet(colours: Colours) -> str:
    """resources/style.qss with the theme's colours in it."""
    values = {field.name: getattr(colours, field.name) for field in fields(colours)}
    values["check_mark"] = _coloured_file("check", colours.accent_text)
    for icon in ("chevron-down", "chevron-up"):
        values[icon.replace("-", "_")] = _coloured_file(icon, colours.dim)
    return Template(resource("style.qss").read_text(encoding="utf-8")).substitute(values)


class _Pictures:
    folder: QTemporaryDir | None = None


def _coloured_file(icon: str, colour: str) -> str:
    """Address of an icon in one colour: a style sheet takes pictures from files only."""
    if _Pictures.folder is None:
        _Pictures.folder = QTemporaryDir()  # removed when the program ends
    file = Path(_Pictures.folder.filePath(f"{icon}-{colour.lstrip('#')}.svg"))
    drawing = resource(f"icons/{icon}.svg").read_text(encoding="utf-8")
    file.write_text(drawing.replace("currentColor", colour).replace('width="1.5"', 'width="2"'), encoding="utf-8")
    return file.as_posix()


def palette(colours: Colours) -> QPalette:
    """The theme as Qt's palette, for everything the style sheet does not name."""
    role = QPalette.ColorRole
    made = QPalette()
    for which, colour in (
        (role.Window, colours.window),
        (role.WindowText, colours.text),
        (role.Base, colours.base),
        (role.AlternateBase, colours.alternate),
        (role.Text, colours.text),
        (role.Button, colours.side),
        (role.ButtonText, colours.text),
        (role.BrightText, colours.error),
        (role.ToolTipBase, colours.base),
        (role.ToolTipText, colours.text),
        (role.PlaceholderText, colours.dim),
        (role.Highlight, colours.accent),
        (role.HighlightedText, colours.accent_text),
        (role.Accent, colours.accent),
        (role.Link, colours.accent),
        (role.LinkVisited, colours.accent),
        (role.Mid, colours.line),
        (role.Midlight, colours.line),
        (role.Light, colours.base),
        (role.Dark, colours.line_strong),
        (role.Shadow, colours.line_strong),
    ):
        made.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, which, QColor(colours.disabled))
    made.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(colours.line_strong))
    return made
