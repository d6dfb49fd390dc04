"""What the champion takes for what, and how often it is right, class by class."""

from collections.abc import Mapping

from gui.dataset.figures import Span, SpanRow, Spans
from gui.dataset.skill import LABORATORY_SLICE, Recall, Skill
from gui.dataset.words import name_class, name_condition, name_source, say_share, to_crop
from gui.kit.matrix import Matrix

# Of fewer photographs one alone decides.
_MIN_JUDGED = 10
# A fall by less between laboratory and field may be chance.
_STRIKING_FALL = 0.1


def draw_mix_ups(skill: Skill, crop: str | None) -> Matrix | None:
    """Draw the classes that are ever mixed up; of one crop all, with what they are taken for.

    None: what is mixed up was not measured.
    """
    if skill.confusion is None:
        return None
    confusion, names = skill.confusion, skill.class_names
    own = {idx for idx, name in enumerate(names) if crop is None or to_crop(name) == crop}
    shown = set(own) if crop else set()
    for row, counts in enumerate(confusion):
        for column, number in enumerate(counts):
            if number and row != column and (row in own or column in own):
                shown |= {row, column}
    order = sorted(shown)
    return Matrix(
        names=tuple(name_class(names[idx]) for idx in order),
        counts=tuple(tuple(confusion[row][column] for column in order) for row in order),
    )


def say_mix_ups(skill: Skill, crop: str | None) -> str:
    """Say how often it is right and which two it mixes up most."""
    if skill.confusion is None:
        return skill.missing or "What it mixes up was not measured for this model."
    names = skill.class_names
    rows = [idx for idx, name in enumerate(names) if crop is None or to_crop(name) == crop]
    total = sum(sum(skill.confusion[row]) for row in rows)
    if total == 0:
        return "There are no laboratory photographs to judge this crop by."
    right = sum(skill.confusion[row][row] for row in rows)
    told = (
        f"Of {total:,} laboratory photographs that it had never seen it names {right:,} right "
        f"({say_share(right / total)})."
    )
    mistakes = [
        (skill.confusion[row][column], row, column)
        for row in rows
        for column in range(len(names))
        if row != column and skill.confusion[row][column]
    ]
    if not mistakes:
        return f"{told} It mixes nothing up."
    number, row, column = max(mistakes, key=lambda item: (item[0], -item[1], -item[2]))
    return (
        f"{told} Most often it takes {name_class(names[row])} for {name_class(names[column])} "
        f"({number} of {sum(skill.confusion[row])})."
    )


def say_left_out(skill: Skill, matrix: Matrix) -> str:
    """Say how many classes the picture leaves out."""
    num_left_out = len(skill.class_names) - len(matrix.names)
    if num_left_out <= 0:
        return ""
    if num_left_out == 1:
        return "1 class that is never mixed up is left out."
    return f"{num_left_out} classes that are never mixed up are left out."


def draw_recalls(skill: Skill, crop: str | None) -> Spans:
    """Draw the weakest class first, by its worst slice."""
    slices = [LABORATORY_SLICE, *sorted(set(skill.recalls) - {LABORATORY_SLICE})]
    shown = [name for name in slices if _filter(skill.recalls.get(name, {}), crop)]
    classes = sorted({name for part in shown for name in _filter(skill.recalls[part], crop)})
    name = name_condition if crop else name_class
    rows = []
    for class_name in classes:
        recalls = [skill.recalls[part].get(class_name) for part in shown]
        told = [name_class(class_name)]
        told += [
            f"{_name_slice(part)}: {say_share(recall.share)} of {recall.num_images}"
            for part, recall in zip(shown, recalls, strict=True)
            if recall
        ]
        worst = min(recall.share for recall in recalls if recall)
        row = SpanRow(
            label=name(class_name),
            spans=tuple(None if recall is None else _to_span(recall) for recall in recalls),
            told="\n".join(told),
        )
        rows.append((worst, row.label, row))
    return Spans(
        series=tuple(map(_name_slice, shown)),
        rows=tuple(row for _, _, row in sorted(rows, key=lambda item: item[:2])),
        axis="percent recognised",
    )


def say_recalls(skill: Skill, crop: str | None) -> str:
    """Say which class is weakest, and what becomes of it outside the laboratory."""
    laboratory = _filter(skill.recalls.get(LABORATORY_SLICE, {}), crop)
    if not laboratory:
        return skill.missing or "How often it is right was not measured for this model."
    judged = {name: row for name, row in laboratory.items() if row.num_images >= _MIN_JUDGED}
    few = [name for name in laboratory if name not in judged]
    told = _say_weakest(judged) if judged else ""
    if few:
        have = "class has" if len(few) == 1 else "classes have"
        told += f" {len(few)} {have} fewer than {_MIN_JUDGED} photographs to judge by."
    return f"{told} {_say_fall(skill, crop)}".strip()


def _say_weakest(judged: dict[str, Recall]) -> str:
    weakest = min(judged, key=lambda name: (judged[name].share, name))
    lowest = judged[weakest].share
    if lowest == 1:
        return "In the laboratory it recognises every photograph of every class."
    perfect = sum(row.share == 1 for row in judged.values())
    return (
        f"Weakest in the laboratory is {name_class(weakest)}, with {say_share(lowest)} recognised; "
        f"of {len(judged)} classes {perfect} are always right."
    )


def _say_fall(skill: Skill, crop: str | None) -> str:
    laboratory = skill.recalls.get(LABORATORY_SLICE, {})
    falls = [
        (laboratory[name].share - recall.share, name, part)
        for part, classes in skill.recalls.items()
        if part != LABORATORY_SLICE
        for name, recall in _filter(classes, crop).items()
        if name in laboratory and recall.num_images >= _MIN_JUDGED
    ]
    if not falls:
        return ""
    fall, name, part = max(falls)
    if fall < _STRIKING_FALL:
        return "Elsewhere it is about as good."
    return (
        f"{_name_slice(part)} photographs are harder: of {name_class(name)} it recognises "
        f"{say_share(skill.recalls[part][name].share)} there and "
        f"{say_share(laboratory[name].share)} in the laboratory."
    )


def _filter(recalls: Mapping[str, Recall], crop: str | None) -> dict[str, Recall]:
    return {name: row for name, row in recalls.items() if crop is None or to_crop(name) == crop}


def _to_span(recall: Recall) -> Span:
    return Span(low=100 * recall.low, middle=100 * recall.share, high=100 * recall.high)


def _name_slice(name: str) -> str:
    words = "laboratory" if name == LABORATORY_SLICE else name_source(name)
    return words[:1].upper() + words[1:]
