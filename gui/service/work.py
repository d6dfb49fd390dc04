"""The work behind the tab on the cluster: looks at the server, pages, the service here."""

from functools import partial

from gui.kit.connection import Connection
from gui.kit.desk import Desk
from gui.kit.home import find_layout
from gui.kit.outside import OutsideError, open_page
from gui.kit.server_status import ServerMode
from gui.kit.tabs import TabView
from gui.kit.workers import Repeater, Workers
from gui.service import events
from gui.service.command import Command
from gui.service.state import ServiceState

_LOOK_INTERVAL_S = 2.0
_LOG_NAME = "window"
# A server that refuses the key still tells its figures.
_TELLING_MODES = frozenset({ServerMode.ONLINE, ServerMode.REFUSING})


class ServiceWork:
    """Looks at the server while the tab is open; runs what the user asks for."""

    def __init__(self, desk: Desk[events.Event], connection: Connection) -> None:
        """Take where answers go, and the server; nothing runs yet."""
        self._desk = desk
        self._connection = connection
        self._looks: Repeater | None = None
        # A command takes minutes, and a page is opened meanwhile.
        self._side = Workers("service", num_threads=2, report_crash=desk.report_crash)
        self._are_packages_known = False

    def start(self) -> None:
        """Start the threads."""
        self._side.start()

    def follow(
        self,
        event: events.Event | None,
        before: TabView[ServiceState],
        after: TabView[ServiceState],
    ) -> None:
        """Start what the step from ``before`` to ``after`` asks for."""
        if _wants_looks(after) != _wants_looks(before):
            self._look_or_not(is_wanted=_wants_looks(after))
        elif self._looks is not None and after.server.url != before.server.url:
            self._looks.hasten()
        if after.is_open and not self._are_packages_known:
            self._are_packages_known = True
            self._side.submit(self._find_packages)
        if isinstance(event, events.PageRequested):
            self._side.submit(partial(self._open, event.address))
        task = after.part.task
        if task is not None and task.is_running and not before.part.is_working:
            self._side.submit(partial(self._run, task.command))

    def close(self) -> None:
        """End the threads; a command under way runs on."""
        if self._looks is not None:
            self._looks.close()
        self._side.close()

    def _look_or_not(self, *, is_wanted: bool) -> None:
        if self._looks is not None:
            self._looks.stop()
            self._looks = None
        if is_wanted:
            from gui.service.look import ServerLook

            self._looks = Repeater(
                "service-look",
                ServerLook(self._connection, self._desk.post).look,
                interval_s=_LOOK_INTERVAL_S,
                report_crash=self._desk.report_crash,
            )

    # From here on: on workers.

    def _find_packages(self) -> None:
        from gui.service.local_service import can_run

        self._desk.post(events.PackagesFound(can_run=can_run()))

    def _open(self, address: str) -> None:
        try:
            open_page(address)
        except OutsideError as error:
            self._desk.post(events.ProblemFound(problem=str(error)))

    def _run(self, command: Command) -> None:
        from gui.service.local_service import run_command

        log_path = find_layout().log_path(_LOG_NAME)
        status = None
        try:
            status = run_command(
                command, log_path, lambda lines: self._desk.post(events.LinesPrinted(lines=lines))
            )
        except OSError as error:
            self._desk.post(
                events.ProblemFound(
                    problem=f"The command cannot be run, or {log_path} not be written: "
                    f"{error.strerror}."
                )
            )
        self._desk.post(events.CommandEnded(status=status))


def _wants_looks(view: TabView[ServiceState]) -> bool:
    return view.is_open and view.server.mode in _TELLING_MODES
