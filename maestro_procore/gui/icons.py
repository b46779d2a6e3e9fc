"""The program's own drawings (resources/icons), coloured for the theme in use.

A drawing names no colour: `currentColor` becomes the colour of the icon's role, `knockout` the paper behind it.
"""

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from maestro_procore.gui import theme
from maestro_procore.places import resource

SIZES = (16, 20, 32)

# Icons that mean something by their colour too; all others take the colour of text.
ROLES = {
    "check": "success",
    "cross": "error",
    "wheel": "accent",
    "hourglass": "warning",
    "dash": "dim",
    "circle-error": "error",
    "triangle-warning": "warning_sign",
    "arrow-left": "accent",
    "arrow-right": "accent",
    "arrow-both": "accent",
    "info": "accent",
    "pause": "warning",
    "broken-link": "error",
}


def names() -> list[str]:
    """All icons there are."""
    return sorted(path.stem for path in resource("icons").glob("*.svg"))


def icon(name: str, role: str | None = None) -> QIcon:
    """The icon in the colours of the theme. role: a colour of theme.Colours instead of the icon's own.

    Errors: FileNotFoundError for a name that resources/icons does not hold.
    """
    return _icon(name, role or ROLES.get(name, "text"), theme.current())


@cache
def _icon(name: str, role: str, colours: "theme.Colours") -> QIcon:
    drawing = _drawing(name)
    made = QIcon()
    for mode, colour in ((QIcon.Mode.Normal, colours.of(role)), (QIcon.Mode.Disabled, colours.disabled)):
        renderer = QSvgRenderer(QByteArray(_coloured(drawing, colour, colours.knockout(role)).encode()))
        for size in SIZES:
            for scale in (1, 2):
                made.addPixmap(_painted(renderer, size, scale), mode)
    return made


@cache
def _drawing(name: str) -> str:
    return resource(f"icons/{name}.svg").read_text(encoding="utf-8")


def _coloured(drawing: str, colour: str, knockout: str) -> str:
    return drawing.replace("currentColor", colour).replace("knockout", knockout)


def _painted(renderer: QSvgRenderer, size: int, scale: int) -> QPixmap:
    picture = QPixmap(size * scale, size * scale)
    picture.setDevicePixelRatio(scale)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return picture


def app_icon(dot: str | None = None) -> QIcon:
    """The program's icon; dot: a colour role painted in its corner (the tray's state)."""
    return _app_icon(dot, theme.current())


@cache
def _app_icon(dot: str | None, colours: "theme.Colours") -> QIcon:
    renderer = QSvgRenderer(QByteArray(_drawing("app").encode()))
    made = QIcon()
    for size in (16, 22, 24, 32, 48, 64, 128):
        picture = _painted(renderer, size, 1)
        if dot is not None:
            painter = QPainter(picture)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setBrush(QColor(colours.of(dot)))
            painter.setPen(QColor("#FFFFFF"))
            width = size * 0.46
            painter.drawEllipse(QRectF(size - width - 0.5, size - width - 0.5, width, width))
            painter.end()
        made.addPixmap(picture)
    return made
