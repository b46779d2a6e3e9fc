"""One window per profile: a second start brings the first window to the front and ends."""

import hashlib
import logging

from PySide6.QtCore import QLockFile, QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from maestro_procore.places import Profile

log = logging.getLogger(__name__)

SHOW = b"show\n"
PATIENCE_MS = 1500
TRIES = 3


class SingleInstance(QObject):
    """The lock file says who is first; the socket carries the wish to be shown."""

    show_wanted = Signal()

    def __init__(self, profile: Profile, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = QLockFile(str(profile.window_lock))
        # Stale only when its process is gone, however long the window stays open.
        self._lock.setStaleLockTime(0)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._hear)
        # Paths of sockets are at most some 100 characters long, those of profiles are not.
        self._name = "maestro-procore-" + hashlib.sha256(str(profile.root).encode()).hexdigest()[:20]

    def claim(self) -> bool:
        """True: this is the first window of the profile. False: another one was asked to show itself."""
        if not self._lock.tryLock(0):
            if not self._call_first():
                log.warning("another copy holds %s but does not answer", self._name)
            return False
        QLocalServer.removeServer(self._name)  # left behind by a process that was killed
        if not self._server.listen(self._name):
            log.warning("cannot be called by a second start: %s", self._server.errorString())
        return True

    def release(self) -> None:
        self._server.close()
        self._lock.unlock()

    def _call_first(self) -> bool:
        for _ in range(TRIES):  # the first copy may still be on its way to listen()
            socket = QLocalSocket()
            socket.connectToServer(self._name)
            if socket.waitForConnected(PATIENCE_MS):
                socket.write(SHOW)
                socket.waitForBytesWritten(PATIENCE_MS)
                socket.disconnectFromServer()
                return True
        return False

    def _hear(self) -> None:
        while (caller := self._server.nextPendingConnection()) is not None:
            caller.disconnected.connect(caller.deleteLater)
            self.show_wanted.emit()
