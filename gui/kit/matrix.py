"""What is taken for what, as a value: what tells of it is pure, and a widget draws it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Counts by true class (rows) and answer (columns), both in the order of ``names``."""

    names: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    @property
    def num_marks(self) -> int:
        """How many cells there are."""
        return len(self.names) ** 2

    def tell(self, mark: int) -> str:
        """Say what a cell counts; cells are numbered row by row."""
        true_idx, answer_idx = divmod(mark, len(self.names))
        number, total = self.counts[true_idx][answer_idx], sum(self.counts[true_idx])
        name = self.names[true_idx]
        if true_idx == answer_idx:
            return f"{name}\nrecognised {number} of {total} times"
        other = self.names[answer_idx]
        if number == 0:
            return f"{name}\nnever taken for {other}"
        return f"{name}\ntaken for {other}\n{number} of {total} times"

    def get_photos(self, mark: int) -> tuple[str, ...]:  # noqa: ARG002 (a cell only counts)
        """Name none."""
        return ()
