"""What one epoch shows: rare classes and photographs from outside repeated, and some strangers."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from train_jobs.config import TrainConfig
from train_jobs.manifest import OUTSIDE_SOURCES, Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainRow:
    """One image of an epoch; `class_name` None is a stranger."""

    sha256: str
    class_name: str | None
    has_sheet: bool
    """A leaf on a plain sheet: its background may be replaced."""


def plan_epoch(
    samples: Sequence[Sample], scenes: Sequence[str], config: TrainConfig
) -> list[TrainRow]:
    """List the images of one epoch; each is augmented anew every time it is shown.

    A class with fewer than `min_images_per_class` images is repeated in whole rounds, a photograph
    from outside `outside_repeats` times, and scenes make up about `scene_share` of the epoch.
    """
    by_class: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        repeats = config.outside_repeats if sample.source in OUTSIDE_SOURCES else 1
        by_class[sample.class_name] += [sample] * repeats
    rows: list[TrainRow] = []
    for members in by_class.values():
        rounds = max(1, -(-config.min_images_per_class // len(members)))
        rows += [_to_row(sample) for sample in members] * rounds
    num_scenes = round(len(rows) * config.scene_share / (1 - config.scene_share)) if scenes else 0
    rows += [
        TrainRow(sha256=scenes[index % len(scenes)], class_name=None, has_sheet=False)
        for index in range(num_scenes)
    ]
    return rows


def _to_row(sample: Sample) -> TrainRow:
    return TrainRow(
        sha256=sample.sha256,
        class_name=sample.class_name,
        has_sheet=sample.source not in OUTSIDE_SOURCES,
    )
