"""What the tab says: every sentence, as pure functions."""

from collections.abc import Sequence

from gui.kit.words import as_sentence
from gui.retrain.state import RetrainState
from gui.retrain.values import STAGES, Accepted, ClassLine, Deed, Model, Run, Verdict
from models.labels import UnknownLabelError, get_label

CONFIGS = {
    "As the server sees fit": None,
    "Quick: the last layer": "head",
    "Thorough: all layers": "finetune",
    "Trial: a minute, of no use": "smoke",
}
CONFIG_HINTS = {
    None: "It takes what it has the photographs for.",
    "head": "A minute or so. Needs no photographs but the new ones.",
    "finetune": "Hours. The server must have the photographs that the present model learnt from.",
    "smoke": "Shows that everything works; the outcome is not meant to take over.",
}
STAGE_NAMES = dict(
    zip(STAGES, ("Prepare", "Check", "Learn", "Compare", "Judge", "Take over"), strict=True)
)
_HEADLINES = {
    "queued": "Waiting for its turn",
    "running": "Learning ...",
    "succeeded": "The new model took over",
    "rejected": "The present model stays",
    "awaiting_approval": "Better, and waiting for your word",
    "failed": "The run failed",
    "cancelled": "The run was cancelled",
}
_RUNNING = {
    "prepare": "Collecting the new photographs ...",
    "validate": "Checking the photographs ...",
    "train": "Learning ...",
    "evaluate": "Comparing both models ...",
    "gate": "Judging ...",
    "promote": "The new model takes over ...",
}
_STATUSES = {
    "queued": "waits",
    "running": "at work",
    "succeeded": "took over",
    "rejected": "not better",
    "awaiting_approval": "waits for you",
    "failed": "failed",
    "cancelled": "cancelled",
}
_ALIASES = {
    "champion": "answers now",
    "candidate": "waits for a word",
    "previous": "the one before",
}
_ACTIONS = {
    "promote_model": "let a model take over",
    "roll_back_model": "took a model back",
    "retrain": "retraining",
    "create_upload": "began an upload",
    "accept_upload": "took an upload into the data",
    "discard_upload": "gave an upload up",
    "correct_label": "mended a label",
    "start_run": "started a run",
}
_OUTCOMES = {"started": "begun", "done": "done", "refused": "refused", "failed": "failed"}
# By the names of the gate's checks: what was compared, and how its figures are written.
_COMPARED = {
    "overall": ("Photographs to judge by: right", "share"),
    "new_data": ("New photographs set aside: right", "share"),
    "field": ("Photographs from outside: right", "share"),
    "known_refused": ("Known leaves called unknown", "share"),
    "strangers_refused": ("Strange leaves called unknown", "share"),
    "calibration": ("How far its confidence is off", "share"),
    "latency": ("Time for one photograph", "ms"),
    "memory": ("Memory of one process", "MB"),
}
_WITHOUT_FIGURES = {
    "classes": "No kind became worse",
    "new_labels": "Labels of the new photographs",
}
_FAILED = {
    "overall": "it is right on fewer of the photographs to judge by",
    "classes": "some kinds became worse",
    "new_data": "its gain on the new photographs is not sure",
    "new_labels": "the labels of the new photographs look wrong",
    "field": "it is right on fewer photographs from outside",
    "calibration": "its confidence is further off",
    "known_refused": "it calls more known leaves unknown",
    "strangers_refused": "it takes more strange leaves for known ones",
    "latency": "it is slower",
    "memory": "it needs more memory",
}


def say_time_left(seconds: float) -> str:
    """Return a time to wait, rounded for people."""
    if seconds < 10:
        return "a few seconds left"
    if seconds < 90:
        return f"about {10 * round(seconds / 10)} s left"
    if seconds < 5400:
        return f"about {round(seconds / 60)} min left"
    return f"about {seconds / 3600:.1f} h left"


def say_share(share: float) -> str:
    """Return a share as people read it."""
    return f"{100 * share:.1f} %"


def say_material(unlearnt: Sequence[Accepted]) -> str:
    """Return what a new run would learn from."""
    num_images = sum(upload.num_images for upload in unlearnt)
    if not num_images:
        return (
            "There is nothing new to learn from. Give photographs on the tab Contribute, and take "
            "them into the data there."
        )
    photographs = "photograph" if num_images == 1 else "photographs"
    uploads = "one upload" if len(unlearnt) == 1 else f"{len(unlearnt)} uploads"
    wait = "waits" if num_images == 1 else "wait"
    return f"{num_images:,} new {photographs} of {uploads} {wait} to be learnt from."


def say_run_headline(run: Run) -> str:
    """Return in a line where a run stands."""
    if run.status == "running":
        return _RUNNING.get(run.stage, _HEADLINES["running"])
    return _HEADLINES.get(run.status, run.status)


