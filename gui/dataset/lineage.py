"""Where a dataset version comes from, in words."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gui.dataset.material import Material, Origin
from gui.dataset.words import say_photos

if TYPE_CHECKING:
    from serve_app.loop_schemas import DatasetVersion

_OFFLINE = "Read from this laptop: what the model that came with Leafray has learned from."


def say_version(version: "DatasetVersion") -> str:
    """Return what the list of versions says of one; it begins with the version's name."""
    parts = [version.dataset_version, say_photos(version.num_images)]
    parts += ["in use"] if version.is_current else []
    parts += [] if version.has_summary else ["not measured"]
    return "  ·  ".join(parts)


def say_lineage(material: Material) -> str:
    """Return what the version on show grew from, and whether the model in use learned from it."""
    version = find_version(material.versions, material.chosen)
    if material.origin is Origin.BUNDLED:
        return f"{material.remark or ''} {_OFFLINE}".strip()
    if version is None:
        return material.remark or ""
    if version.parent is None:
        told = "The beginning: it grew from no other version."
    else:
        num_uploads = len(version.upload_ids)
        uploads = f"{num_uploads} upload{'' if num_uploads == 1 else 's'}"
        came = f"by {uploads}" if num_uploads else "from folders"
        parent = find_version(material.versions, version.parent)
        told = f"Grew from {version.parent}" + (
            f" ({say_photos(parent.num_images)}), {came}." if parent else f", {came}."
        )
    use = (
        "The model in use has learned from it."
        if version.is_current
        else "The model in use has learned from another one."
    )
    return " ".join(filter(None, (told, use, material.remark)))


def find_version(
    versions: Sequence["DatasetVersion"], dataset_version: str | None
) -> "DatasetVersion | None":
    """Return the version of that name, if it is there."""
    return next((item for item in versions if item.dataset_version == dataset_version), None)


def order_versions(versions: Sequence["DatasetVersion"]) -> tuple["DatasetVersion", ...]:
    """Put the version in use first, then the newest."""
    return tuple(sorted(versions, key=lambda version: not version.is_current))


def choose_version(versions: Sequence["DatasetVersion"], wanted: str | None) -> str | None:
    """Return the version to show: the wanted one, else the one in use, else the newest measured."""
    if find_version(versions, wanted):
        return wanted
    measured = [version for version in versions if version.has_summary]
    ordered = order_versions(measured or versions)
    return ordered[0].dataset_version if ordered else None
