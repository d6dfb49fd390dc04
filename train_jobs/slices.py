"""What an artifact is judged on: known leaves by slice, and strangers by kind.

Whatever the artifact was trained on is left out, with every photograph of the same leaf: an
artifact names the photographs it has seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from models.artifact import hash_file
from models.evaluation import list_labelled
from models.images import list_images
from models.known_photographs import to_short_hash
from train_jobs.manifest import OUTSIDE_SOURCES, to_group_id
from train_jobs.prepare import read_group_ids

_PARTS = ("train", "val", "valid", "test")
_STRANGERS = "ood"
_SCENES = "backgrounds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slices:
    """Photographs to judge by; `known` maps a slice (`val` at least) to labelled photographs."""

    known: dict[str, list[tuple[Path, str]]]
    unknown: dict[str, list[Path]] = field(default_factory=dict)
    scenes: list[Path] = field(default_factory=list)
    num_left_out: int = 0
    """Photographs that were trained on, or show a leaf that was."""


def find_slices(data_dir: Path, trained_on: frozenset[int]) -> Slices:
    """Find a folder per class, and beside it `field`, `domain`, `ood/<kind>` and `backgrounds`.

    Raises:
        models.labels.UnknownLabelError, FileNotFoundError: as `models.evaluation.list_labelled`.
    """
    known = {"val": list_labelled(data_dir)}
    parent = data_dir.parent
    has_siblings = data_dir.name in _PARTS
    unknown: dict[str, list[Path]] = {}
    scenes: list[Path] = []
    if has_siblings:
        known |= {
            source: list_labelled(parent / source)
            for source in OUTSIDE_SOURCES
            if (parent / source).is_dir()
        }
        unknown = find_strangers(parent)
        scenes = list_images([parent / _SCENES]) if (parent / _SCENES).is_dir() else []
    kept = {name: leave_out(labelled, trained_on) for name, labelled in known.items()}
    return Slices(
        known={name: labelled for name, labelled in kept.items() if labelled},
        unknown=unknown,
        scenes=scenes,
        num_left_out=sum(len(known[name]) - len(kept[name]) for name in known),
    )


def find_strangers(parent: Path) -> dict[str, list[Path]]:
    """List the photographs below `ood/<kind>` by kind; a kind without any is left out."""
    folder = parent / _STRANGERS
    kinds = sorted(kind for kind in folder.iterdir() if kind.is_dir()) if folder.is_dir() else []
    by_kind = {kind.name: list_images([kind]) for kind in kinds}
    return {name: paths for name, paths in by_kind.items() if paths}


def leave_out(
    labelled: Sequence[tuple[Path, str]], trained_on: frozenset[int]
) -> list[tuple[Path, str]]:
    """Drop the photographs that were trained on, and every other one of the same leaves.

    Leaves are told apart as in `train_jobs.prepare`: by `manifest.csv`, else by file names.
    """
    if not labelled or not trained_on:
        return list(labelled)
    listed = read_group_ids(labelled[0][0].parents[1])
    groups = [
        listed.get(path.resolve()) or to_group_id(path.stem, class_name)
        for path, class_name in labelled
    ]
    seen_groups = {
        group
        for (path, _), group in zip(labelled, groups, strict=True)
        if to_short_hash(hash_file(path)) in trained_on
    }
    return [item for item, group in zip(labelled, groups, strict=True) if group not in seen_groups]
