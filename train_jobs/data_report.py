"""What a dataset version holds: counts by class, source and split, leaves, and what was odd."""

from collections import Counter
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from train_jobs.manifest import Rejection, Sample

_MAX_LISTED_CONFLICTS = 200


class LabelConflict(BaseModel):
    """Two near duplicates with different labels: a person should look at them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first_path: str
    first_class: str
    second_path: str
    second_class: str


class DataReport(BaseModel):
    """The report that is written beside the manifest."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    num_images: int
    num_leaves: int
    num_scenes: int
    num_near_duplicate_pairs: int
    images_by_split: dict[str, int]
    images_by_source: dict[str, dict[str, int]]
    """Source, then split."""
    images_by_class: dict[str, dict[str, int]]
    """Class name, then split."""
    leaves_by_class: dict[str, int]
    leaves_by_group_size: dict[int, int]
    """How many leaves were photographed once, twice, ..."""
    rejected_by_code: dict[str, int]
    label_conflicts: tuple[LabelConflict, ...]
    num_label_conflicts: int
    given_val_leaves: int
    """Leaves of the validation part as it was given."""
    given_val_leaves_in_train: int
    """How many of them also stood in the training part."""
    is_regrouped: bool
    """The given split was made photo by photo, so the leaves were split anew."""

    def say(self) -> list[str]:
        """Return the report in a few lines for people."""
        splits = ", ".join(f"{count} {name}" for name, count in self.images_by_split.items())
        lines = [
            f"{self.num_images} photographs of {self.num_leaves} leaves in "
            f"{len(self.images_by_class)} classes ({splits}), {self.num_scenes} scenes"
        ]
        if self.given_val_leaves_in_train:
            share = self.given_val_leaves_in_train / self.given_val_leaves
            done = "so all leaves were split anew" if self.is_regrouped else "they were taken out"
            lines.append(
                f"{self.given_val_leaves_in_train} of {self.given_val_leaves} validation leaves "
                f"({share:.1%}) also stood in the training part; {done}"
            )
        if self.num_label_conflicts:
            lines.append(
                f"{self.num_label_conflicts} pairs of near duplicates have two labels; look at "
                "them in report.json"
            )
        return lines


def create_report(
    samples: Sequence[Sample],
    rejections: Sequence[Rejection],
    *,
    conflicts: Sequence[tuple[Sample, Sample]],
    num_near_duplicates: int,
    num_given_val_leaves: int,
    num_leaked_val_leaves: int,
    is_regrouped: bool,
    num_scenes: int,
) -> DataReport:
    """Count."""
    by_source: dict[str, Counter[str]] = {}
    by_class: dict[str, Counter[str]] = {}
    for sample in samples:
        by_source.setdefault(sample.source, Counter())[sample.split] += 1
        by_class.setdefault(sample.class_name, Counter())[sample.split] += 1
    group_sizes = Counter(sample.group_id for sample in samples)
    leaves = Counter(name for name, _ in {(s.class_name, s.group_id) for s in samples})
    return DataReport(
        num_images=len(samples),
        num_leaves=len(group_sizes),
        num_scenes=num_scenes,
        num_near_duplicate_pairs=num_near_duplicates,
        images_by_split=dict(Counter(sample.split for sample in samples)),
        images_by_source={name: dict(counts) for name, counts in sorted(by_source.items())},
        images_by_class={name: dict(counts) for name, counts in sorted(by_class.items())},
        leaves_by_class=dict(sorted(leaves.items())),
        leaves_by_group_size=dict(sorted(Counter(group_sizes.values()).items())),
        rejected_by_code=dict(Counter(rejection.code for rejection in rejections)),
        label_conflicts=tuple(
            LabelConflict(
                first_path=one.path,
                first_class=one.class_name,
                second_path=other.path,
                second_class=other.class_name,
            )
            for one, other in conflicts[:_MAX_LISTED_CONFLICTS]
        ),
        num_label_conflicts=len(conflicts),
        given_val_leaves=num_given_val_leaves,
        given_val_leaves_in_train=num_leaked_val_leaves,
        is_regrouped=is_regrouped,
    )
