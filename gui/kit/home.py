"""Where this installation keeps its data."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from platformdirs import user_data_path

from cluster.storage import Layout

_DEFAULT_HOME = "var"


def find_layout(environment: Mapping[str, str] = os.environ) -> Layout:
    """Return the layout of the home folder, ``LEAFRAY_HOME`` or ``var``; nothing is made.

    The bundle is started from anywhere: its home is where this system keeps a person's data.
    """
    named = environment.get("LEAFRAY_HOME")
    if not named and getattr(sys, "frozen", False):
        return Layout(home=user_data_path("leafray", appauthor=False))
    return Layout(home=Path(named or _DEFAULT_HOME).expanduser().resolve())
