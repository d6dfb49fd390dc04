"""Wires one window up: state, diagnosers, session, Dear PyGui; ends it all again."""

import math
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from gui.diagnose import events
from gui.diagnose.diagnosis import Diagnoser, FallbackDiagnoser
from gui.diagnose.http_diagnoser import HttpDiagnoser
from gui.diagnose.laptop_diagnoser import LaptopDiagnoser
from gui.events import ProblemReported, TabSelected
from gui.kit.connection import Connection
from gui.kit.home import find_layout
from gui.kit.screen_scale import find_screen_scale
from gui.kit.server_status import ServerMode, ServerStatus
from gui.options import Options
from gui.session import Session
from gui.settings.preference_file import load_preferences
from gui.settings.preferences import Preferences
from gui.settings.state import Run, SettingsState
from gui.settings.work import Shelf, find_shelf
from gui.state import create_state
from gui.window import Window

_WIDTH_PX, _HEIGHT_PX = 1200, 800
_SCREENSHOT_TIMEOUT_S = 120.0
_SCREENSHOT_FRAME_S = 0.02


def run_window(options: Options, *, create_window: Callable[..., Window] = Window) -> int:
    """Show the window until it is closed, or until its screenshot is written.

    ``create_window`` is called as ``Window`` is.

    Returns:
        The exit status: 1 when the screenshot could not be written, else 0.
    """
    shelf = find_shelf()
    loaded = load_preferences(shelf.preferences_path)
    settings = _create_settings(options, loaded.preferences, shelf)
    if options.key_path is not None:
        shelf = replace(shelf, key_paths={settings.server_url: options.key_path})
    connection = Connection(settings.server_url)
    connection.use(shelf.create_target(settings.server_url))

    def create_diagnoser(report: Callable[[ServerStatus], None]) -> Diagnoser:
        return FallbackDiagnoser(
            HttpDiagnoser(connection),
            LaptopDiagnoser(options.artifact_dir),
            report=report,
        )

    state = create_state(settings.server_url, settings)
    session = Session(
        state,
        connection,
        create_diagnoser,
        shelf=shelf,
        history_path=find_layout().window_history_path,
    )
    if loaded.problem is not None:
        session.post(ProblemReported(problem=loaded.problem))
    screen_scale = settings.run.screen_scale
    window = create_window(
        session,
        width_px=options.width_px or round(_WIDTH_PX * screen_scale),
        height_px=options.height_px or round(_HEIGHT_PX * screen_scale),
    )
    try:
        window.render()
        if options.is_timed:
            _print_timing()
        session.start()
        if options.tab is not None:
            session.post(TabSelected(tab=options.tab))
        if options.paths:
            session.post(events.PathsRequested(paths=options.paths))
        if options.watched_dir is not None:
            session.post(events.WatchRequested(folder=options.watched_dir))
        if options.screenshot_path is None:
            window.run()
            return 0
        _settle(session, window)
        try:
            window.save_screenshot(options.screenshot_path)
        except OSError as error:
            sys.stderr.write(
                f"cannot write {options.screenshot_path}: {error.strerror}; name another file\n"
            )
            return 1
        return 0
    finally:
        window.close()


def _create_settings(options: Options, preferences: Preferences, shelf: Shelf) -> SettingsState:
    """Return the settings of this run: what the command line says comes before what was saved."""
    # A screenshot and photos named are not the first look around.
    is_errand = bool(options.screenshot_path or options.paths or options.watched_dir)
    is_welcome = options.is_welcome or not (preferences.is_welcomed or is_errand)
    return SettingsState(
        preferences=preferences,
        run=Run(
            server_url=options.server_url,
            scale=options.scale,
            screen_scale=find_screen_scale(),
            home=find_layout().home,
            preferences_path=shelf.preferences_path,
        ),
        welcome_page=0 if is_welcome else None,
    )


def _settle(session: Session, window: Window) -> None:
    """Render until every photo is done and the server was looked at."""
    deadline_s = time.monotonic() + _SCREENSHOT_TIMEOUT_S
    num_quiet_frames = 0
    while num_quiet_frames < 10 and time.monotonic() < deadline_s:
        window.render()
        is_checking = session.state.server.mode is ServerMode.CHECKING
        is_quiet = not session.state.is_busy and not is_checking and session.inbox.is_empty
        num_quiet_frames = num_quiet_frames + 1 if is_quiet else 0
        time.sleep(_SCREENSHOT_FRAME_S)


def _print_timing() -> None:
    """Print the process's age, which holds the interpreter's start and every import."""
    sys.stdout.write(f"first frame after {_measure_process_age_s():.2f} s\n")
    sys.stdout.flush()


def _measure_process_age_s() -> float:
    """Return the seconds since this process began; NaN where the system does not tell."""
    try:
        # The name, second of the fields, is in brackets and may hold blanks.
        fields = Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        started_s = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return time.clock_gettime(time.CLOCK_BOOTTIME) - started_s
    except (OSError, AttributeError):
        return math.nan
