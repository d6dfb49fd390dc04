"""Whether this system asks for light or dark windows, where it tells. Runs on workers."""

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence

from gui.kit.look import Theme

_TIMEOUT_S = 2.0
_PORTAL = (
    "gdbus",
    *("call", "--session", "--timeout", "1"),
    *("--dest", "org.freedesktop.portal.Desktop"),
    *("--object-path", "/org/freedesktop/portal/desktop"),
    *("--method", "org.freedesktop.portal.Settings.Read"),
    *("org.freedesktop.appearance", "color-scheme"),
)
_GNOME = ("gsettings", "get", "org.gnome.desktop.interface", "color-scheme")
_MAC = ("defaults", "read", "-g", "AppleInterfaceStyle")
_WINDOWS_KEY = r"Software\Microsoft\Windows\CurrentVersion\Themes\Personalize"


def find_system_theme() -> Theme | None:
    """Ask the system, for some seconds at most; None where nothing tells.

    On Linux the desktop's portal is asked, which every large desktop has, then GNOME's settings.
    """
    if sys.platform == "win32":
        return _ask_windows()
    if sys.platform == "darwin":
        # The setting is absent in a light system: the program then ends with status 1.
        said = _ask(_MAC)
        return None if said is None else Theme.DARK if said.strip() == "Dark" else Theme.LIGHT
    return read_portal(_ask(_PORTAL) or "") or read_gnome(_ask(_GNOME) or "")


def read_portal(said: str) -> Theme | None:
    """Read the portal's answer: 1 is dark, 2 light, 0 no wish, such as ``(<<uint32 1>>,)``."""
    found = re.search(r"uint32 (\d)", said)
    if found is None:
        return None
    return Theme.DARK if found[1] == "1" else Theme.LIGHT


def read_gnome(said: str) -> Theme | None:
    """Read GNOME's setting: ``'prefer-dark'``, ``'prefer-light'`` or ``'default'``."""
    match said.strip().strip("'"):
        case "prefer-dark":
            return Theme.DARK
        case "prefer-light" | "default":
            return Theme.LIGHT
        case _:
            return None


def _ask(command: Sequence[str]) -> str | None:
    """Return what a program prints; None where it is not there, or does not answer in time."""
    if shutil.which(command[0]) is None:
        return None
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None


def _ask_windows() -> Theme | None:
    import winreg

    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, _WINDOWS_KEY) as key:  # type: ignore[attr-defined]
            is_light, _ = winreg.QueryValueEx(key, "AppsUseLightTheme")  # type: ignore[attr-defined]
    except OSError:
        return None
    return Theme.LIGHT if is_light else Theme.DARK
