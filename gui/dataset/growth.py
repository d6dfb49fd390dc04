"""How a dataset version grew, upload by upload."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gui.dataset.figures import BarRow, Bars
from gui.dataset.words import say_photos, say_share

if TYPE_CHECKING:
    from serve_app.loop_schemas import DatasetVersion, Growth

_START = "The beginning"


def complete_steps(
    steps: Sequence["Growth"], versions: Sequence["DatasetVersion"]
) -> tuple["Growth", ...]:
    """Put the version that the first step grew from before it, where the summary leaves it out.

    A version whose base lies on no disk of the server counts only what was added since.
    """
    from serve_app.loop_schemas import Growth

    if not steps:
        return ()
    by_name = {version.dataset_version: version for version in versions}
    first = by_name.get(steps[0].dataset_version)
    parent = by_name.get(first.parent) if first and first.parent else None
    if parent is None or parent.dataset_version in {step.dataset_version for step in steps}:
        return tuple(steps)
    base = Growth(
        dataset_version=parent.dataset_version, upload_ids=(), num_images=parent.num_images
    )
    return (base, *steps)


def draw_growth(steps: Sequence["Growth"]) -> Bars:
    """Draw what was there and what came, the first step at the top."""
    rows = []
    total = 0
    for idx, step in enumerate(steps):
        told = [step.dataset_version, f"{say_photos(step.num_images)} came"]
        if step.upload_ids:
            told.append(f"by {_say_uploads(len(step.upload_ids))}: {', '.join(step.upload_ids)}")
        total += step.num_images
        told.append(f"{total:,} in all")
        is_start = idx == 0 and not step.upload_ids
        label = _START if is_start else step.dataset_version
        lengths = (total, 0) if is_start else (total - step.num_images, step.num_images)
        rows.append(BarRow(label=label, lengths=lengths, told="\n".join(told)))
    return Bars(series=("there before", "added"), rows=tuple(rows), axis="photographs")


def say_growth(steps: Sequence["Growth"]) -> str:
    """Say how much uploads have added."""
    total = sum(step.num_images for step in steps)
    if total == 0:
        return "There are no photographs."
    uploads = {upload_id for step in steps for upload_id in step.upload_ids}
    added = sum(step.num_images for step in steps if step.upload_ids)
    if not uploads:
        return (
            f"Nothing was added yet: all {say_photos(total)} were there from the beginning. What "
            "you send on the tab Contribute shows up here after the next retraining."
        )
    told = (
        f"{_say_uploads(len(uploads))} {'has' if len(uploads) == 1 else 'have'} added "
        f"{say_photos(added)}, {say_share(added / total)} of {total:,}."
    )
    last = steps[-1]
    if len(steps) > 1 and last.upload_ids and added > last.num_images:
        told += f" The last step brought {last.num_images:,} of them."
    return told


def _say_uploads(number: int) -> str:
    return f"{number} upload{'' if number == 1 else 's'}"
