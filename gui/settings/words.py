"""What the settings say, as pure functions."""

from gui.settings.key_store import KeyPlace
from gui.settings.preferences import Server, ThemeChoice
from gui.settings.state import Probe, SettingsState

INTRO = (
    "The server that is marked diagnoses your photos. While it is away, or without one, this "
    "laptop does, with a model of its own."
)
LAPTOP_NAME = "This laptop alone"
LAPTOP_DETAIL = "No photo leaves it"
_TEXT_SIZES = {0.9: "Small", 1.0: "Normal", 1.15: "Large", 1.3: "Larger", 1.5: "Largest"}


def say_pinned_server(state: SettingsState) -> str:
    """Return that the command line has named the server of this run; empty if it has not."""
    if state.run.server_url is None:
        return ""
    return (
        f"This time Leafray was started for {state.run.server_url} (--server). What you choose "
        "here counts from the next start."
    )


def say_pinned_scale(state: SettingsState) -> str:
    """Return that the command line has named the size of this run; empty if it has not."""
    if state.run.scale is None:
        return ""
    return (
        f"This time Leafray was started at {say_percent(state.run.scale)} (--scale). The sizes "
        "that you choose here count from the next start."
    )


def say_silent_system(state: SettingsState) -> str:
    """Return that the system is asked for its look and tells none; empty otherwise."""
    if not state.is_system_silent or state.preferences.theme is not ThemeChoice.SYSTEM:
        return ""
    return (
        f"This system does not say which it wants, so the window stays "
        f"{state.preferences.system_theme}."
    )


def say_detail(state: SettingsState, server: Server) -> str:
    """Return where a server is, and whether a key is kept for it."""
    return f"{server.url}  ·  key kept" if state.has_key(server.url) else server.url


def say_key_hint(state: SettingsState) -> str:
    """Return what the empty field for the key says."""
    server = state.edited
    if server is not None and state.has_key(server.url):
        return "A key is kept; type another to replace it"
    return "The key that the server's owner gave you"


def say_key_place(place: KeyPlace | None) -> str:
    """Return where a key that was just entered has gone; empty if none was."""
    match place:
        case KeyPlace.KEYRING:
            return "The key is in the keyring of this system. It is not shown again."
        case KeyPlace.FILE:
            return (
                "No keyring works on this system: the key is in a file that only you can read. It "
                "is not shown again."
            )
        case None:
            return ""


def say_probe(probe: Probe | None, name: str | None) -> str:
    """Return how the look at the server ``name`` went; empty if another one was looked at."""
    if probe is None or probe.name != name:
        return ""
    return "Looking ..." if probe.verdict is None else probe.verdict.text


def say_percent(scale: float) -> str:
    """Return a scale as people read it."""
    return f"{round(100 * scale)} %"


def say_text_size(scale: float) -> str:
    """Return a size of text as the list offers it."""
    name = _TEXT_SIZES.get(scale)
    return f"{name} ({say_percent(scale)})" if name else say_percent(scale)


def say_display_size(scale: float | None, *, screen_scale: float) -> str:
    """Return a scale of the display as the list offers it."""
    if scale is None:
        return f"As this screen is set ({say_percent(screen_scale)})"
    return say_percent(scale)
