"""What the command line decides."""

from dataclasses import dataclass
from pathlib import Path

DEFAULT_SERVER_URL = "http://127.0.0.1:8000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """One run of the window; ``artifact_dir`` None is the bundled champion."""

    paths: tuple[Path, ...] = ()
    server_url: str = DEFAULT_SERVER_URL
    key_path: Path | None = None
    artifact_dir: Path | None = None
    watched_dir: Path | None = None
    screenshot_path: Path | None = None
    width_px: int = 1200
    height_px: int = 800
    scale: float = 1.0
    is_timed: bool = False
