"""What can be drawn, as values: pure functions make them, widgets draw them.

A mark is what the pointer can rest on (a row, a dot, a cell); ``tell`` says what it is, and
``get_photos`` names the photographs that it stands for, by hash.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gui.kit.matrix import Matrix

Paint = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class BarRow:
    """One bar of as many parts as there are series."""

    label: str
    lengths: tuple[int, ...]
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """Bars that lie, the first row at the top."""

    series: tuple[str, ...]
    rows: tuple[BarRow, ...]
    axis: str

    @property
    def num_marks(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    def tell(self, mark: int) -> str:
        """Say what a row holds."""
        return self.rows[mark].told

    def get_photos(self, mark: int) -> tuple[str, ...]:  # noqa: ARG002 (a row is no photograph)
        """Name none."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Where most of something lies; ``paint`` is its own colour if it has one."""

    low: float
    middle: float
    high: float
    paint: Paint | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanRow:
    """One span a series, None where that one has nothing."""

    label: str
    spans: tuple[Span | None, ...]
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """A dot and a line in each row, the first row at the top."""

    series: tuple[str, ...]
    rows: tuple[SpanRow, ...]
    axis: str

    @property
    def num_marks(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    def tell(self, mark: int) -> str:
        """Say what a row holds."""
        return self.rows[mark].told

    def get_photos(self, mark: int) -> tuple[str, ...]:  # noqa: ARG002 (a row is no photograph)
        """Name none."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dots:
    """A map of photographs; ``groups`` are indices of dots, ``others`` lie pale behind them.

    ``hues`` numbers the colour of each group, so that a group keeps it under every filter.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    sha256: tuple[str, ...]
    told: tuple[str, ...]
    groups: Mapping[str, tuple[int, ...]]
    hues: tuple[int, ...]
    others: tuple[int, ...]

    @property
    def num_marks(self) -> int:
        """How many dots there are."""
        return len(self.sha256)

    def tell(self, mark: int) -> str:
        """Say what a dot is."""
        return self.told[mark]

    def get_photos(self, mark: int) -> tuple[str, ...]:
        """Name the dot's photograph."""
        return (self.sha256[mark],)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRow:
    """One line of a table and the photographs that it is about."""

    cells: tuple[str, ...]
    sha256: tuple[str, ...]
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A table."""

    columns: tuple[str, ...]
    rows: tuple[ListRow, ...]

    @property
    def num_marks(self) -> int:
        """How many lines there are."""
        return len(self.rows)

    def tell(self, mark: int) -> str:
        """Say what a line is about."""
        return self.rows[mark].told

    def get_photos(self, mark: int) -> tuple[str, ...]:
        """Name the photographs of a line."""
        return self.rows[mark].sha256


Figure = Bars | Spans | Dots | Matrix | Listing
