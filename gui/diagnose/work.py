"""The work behind the diagnosing tab, a part for each thing that it does."""

from pathlib import Path
from typing import Any

from gui.diagnose import events
from gui.diagnose.diagnosis import Diagnoser
from gui.diagnose.export_work import ExportWork
from gui.diagnose.feedback_work import FeedbackWork
from gui.diagnose.heat_work import HeatWork
from gui.diagnose.history_work import HistoryWork
from gui.diagnose.photo_work import PhotoWork
from gui.diagnose.pictures import Pictures
from gui.diagnose.plant_work import PlantWork
from gui.diagnose.reference_pictures import ReferencePictures
from gui.diagnose.state import DiagnoseState
from gui.kit.connection import Connection
from gui.kit.desk import Desk, Work
from gui.kit.home import find_layout
from gui.kit.tabs import TabView


class DiagnoseWork:
    """Hands each step to the parts; keeps the tab's pictures."""

    def __init__(
        self,
        desk: Desk[events.Event],
        diagnoser: Diagnoser,
        connection: Connection,
        *,
        history_path: Path | None = None,
    ) -> None:
        """Take where answers go, what makes them, and the server; nothing runs yet.

        ``history_path`` None: answers are not remembered.
        """
        self.pictures = Pictures()
        self.history_path = history_path
        self._parts: tuple[Work[Any, DiagnoseState], ...] = (
            PhotoWork(desk, diagnoser, self.pictures),
            HeatWork(desk, diagnoser, self.pictures, ReferencePictures(find_layout(), connection)),
            PlantWork(desk, diagnoser, self.pictures),
            ExportWork(desk),
            FeedbackWork(desk, connection),
            *((HistoryWork(desk, self.pictures, history_path),) if history_path else ()),
        )

    def start(self) -> None:
        """Start the threads."""
        for part in self._parts:
            part.start()

    def close(self) -> None:
        """End the threads; a request under way is left behind."""
        for part in self._parts:
            part.close()

    def follow(
        self,
        event: events.Event | None,
        before: TabView[DiagnoseState],
        after: TabView[DiagnoseState],
    ) -> None:
        """Start what the step from ``before`` to ``after`` asks for."""
        for part in self._parts:
            part.follow(event, before, after)
