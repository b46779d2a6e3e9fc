"""Help without a network: questions and answers of every page (F001), from the catalogue of texts."""

from collections.abc import Callable
from html import escape
from typing import Any

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QTextBrowser, QWidget

from maestro_procore import i18n
from maestro_procore.gui import theme
from maestro_procore.i18n import text
from maestro_procore.places import PROGRAM

ABOUT = "about"
PICTURE = "picture"
PICTURES = {("connections", "sign_in"): "signing_in", ("connections", "test"): "succeeded"}
"""Topic and question → the state of gui/connection_steps.py that stands below its answer (F154)."""
ROW_HEIGHT = 28
PADDING = 44  # the chosen topic is set in bolder letters


def topics() -> list[str]:
    """Names of all topics, in the order of the catalogue."""
    return [key.split(".")[1] for key in i18n.keys_under("help.") if key.endswith(".title")]


def questions(topic: str) -> list[tuple[str, str]]:
    """Question and answer of a topic, in the order of reading, in the reader's language."""
    asked = [key for key in i18n.keys_under(f"help.{topic}.") if key.endswith(".q")]
    return [(text(key), text(f"{key[:-2]}.a")) for key in asked]


class Answers(QTextBrowser):
    """Shows pictures that the program draws itself: they speak the reader's language and wear his theme."""

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        address = QUrl(name)
        if address.scheme() == PICTURE:
            from maestro_procore.gui.connection_steps import picture

            return picture(address.path())
        return super().loadResource(kind, address)


class HelpPage(QWidget):
    """Left the topics, right their questions. Nothing is loaded from anywhere."""

    def __init__(self, navigate: Callable[..., object], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("help_page")
        self._navigate = navigate
        self.topics = QListWidget(self)
        self.topics.setObjectName("help_topics")
        for topic in (*topics(), ABOUT):
            item = QListWidgetItem(self.topics)
            item.setData(Qt.ItemDataRole.UserRole, topic)
        self.answers = Answers(self)
        self.answers.setObjectName("help_answers")
        self.answers.setOpenLinks(False)
        self.answers.anchorClicked.connect(self._follow)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self.topics)
        layout.addWidget(self.answers, 1)
        self.topics.setCurrentRow(0)
        self.topics.currentItemChanged.connect(self._show_current)
        self.retranslate()

    @property
    def topic(self) -> str:
        return str(self.topics.currentItem().data(Qt.ItemDataRole.UserRole))

    def show_topic(self, topic: str) -> None:
        """A topic that is not there leaves the first one."""
        names = [str(self.topics.item(row).data(Qt.ItemDataRole.UserRole)) for row in range(self.topics.count())]
        self.topics.setCurrentRow(names.index(topic) if topic in names else 0)

    def page_shown(self) -> None:
        self.retranslate()
        self.topics.setFocus()

    def refresh(self) -> None:
        """The journal has nothing to do with it."""

    def retranslate(self) -> None:
        self.topics.setAccessibleName(text("help.topics"))
        self.answers.setAccessibleName(text("help.name"))
        widest = 0
        for row in range(self.topics.count()):
            item = self.topics.item(row)
            topic = str(item.data(Qt.ItemDataRole.UserRole))
            item.setText(text("help.about.name") if topic == ABOUT else text(f"help.{topic}.title"))
            item.setSizeHint(QSize(0, ROW_HEIGHT))
            widest = max(widest, self.topics.fontMetrics().horizontalAdvance(item.text()))
        self.topics.setFixedWidth(widest + PADDING)
        self._show_current()

    def _show_current(self, *_: object) -> None:
        self.answers.setHtml(_about() if self.topic == ABOUT else _page(self.topic))

    def _follow(self, address: QUrl) -> None:
        """Links lead to other topics only."""
        self.show_topic(address.path())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            leave = getattr(self.window(), "leave_help", None)
            if leave is not None:
                leave()
        else:
            super().keyPressEvent(event)


def _sheet() -> str:
    colours = theme.current()
    return (
        f"<style>.title {{ font-size: 15pt; font-weight: 600; margin: 0 0 4px 0; }}"
        f".question {{ font-size: 11pt; font-weight: 600; color: {colours.accent}; margin: 16px 0 3px 0; }}"
        f"p {{ margin: 0 0 2px 0; line-height: 145%; }} .quiet {{ color: {colours.dim}; margin-top: 20px; }}</style>"
    )


def _paragraph(kind: str, words: str) -> str:
    return f"<p class='{kind}'>{escape(words)}</p>"


def _page(topic: str) -> str:
    parts = [_sheet(), _paragraph("title", text(f"help.{topic}.title"))]
    for question, answer in questions(topic):
        parts += [_paragraph("question", question), _paragraph("answer", answer)]
        parts += [f"<p><img src='{PICTURE}:{state}'></p>" for state in _pictures(topic, question)]
    return "".join([*parts, _paragraph("quiet", text("help.offline"))])


def _pictures(topic: str, question: str) -> list[str]:
    of_topic = [(name, state) for (about, name), state in PICTURES.items() if about == topic]
    return [state for name, state in of_topic if text(f"help.{topic}.{name}.q") == question]


def _about() -> str:
    from importlib.metadata import version as version_of

    version = text("app.version", version=version_of(PROGRAM))
    return "".join(
        (
            _sheet(),
            _paragraph("title", text("app.name")),
            _paragraph("answer", text("app.about.text")),
            _paragraph("quiet", version),
        )
    )
