"""Where this installation keeps its data."""

import os
from collections.abc import Mapping
from pathlib import Path

from cluster.storage import Layout

_DEFAULT_HOME = "var"


def find_layout(environment: Mapping[str, str] = os.environ) -> Layout:
    """Return the layout of the home folder, ``LEAFRAY_HOME`` or ``var``; nothing is made."""
    home = Path(environment.get("LEAFRAY_HOME") or _DEFAULT_HOME)
    return Layout(home=home.expanduser().resolve())
