"""Looks at the server again and again, whatever tab is open."""

from collections.abc import Callable

from gui import events
from gui.kit.server_status import ServerStatus
from gui.kit.workers import Repeater

_CHECK_INTERVAL_S = 5.0


class ServerReport:
    """Tells the window how the server is, from any thread; the same again is not told."""

    def __init__(self, post: Callable[[events.ServerReported], None]) -> None:
        """Take where to report."""
        self._post = post
        self._last: ServerStatus | None = None

    def __call__(self, status: ServerStatus) -> None:
        """Report ``status`` if it is news."""
        if status != self._last:
            self._last = status
            self._post(events.ServerReported(status=status))

    def forget(self) -> None:
        """Take the next report for news, whatever it says."""
        self._last = None


class ServerWatch:
    """Asks ``check`` every few seconds."""

    def __init__(
        self,
        check: Callable[[], ServerStatus],
        report: ServerReport,
        *,
        report_crash: Callable[[Exception], None],
    ) -> None:
        """Take what looks at the server, and whom to tell."""
        self._report_crash = report_crash
        self._check = check
        self._report = report
        self._repeater: Repeater | None = None

    def start(self) -> None:
        """Look at once, and from then on."""
        self._repeater = Repeater(
            "server-check",
            lambda: self._report(self._check()),
            interval_s=_CHECK_INTERVAL_S,
            report_crash=self._report_crash,
        )

    def look_anew(self) -> None:
        """Look at once, and tell how the server is even if it is as it was."""
        self._report.forget()
        if self._repeater is not None:
            self._repeater.hasten()

    def close(self) -> None:
        """Stop looking."""
        if self._repeater is not None:
            self._repeater.close()
