"""What both models of a run take for what, drawn and said. Pure."""

from collections.abc import Sequence

from gui.kit.matrix import Matrix
from gui.retrain.values import Confusion, Verdict
from gui.retrain.words import say_class


def draw_mix_ups(
    verdict: Verdict, confusions: Sequence[Confusion], *, is_champion: bool
) -> Matrix | None:
    """Draw what one model mixes up; None where neither mixes anything up.

    Both models are drawn on the same classes, so that one picture can be laid over the other.
    """
    mixed = {name for item in confusions for name in (item.class_name, item.answer)}
    judged = [line.class_name for line in verdict.classes if line.class_name in mixed]
    names = [*judged, *sorted(mixed - set(judged))]
    if not names:
        return None
    counts = {
        (item.class_name, item.answer): item.champion if is_champion else item.challenger
        for item in confusions
    }
    for line in verdict.classes:
        share = line.champion if is_champion else line.challenger
        counts[line.class_name, line.class_name] = round(share * line.num_samples)
    return Matrix(
        names=tuple(map(say_class, names)),
        counts=tuple(tuple(counts.get((row, column), 0) for column in names) for row in names),
    )


def say_mix_ups(verdict: Verdict, confusions: Sequence[Confusion]) -> str:
    """Say how much each model mixes up, and where they differ most."""
    total = sum(line.num_samples for line in verdict.classes)
    before = sum(item.champion for item in confusions)
    after = sum(item.challenger for item in confusions)
    told = f"Of {total:,} photographs to judge by the new model mixes up {after:,}"
    told += ", as many as the present one." if before == after else f", the present one {before:,}."
    most = max(confusions, key=lambda item: abs(item.challenger - item.champion), default=None)
    if most is None or most.champion == most.challenger:
        return told
    return (
        f"{told} They differ most where {say_class(most.class_name)} is taken for "
        f"{say_class(most.answer)}: {_say_times(most.challenger)} by the new model, "
        f"{_say_times(most.champion)} by the present one."
    )


def _say_times(number: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(number, f"{number:,} times")
