"""What the settings are: one frozen value, changed by the pure ``update``."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import assert_never

from gui.kit.look import Look, to_scale
from gui.settings import events
from gui.settings.form import check_form, put_server, remove_server
from gui.settings.key_store import KeyPlace, to_key_name
from gui.settings.preferences import Preferences, Server
from gui.settings.verdict import Verdict

NUM_WELCOME_PAGES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerForm:
    """The form is open on the server ``name``, None for a new one."""

    name: str | None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One look at a server, None for the one in the form; without a verdict it is under way."""

    name: str | None
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What this run was started with; what the command line says holds until the window closes."""

    server_url: str | None = None
    scale: float | None = None
    screen_scale: float = 1.0
    home: Path = Path()
    preferences_path: Path = Path()


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsState:
    """The choices, and what is being changed of them.

    ``probe_count`` counts looks at servers: an answer to an older one is dropped. ``key_count``
    counts keys that were kept or forgotten. ``is_system_silent`` says that this system does not
    tell whether it wants light or dark.
    """

    preferences: Preferences = field(default_factory=Preferences)
    run: Run = field(default_factory=Run)
    form: ServerForm | None = None
    probe: Probe | None = None
    probe_count: int = 0
    urls_with_key: frozenset[str] = frozenset()
    key_place: KeyPlace | None = None
    key_count: int = 0
    is_system_silent: bool = False
    welcome_page: int | None = None
    problem: str | None = None

    @property
    def server_url(self) -> str:
        """The address that this run talks to; empty for none."""
        if self.run.server_url is not None:
            return self.run.server_url
        server = self.preferences.server
        return server.url if server else ""

    @property
    def look(self) -> Look:
        """How this run looks."""
        scale = self.run.scale
        if scale is None:
            display_scale = self.preferences.display_scale or self.run.screen_scale
            scale = to_scale(display_scale, self.preferences.text_scale)
        return Look(theme=self.preferences.shown_theme, scale=scale)

    @property
    def edited(self) -> Server | None:
        """The server in the form; None for a new one, or without a form."""
        if self.form is None:
            return None
        return next(
            (item for item in self.preferences.servers if item.name == self.form.name), None
        )

    def has_key(self, url: str) -> bool:
        """A key is kept for this address."""
        return to_key_name(url) in self.urls_with_key


def update(state: SettingsState, event: events.Event) -> SettingsState:  # noqa: C901 (one case an event)
    """Return the state after ``event``; late answers leave it as it is."""
    match event:
        case events.ServerChosen():
            return _choose(state, event.name)
        case events.FormOpened():
            return replace(state, form=ServerForm(name=event.name), probe=None, key_place=None)
        case events.FormClosed():
            return replace(state, form=None, probe=None)
        case events.FormSubmitted():
            return _submit(state, event)
        case events.ServerRemoved():
            return _remove(state, event.name)
        case events.KeysFound():
            return replace(state, urls_with_key=event.urls)
        case events.KeyKept():
            return _note_key(state, event.url, event.place)
        case events.ProbeRequested():
            return replace(
                state, probe=Probe(name=event.name), probe_count=state.probe_count + 1, problem=None
            )
        case events.ProbeFinished():
            return _finish_probe(state, event)
        case events.ThemeChosen():
            return _prefer(state, theme=event.theme)
        case events.SystemThemeFound():
            found = replace(state, is_system_silent=event.theme is None)
            return found if event.theme is None else _prefer(found, system_theme=event.theme)
        case events.TextScaleChosen():
            return _prefer(state, text_scale=event.scale)
        case events.DisplayScaleChosen():
            return _prefer(state, display_scale=event.scale)
        case events.WelcomeRequested():
            return replace(state, welcome_page=0)
        case events.WelcomeMoved():
            return _turn_welcome(state, event.step)
        case events.WelcomeEnded():
            return replace(_prefer(state, is_welcomed=True), welcome_page=None)
        case events.ProblemFound():
            return replace(state, problem=event.problem)
        case events.ProblemDismissed():
            return _dismiss(state)
        case events.KeyForgotten() | events.HomeOpened():
            return state
        case _:
            assert_never(event)


def _prefer(state: SettingsState, **choices: object) -> SettingsState:
    return replace(state, preferences=state.preferences.model_copy(update=choices))


def _choose(state: SettingsState, name: str | None) -> SettingsState:
    is_known = name is None or any(item.name == name for item in state.preferences.servers)
    return _prefer(state, server_name=name) if is_known else state


def _submit(state: SettingsState, event: events.FormSubmitted) -> SettingsState:
    if state.form is None:
        return state
    problem = check_form(state.preferences, state.form.name, event)
    if problem is not None:
        return replace(state, form=replace(state.form, problem=problem))
    preferences = put_server(state.preferences, state.form.name, event)
    return replace(state, preferences=preferences, form=None, probe=None)


def _remove(state: SettingsState, name: str) -> SettingsState:
    preferences = remove_server(state.preferences, name)
    return replace(state, preferences=preferences, form=None, probe=None)


def _note_key(state: SettingsState, url: str, place: KeyPlace | None) -> SettingsState:
    name = frozenset({to_key_name(url)})
    urls = state.urls_with_key - name if place is None else state.urls_with_key | name
    return replace(state, urls_with_key=urls, key_place=place, key_count=state.key_count + 1)


def _finish_probe(state: SettingsState, event: events.ProbeFinished) -> SettingsState:
    if event.probe != state.probe_count or state.probe is None:
        return state
    return replace(state, probe=replace(state.probe, verdict=event.verdict))


def _turn_welcome(state: SettingsState, step: int) -> SettingsState:
    if state.welcome_page is None:
        return state
    page = min(max(state.welcome_page + step, 0), NUM_WELCOME_PAGES - 1)
    return replace(state, welcome_page=page)


def _dismiss(state: SettingsState) -> SettingsState:
    """Clear the banner; with none, leave the form."""
    if state.problem is not None:
        return replace(state, problem=None)
    return replace(state, form=None, probe=None)
