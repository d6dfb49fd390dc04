"""From the material to one picture with what it tells: pure, for every view."""

from dataclasses import dataclass

from gui.dataset.balance import draw_balance, say_balance
from gui.dataset.doubts import draw_doubts, say_doubts
from gui.dataset.figures import Figure
from gui.dataset.growth import complete_steps, draw_growth, say_growth
from gui.dataset.look_alikes import draw_map, say_map
from gui.dataset.looks import draw_looks, say_looks
from gui.dataset.material import Material
from gui.dataset.mistakes import (
    draw_mix_ups,
    draw_recalls,
    say_left_out,
    say_mix_ups,
    say_recalls,
)
from gui.dataset.views import Choice, View
from gui.dataset.words import name_crop, say_photos

_TITLES = {
    View.BALANCE: "How many photographs of what",
    View.LOOKS: "What the photographs look like",
    View.MAP: "What looks alike to the model",
    View.DOUBTS: "What a person should look at",
    View.GROWTH: "How it has grown",
    View.SKILL: "How often the model is right",
}
_NO_SUMMARY = (
    "This version was not measured yet. On the server, python -m train_jobs summarize {version} "
    "does it in a few minutes; every retraining does it by itself."
)
_NO_SKILL = (
    "The server does not say how often its model is right, class by class: it was made elsewhere. "
    "Its card has the figures as a whole."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A picture, its heading, the sentence that it proves, and the small print.

    ``figure`` is None where there is nothing to draw: ``insight`` says why.
    """

    title: str
    insight: str
    note: str = ""
    figure: Figure | None = None


def draw(material: Material, view: View, choice: Choice, crop: str | None) -> Drawing:
    """Draw one view of the material."""
    title = _TITLES[view] + (f": {name_crop(crop).lower()}" if crop else "")
    if view is View.SKILL:
        return _draw_skill(material, title, choice, crop)
    summary = material.summary
    if summary is None:
        return Drawing(title=title, insight=_NO_SUMMARY.format(version=material.chosen))
    images = summary.images
    measured = f"{say_photos(len(images.sha256))} of {summary.num_images:,} were looked at."
    match view:
        case View.BALANCE:
            insight = say_balance(summary.counts, crop)
            figure: Figure = draw_balance(summary.counts, choice, crop)
            note = f"{say_photos(summary.num_images)} in all."
        case View.LOOKS:
            insight = say_looks(images, choice, crop)
            figure = draw_looks(images, choice, crop)
            note = f"8 of 10 photographs lie on the line, the middle one on the dot. {measured}"
        case View.MAP:
            insight = say_map(images, material.neighbours, crop)
            figure = draw_map(images, choice, crop)
            note = f"Each dot is a photograph; near ones look alike to the model. {measured}"
        case View.DOUBTS:
            insight = say_doubts(summary, choice, crop)
            figure = draw_doubts(summary, choice, crop)
            note = f"Looked at by {summary.model_version}. Files are named by their beginning."
        case View.GROWTH:
            steps = complete_steps(summary.growth, material.versions)
            insight, figure, note = say_growth(steps), draw_growth(steps), ""
    return _make_drawing(title, insight, note, figure)


def _make_drawing(title: str, insight: str, note: str, figure: Figure) -> Drawing:
    """Leave a picture of nothing out: the sentence says that there is none."""
    if figure.num_marks == 0:
        return Drawing(title=title, insight=insight)
    return Drawing(title=title, insight=insight, note=note, figure=figure)


def _draw_skill(material: Material, title: str, choice: Choice, crop: str | None) -> Drawing:
    skill = material.skill
    if skill is None:
        return Drawing(title=title, insight=_NO_SKILL)
    model = f"Model {skill.model_version}."
    if choice is Choice.RECALL:
        note = f"{model} The line is how far chance reaches (95 %)."
        return _make_drawing(title, say_recalls(skill, crop), note, draw_recalls(skill, crop))
    matrix = draw_mix_ups(skill, crop)
    if matrix is None:
        insight = f"{say_mix_ups(skill, crop)} {_say_other_way()}"
        return Drawing(title=title, insight=insight, note=model)
    note = f"{model} Rows: what it is; columns, in the same order: what the model says."
    note = f"{note} {say_left_out(skill, matrix)}".strip()
    return _make_drawing(title, say_mix_ups(skill, crop), note, matrix)


def _say_other_way() -> str:
    return f"How often it is right is there: choose {Choice.RECALL.value!r}."
