"""The work behind the settings: files, keys, looks at servers, the connection."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from gui.kit.connection import Connection, Target, load_key_file
from gui.kit.desk import Desk
from gui.kit.home import find_layout
from gui.kit.outside import OutsideError, open_folder
from gui.kit.tabs import TabView
from gui.kit.workers import Repeater, Workers
from gui.settings import events
from gui.settings.address import find_address_problem, to_url
from gui.settings.form import find_key_problem
from gui.settings.key_store import KeyStore, KeyStoreError, to_key_name
from gui.settings.preference_file import find_preferences_path, save_preferences
from gui.settings.preferences import Preferences, ThemeChoice
from gui.settings.state import SettingsState
from gui.settings.verdict import Verdict

ValueT = TypeVar("ValueT")

# Night falls slowly; asking costs a hundredth of a second.
_SYSTEM_THEME_INTERVAL_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Where choices and keys are kept; ``key_paths`` are files named for this run, by address."""

    preferences_path: Path
    keys: KeyStore
    key_paths: dict[str, Path] = field(default_factory=dict)

    def create_target(self, url: str) -> Target:
        """Return what the connection needs of a server: its key as typed, else the usual one."""
        named_path = self.key_paths.get(url)

        def load_key() -> str | None:
            if named_path is not None:
                return load_key_file(url, named_path)
            return self.keys.load(url) or load_key_file(url, None)

        return Target(url=url, load_key=load_key)


def find_shelf() -> Shelf:
    """Return where this person's choices and keys are kept; nothing is read or made."""
    return Shelf(
        preferences_path=find_preferences_path(), keys=KeyStore(find_layout().window_keys_path)
    )


class SettingsWork:
    """Turns what is chosen into files, keys and another target of the connection."""

    def __init__(
        self, desk: Desk[events.Event], connection: Connection, shelf: Shelf | None = None
    ) -> None:
        """Take where answers go, the server, and where things are kept (None: as usual)."""
        self._desk = desk
        self._connection = connection
        self._shelf = shelf or find_shelf()
        # Apart: a look at a server must not hold up what is saved.
        self._files = Workers("settings", num_threads=1, report_crash=desk.report_crash)
        self._probes = Workers("probe", num_threads=2, report_crash=desk.report_crash)
        self._are_keys_known = False
        self._system_theme: Repeater | None = None
        self._view: TabView[SettingsState] | None = None

    def start(self) -> None:
        """Start the threads."""
        self._files.start()
        self._probes.start()

    def follow(
        self,
        event: events.Event | None,
        before: TabView[SettingsState],
        after: TabView[SettingsState],
    ) -> None:
        """Start what the step from ``before`` to ``after`` asks for."""
        self._view = after
        old, new = before.part, after.part
        if new.preferences.theme is ThemeChoice.SYSTEM:
            self._follow_system(is_chosen=old.preferences.theme is not ThemeChoice.SYSTEM)
        if new.server_url != old.server_url:
            self._connection.use(self._shelf.create_target(new.server_url))
        if new.preferences != old.preferences:
            self._files.submit(partial(self._save, new.preferences))
        for url in _list_urls(old.preferences) - _list_urls(new.preferences):
            self._files.submit(partial(self._forget_key, url))
        if after.is_open and not self._are_keys_known:
            self._are_keys_known = True
            self._files.submit(partial(self._find_keys, new.preferences))
        match event:
            case events.FormSubmitted() if old.form and not new.form and event.key.strip():
                url = to_url(event.address)
                self._files.submit(partial(self._keep_key, url, event.key.strip()))
            case events.KeyForgotten():
                self._files.submit(partial(self._forget_key, event.url))
            case events.ProbeRequested():
                self._probes.submit(partial(self._probe, new.probe_count, event))
            case events.HomeOpened():
                self._probes.submit(partial(self._open, new.run.home))

    def close(self) -> None:
        """End the threads."""
        if self._system_theme is not None:
            self._system_theme.close()
        self._files.close()
        self._probes.close()

    def _follow_system(self, *, is_chosen: bool) -> None:
        if self._system_theme is None:
            self._system_theme = Repeater(
                "system-theme",
                self._ask_system,
                interval_s=_SYSTEM_THEME_INTERVAL_S,
                report_crash=self._desk.report_crash,
            )
        elif is_chosen:
            self._system_theme.hasten()

    # From here on: on workers.

    def _ask_system(self) -> None:
        from gui.settings.system_theme import find_system_theme

        view = self._view
        if view is None or view.part.preferences.theme is not ThemeChoice.SYSTEM:
            return
        theme, state = find_system_theme(), view.part
        is_news = theme is not None and theme is not state.preferences.system_theme
        if is_news or (theme is None) is not state.is_system_silent:
            self._desk.post(events.SystemThemeFound(theme=theme))

    def _save(self, preferences: Preferences) -> None:
        path = self._shelf.preferences_path
        try:
            save_preferences(path, preferences)
        except OSError as error:
            self._tell(
                f"Your settings cannot be saved in {path} ({error.strerror}). They hold until this "
                "window is closed; make room, or make the folder writable, and choose again."
            )

    def _find_keys(self, preferences: Preferences) -> None:
        with_key = set()
        for url in _list_urls(preferences):
            if self._try(partial(self._shelf.keys.load, url)):
                with_key.add(to_key_name(url))
        self._desk.post(events.KeysFound(urls=frozenset(with_key)))

    def _keep_key(self, url: str, key: str) -> None:
        place = self._try(partial(self._shelf.keys.save, url, key))
        if place is not None:
            self._desk.post(events.KeyKept(url=url, place=place))

    def _forget_key(self, url: str) -> None:
        self._try(partial(self._shelf.keys.delete, url))
        self._desk.post(events.KeyKept(url=url, place=None))

    def _try(self, call: Callable[[], ValueT]) -> ValueT | None:
        try:
            return call()
        except KeyStoreError as error:
            self._tell(str(error))
            return None

    def _probe(self, probe: int, request: events.ProbeRequested) -> None:
        from gui.settings.probe import probe_server
        from serve_app.key_file import KeyFileUnusableError

        url = to_url(request.address)
        problem = find_address_problem(request.address) or find_key_problem(request.key)
        try:
            key = request.key.strip() or self._shelf.create_target(url).load_key()
        except KeyFileUnusableError as error:
            problem = problem or str(error)
        if problem is not None:
            verdict = Verdict(is_good=False, text=problem)
        else:
            verdict = probe_server(url, key)
        self._desk.post(events.ProbeFinished(probe=probe, verdict=verdict))

    def _open(self, folder: Path) -> None:
        try:
            open_folder(folder)
        except OutsideError as error:
            self._tell(str(error))

    def _tell(self, problem: str) -> None:
        self._desk.post(events.ProblemFound(problem=problem))


def _list_urls(preferences: Preferences) -> frozenset[str]:
    return frozenset(server.url for server in preferences.servers)
