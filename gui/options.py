"""What the command line decides."""

from dataclasses import dataclass
from pathlib import Path

from gui.kit.tabs import Tab


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """One run of the window; ``artifact_dir`` None is the bundled champion.

    ``server_url`` and ``scale`` None: as the settings say; a size None: as the screen asks for.
    """

    paths: tuple[Path, ...] = ()
    server_url: str | None = None
    key_path: Path | None = None
    artifact_dir: Path | None = None
    watched_dir: Path | None = None
    screenshot_path: Path | None = None
    width_px: int | None = None
    height_px: int | None = None
    scale: float | None = None
    is_timed: bool = False
    is_welcome: bool = False
    tab: Tab | None = None
