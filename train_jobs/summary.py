"""What is drawn of a dataset version: counts, sizes, colours, a map, and what is doubtful.

Columns rather than rows: thousands of photographs are read by a window at once.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from cluster.atomic_file import replace_file
from models.artifact import SUMMARY_FILE, verify_artifact, write_card
from train_jobs.manifest import ManifestError, Sample

MAX_LISTED = 200


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


class ClassCount(_Value):
    """Photographs of one class, source and split."""

    class_name: str
    source: str
    split: str
    num_images: int


class DrawnImages(_Value):
    """A selection of the photographs, column by column; all lists have the same length."""

    sha256: tuple[str, ...]
    class_name: tuple[str, ...]
    source: tuple[str, ...]
    split: tuple[str, ...]
    width_px: tuple[int, ...]
    height_px: tuple[int, ...]
    brightness: tuple[float, ...]
    """Mean of the grey levels, 0 to 1."""
    saturation: tuple[float, ...]
    """Mean distance of the strongest from the weakest colour, 0 to 1."""
    hue_deg: tuple[float, ...]
    """Of the mean colour."""
    x: tuple[float, ...]
    """Place on the map: near photographs look alike to the network (t-SNE), -1 to 1."""
    y: tuple[float, ...]


class NearPair(_Value):
    """Two photographs that hardly differ."""

    first_sha256: str
    second_sha256: str
    first_class_name: str
    second_class_name: str


class DoubtfulLabel(_Value):
    """A photograph whose label the model contradicts with confidence."""

    sha256: str
    class_name: str
    predicted_class_name: str
    probability: float


class Growth(_Value):
    """What was added to become this version, the first version first."""

    dataset_version: str
    upload_ids: tuple[str, ...]
    num_images: int


class Summary(_Value):
    """The file beside the manifest; lists are bounded, their `num_` counts are not."""

    dataset_version: str
    model_version: str
    num_images: int
    counts: tuple[ClassCount, ...]
    images: DrawnImages
    num_near_duplicates: int
    near_duplicates: tuple[NearPair, ...]
    num_doubtful_labels: int
    doubtful_labels: tuple[DoubtfulLabel, ...]
    growth: tuple[Growth, ...]


def count_classes(samples: Sequence[Sample]) -> tuple[ClassCount, ...]:
    """Count by class, source and split."""
    counts = Counter((item.class_name, item.source, item.split) for item in samples)
    return tuple(
        ClassCount(class_name=class_name, source=source, split=split, num_images=number)
        for (class_name, source, split), number in sorted(counts.items())
    )


def choose_drawn(samples: Sequence[Sample], max_images: int) -> list[Sample]:
    """Choose photographs to draw, by hash: every class and source in turn until it is enough.

    A class with a dozen photographs is there with all of them; of an even share of thousands it
    would be one point.
    """
    places: dict[tuple[str, str], list[Sample]] = {}
    for sample in sorted(samples, key=lambda item: item.sha256):
        places.setdefault((sample.class_name, sample.source), []).append(sample)
    chosen: list[Sample] = []
    for depth in range(max(map(len, places.values()), default=0)):
        for place in sorted(places):
            if depth < len(places[place]) and len(chosen) < max_images:
                chosen.append(places[place][depth])
    return chosen


def write_summary(directory: Path, summary: Summary) -> Path:
    """Write the file, atomically."""
    path = directory / SUMMARY_FILE
    replace_file(path, summary.model_dump_json().encode())
    return path


def carry_summary(summary_path: Path, artifact_dir: Path) -> Path:
    """Put a summary into the artifact, which then has something to show without photographs.

    Raises:
        ManifestError: the summary is of another dataset version than the artifact.
        models.artifact.ArtifactError: the artifact is damaged.
    """
    card = verify_artifact(artifact_dir)
    summary = Summary.model_validate_json(summary_path.read_bytes())
    if summary.dataset_version != card.dataset_version:
        raise ManifestError(
            f"{artifact_dir} was trained on {card.dataset_version}, and {summary_path} is of "
            f"{summary.dataset_version}; summarize the version of the artifact"
        )
    carried = write_summary(artifact_dir, summary)
    write_card(artifact_dir, card)
    return carried
