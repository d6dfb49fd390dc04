"""Reads the material from the server, or from the artifact on this machine. Runs on workers."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from gui.dataset.lineage import choose_version, find_version, order_versions
from gui.dataset.look_alikes import find_neighbours
from gui.dataset.material import Material, Origin
from gui.dataset.skill import Skill, from_evaluation, from_verdict

if TYPE_CHECKING:
    from serve_app.client import LeafrayClient

_NO_ROUTE = 404


class NothingToShowError(Exception):
    """There is no material; the message says what to do."""


def load_from_server(client: "LeafrayClient", bundled_dir: Path, *, wanted: str | None) -> Material:
    """Ask for the versions, the summary of one, and how often the model in use is right.

    Raises:
        serve_app.client.ClientError: the server cannot be asked, or says no.
        NothingToShowError: it has no dataset version at all.
    """
    from serve_app.client import ApiError

    versions = order_versions(client.loop.list_datasets())
    chosen = choose_version(versions, wanted)
    if chosen is None:
        raise NothingToShowError("The server has no dataset version.")
    summary = None
    version = find_version(versions, chosen)
    if version is not None and version.has_summary:
        try:
            summary = client.loop.get_summary(chosen)
        except ApiError as error:
            if error.status != _NO_ROUTE:
                raise
    return Material(
        origin=Origin.SERVER,
        versions=versions,
        chosen=chosen,
        summary=summary,
        neighbours=find_neighbours(summary.images.x, summary.images.y) if summary else (),
        skill=_find_skill(client, bundled_dir),
    )


def load_bundled(artifact_dir: Path, *, remark: str | None = None) -> Material:
    """Read what an artifact carries.

    Raises:
        NothingToShowError: it carries nothing, or what it carries is damaged.
    """
    from pydantic import ValidationError

    from models.artifact import SUMMARY_FILE
    from serve_app.loop_schemas import DatasetSummary, DatasetVersion

    path = artifact_dir / SUMMARY_FILE
    try:
        summary = DatasetSummary.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        why = "is damaged" if isinstance(error, ValidationError) else "cannot be read"
        raise NothingToShowError(
            f"{path} {why}: install Leafray again, or start the service with make run."
        ) from error
    version = DatasetVersion(
        dataset_version=summary.dataset_version,
        parent=None,
        upload_ids=(),
        num_images=summary.num_images,
        is_current=True,
        has_summary=True,
    )
    return Material(
        origin=Origin.BUNDLED,
        versions=(version,),
        chosen=summary.dataset_version,
        summary=summary,
        neighbours=find_neighbours(summary.images.x, summary.images.y),
        skill=_load_bundled_skill(artifact_dir),
        remark=remark,
    )


def _find_skill(client: "LeafrayClient", bundled_dir: Path) -> Skill | None:
    """Look in the bundled evaluation, then in the verdict that made the model the champion."""
    model_version = client.get_model().model_version
    bundled = _load_bundled_skill(bundled_dir)
    if bundled is not None and bundled.model_version == model_version:
        return bundled
    for run in client.loop.list_runs():
        if run.model_version == model_version and run.verdict:
            try:
                return from_verdict(model_version, run.verdict)
            except (KeyError, TypeError, ValueError, AttributeError):
                return None
    return None


def _load_bundled_skill(artifact_dir: Path) -> Skill | None:
    from models.artifact import EVALUATION_FILE

    try:
        return from_evaluation(json.loads((artifact_dir / EVALUATION_FILE).read_bytes()))
    except (OSError, KeyError, TypeError, ValueError, AttributeError):
        # The rest of the tab needs none of it.
        return None
