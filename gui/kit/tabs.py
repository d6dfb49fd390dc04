"""The parts of the window that a person goes to."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from gui.kit.server_status import ServerStatus

StateT_co = TypeVar("StateT_co", covariant=True)


class Tab(StrEnum):
    """One part, in the order of the rail; its value is what the window calls it."""

    DIAGNOSE = "Diagnose"
    DATASET = "Dataset"
    CONTRIBUTE = "Contribute"
    RETRAIN = "Retrain"
    SERVICE = "Cluster"
    SETTINGS = "Settings"


@dataclass(frozen=True, slots=True, kw_only=True)
class TabView(Generic[StateT_co]):
    """What a tab sees of the window: its own part, and what all tabs share."""

    part: StateT_co
    server: ServerStatus
    is_open: bool
