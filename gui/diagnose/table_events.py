"""What can happen to the table of a set, as values."""

from dataclasses import dataclass

from gui.diagnose.table import Sort


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSorted:
    """The user sorts by a column; None is the order of the set."""

    sort: Sort | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePaged:
    """The user goes ``step`` pages on (or back)."""

    step: int


TableEvent = TableSorted | TablePaged