def say_run_detail(run: Run) -> str:
    """Return the sentence below the headline."""
    if run.is_at_work:
        parts = []
        if run.epochs:
            parts.append(f"Step {run.epoch:,} of {run.epochs:,}")
        if run.images_per_s is not None:
            parts.append(f"{run.images_per_s:,.0f} photographs a second")
        if run.eta_s is not None:
            parts.append(say_time_left(run.eta_s))
        return "  ·  ".join(parts) or as_sentence(run.reason or "this takes a moment")
    if run.status == "awaiting_approval":
        return f"{run.model_version} passed every comparison. Look at them, then decide."
    if run.verdict is not None:
        return say_verdict(run.verdict)
    return as_sentence(run.reason) if run.reason else ""


def say_verdict(verdict: Verdict) -> str:
    """Return in a sentence or two what the comparison found."""
    numbers = verdict.numbers
    parts = []
    for name, what in (("new_data", "new photographs"), ("overall", "photographs to judge by")):
        before, after = numbers.get(f"{name}/champion"), numbers.get(f"{name}/challenger")
        if before is not None and after is not None:
            parts.append(f"{say_share(before)} -> {say_share(after)} of the {what}")
    told = f"Right on {' and '.join(parts)}." if parts else ""
    failed = [_FAILED.get(name, name) for name, passed in verdict.checks.items() if not passed]
    if failed:
        return f"{told} But {'; '.join(failed)}.".strip()
    return f"{told} It passed every comparison.".strip()


def list_compared(verdict: Verdict) -> list[tuple[str, str, str, str]]:
    """Return the comparisons as rows: what, champion, challenger, passed or not."""
    rows = []
    for name, passed in verdict.checks.items():
        what, unit = _COMPARED.get(name, (_WITHOUT_FIGURES.get(name, name), ""))
        before = verdict.numbers.get(f"{name}/champion")
        after = verdict.numbers.get(f"{name}/challenger")
        outcome = "passed" if passed else "not passed"
        if name == "field" and before is None:
            continue  # Not judged: the champion carries none.
        rows.append((what, _say_figure(before, unit), _say_figure(after, unit), outcome))
    return rows


def list_classes(classes: Sequence[ClassLine]) -> list[tuple[str, str, str, str, str]]:
    """Return classes as rows, those that changed most first: name, photographs, both, change."""
    ordered = sorted(classes, key=lambda line: -abs(line.challenger - line.champion))
    return [
        (
            say_class(line.class_name),
            f"{line.num_samples:,}",
            say_share(line.champion),
            say_share(line.challenger),
            _say_change(line),
        )
        for line in ordered
    ]


def say_class(class_name: str) -> str:
    """Return what people call a class; one that this version does not know keeps its name."""
    try:
        return get_label(class_name).display_name
    except UnknownLabelError:
        return class_name


def say_run_line(run: Run) -> tuple[str, str, str]:
    """Return a run as cells of a table: when, how, where it stands."""
    return (
        f"{run.created.astimezone():%d %b %H:%M}",
        run.config or "-",
        _STATUSES.get(run.status, run.status),
    )


def say_model_line(model: Model) -> tuple[str, str, str, str, str]:
    """Return a model as cells of a table: name, place, since, right answers, F1."""
    place = ", ".join(_ALIASES.get(alias, alias) for alias in model.aliases)
    top1, f1 = model.metrics.get("val/top1_accuracy"), model.metrics.get("val/macro_f1")
    return (
        model.model_version,
        place,
        f"{model.created.astimezone():%d %b %Y %H:%M}",
        say_share(top1) if top1 is not None else "-",
        f"{f1:.3f}" if f1 is not None else "-",
    )


def say_deed_line(deed: Deed) -> tuple[str, str, str, str, str]:
    """Return a line of the trail as cells: when, who, what, which, how it ended."""
    outcome = _OUTCOMES.get(deed.outcome, deed.outcome)
    return (
        f"{deed.at.astimezone():%d %b %H:%M:%S}",
        deed.actor.removeprefix("key:").removeprefix("user:"),
        _ACTIONS.get(deed.action, deed.action.replace("_", " ")),
        deed.subject,
        f"{outcome}: {deed.detail}" if deed.detail else outcome,
    )


def find_version_to_approve(state: RetrainState) -> str | None:
    """Return the model of the run on show if it waits for a person's word."""
    run = state.picked
    return run.model_version if run is not None and run.status == "awaiting_approval" else None


def find_alias(models: Sequence[Model], alias: str) -> str | None:
    """Return the version that bears an alias."""
    return next((model.model_version for model in models if alias in model.aliases), None)


def _say_figure(number: float | None, unit: str) -> str:
    if number is None:
        return ""
    match unit:
        case "share":
            return say_share(number)
        case "ms":
            return f"{number:.1f} ms"
        case "MB":
            return f"{number:.0f} MB"
        case _:
            return f"{number:.3g}"


def _say_change(line: ClassLine) -> str:
    change = line.challenger - line.champion
    if abs(change) < 0.0005:
        return "same"
    words = f"{100 * change:+.1f}"
    return f"{words}, too much" if line.is_worse else words
