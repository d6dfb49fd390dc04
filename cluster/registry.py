"""Model registry: versions of the one registered model, their aliases and their files.

A thin layer over MLflow 3. MLflow numbers versions 1, 2, 3; the project's own
``model_version`` (from the card) is a tag and identifies a version everywhere else. Importing
MLflow takes seconds, so it happens in the constructor and not with this module.
"""

import logging
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from cluster.bundle import verify_bundle
from cluster.errors import BundleError, RegistryError
from cluster.storage import Layout

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

MODEL_NAME = "leafray"
EXPERIMENT_NAME = "leafray-models"
VERSION_TAG = "model_version"
_ARTIFACT_PATH = "artifact"
_METRIC_NAME = re.compile(r"[^A-Za-z0-9_\-. /:]")
_MAX_VERSIONS = 1000


class Alias(StrEnum):
    """Roles that a version can have; each points to one version at most."""

    CHAMPION = "champion"
    CANDIDATE = "candidate"
    PREVIOUS = "previous"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredVersion:
    """One version in the registry."""

    model_version: str
    number: str
    aliases: tuple[str, ...]
    created_ms: int


class Registry:
    """Client of one registry.

    Args:
        tracking_uri: MLflow's store, such as ``sqlite:////path/mlflow.db``.
        layout: where files of runs go and fetched artifacts are kept.
    """

    def __init__(self, tracking_uri: str, *, layout: Layout) -> None:
        """Open the registry.

        Raises:
            RegistryError: ``tracking_uri`` cannot be opened.
        """
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
        os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
        from mlflow.exceptions import MlflowException
        from mlflow.tracking import MlflowClient

        logging.getLogger("mlflow").setLevel(logging.WARNING)
        self._layout = layout
        self._tracking_uri = tracking_uri
        self._not_found = MlflowException
        try:
            self._client = MlflowClient(tracking_uri=tracking_uri, registry_uri=tracking_uri)
        except MlflowException as error:
            raise RegistryError(
                f"Cannot open the model registry {tracking_uri}: {error}. Check "
                "MLFLOW_TRACKING_URI."
            ) from error

    def register_artifact(
        self,
        artifact_dir: Path,
        *,
        model_version: str,
        metrics: Mapping[str, float],
        tags: Mapping[str, str],
    ) -> RegisteredVersion:
        """Copy an artifact into the registry; one that is there already is returned as it is.

        Raises:
            BundleError: the folder is incomplete or changed.
            RegistryError: the card says another ``model_version``.
        """
        bundle = verify_bundle(artifact_dir)
        if bundle.model_version != model_version:
            raise RegistryError(
                f"{artifact_dir} holds {bundle.model_version!r}, not {model_version!r}. Register "
                "it under the version that its card names."
            )
        existing = self.find_version(model_version)
        if existing is not None:
            return existing
        self._create_model()
        run_id = self._client.create_run(
            self._experiment_id(), run_name=model_version, tags=dict(tags)
        ).info.run_id
        for name, value in metrics.items():
            self._client.log_metric(run_id, _METRIC_NAME.sub("_", name), value)
        self._client.log_artifacts(run_id, str(artifact_dir), _ARTIFACT_PATH)
        self._client.set_terminated(run_id)
        run = self._client.get_run(run_id)
        version = self._client.create_model_version(
            MODEL_NAME,
            source=f"{run.info.artifact_uri}/{_ARTIFACT_PATH}",
            run_id=run_id,
            tags={**tags, VERSION_TAG: model_version},
        )
        return _to_registered(version, {})

    def list_versions(self) -> tuple[RegisteredVersion, ...]:
        """Return all versions, newest first."""
        try:
            aliases = dict(self._client.get_registered_model(MODEL_NAME).aliases)
        except self._not_found:
            return ()
        found = self._client.search_model_versions(
            f"name='{MODEL_NAME}'", max_results=_MAX_VERSIONS
        )
        return tuple(_to_registered(version, aliases) for version in found)

    def load_metrics(self) -> dict[str, dict[str, float]]:
        """Return the metrics that versions were registered with, by ``model_version``."""
        experiment = self._client.get_experiment_by_name(EXPERIMENT_NAME)
        if experiment is None:
            return {}
        runs = self._client.search_runs([experiment.experiment_id], max_results=_MAX_VERSIONS)
        return {str(run.info.run_name): dict(run.data.metrics) for run in runs}

    def find_version(self, model_version: str) -> RegisteredVersion | None:
        """Return the version of this name, or None."""
        found = (item for item in self.list_versions() if item.model_version == model_version)
        return next(found, None)

    def set_alias(self, alias: Alias, model_version: str) -> None:
        """Point ``alias`` to a version.

        Raises:
            RegistryError: there is no such version.
        """
        version = self._get_version(model_version)
        self._client.set_registered_model_alias(MODEL_NAME, alias.value, version.number)

    def delete_alias(self, alias: Alias) -> None:
        """Let ``alias`` point to nothing; it may do so already."""
        try:
            self._client.delete_registered_model_alias(MODEL_NAME, alias.value)
        except self._not_found:
            return

    def get_alias(self, alias: Alias) -> str | None:
        """Return the ``model_version`` that ``alias`` points to, or None."""
        try:
            version = self._client.get_model_version_by_alias(MODEL_NAME, alias.value)
        except self._not_found:
            return None
        return version.tags.get(VERSION_TAG)

    def download_artifact(self, model_version: str) -> Path:
        """Fetch the files of a version, verify them, and return their folder.

        A folder that was fetched before and still has its checksums is returned as it is; a
        damaged one is fetched again. The folder appears in one step, never half filled.

        Raises:
            RegistryError: there is no such version.
            BundleError: the registry's own files are damaged.
        """
        from mlflow.artifacts import download_artifacts

        target_dir = self._layout.model_dir(model_version)
        if is_fetched(target_dir, model_version):
            return target_dir
        number = self._get_version(model_version).number
        source = self._client.get_model_version_download_uri(MODEL_NAME, number)
        self._layout.models_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._layout.models_dir, prefix=".fetch-") as draft:
            fetched = download_artifacts(
                artifact_uri=source, dst_path=draft, tracking_uri=self._tracking_uri
            )
            fetched_dir = Path(fetched)
            verify_bundle(fetched_dir)
            shutil.rmtree(target_dir, ignore_errors=True)
            fetched_dir.rename(target_dir)
        return target_dir

    def _get_version(self, model_version: str) -> RegisteredVersion:
        version = self.find_version(model_version)
        if version is None:
            known = ", ".join(item.model_version for item in self.list_versions()) or "none"
            raise RegistryError(
                f"The registry has no model version {model_version!r}. Known: {known}."
            )
        return version

    def _create_model(self) -> None:
        try:
            self._client.get_registered_model(MODEL_NAME)
        except self._not_found:
            self._client.create_registered_model(MODEL_NAME)

    def _experiment_id(self) -> str:
        experiment = self._client.get_experiment_by_name(EXPERIMENT_NAME)
        if experiment is not None:
            return str(experiment.experiment_id)
        place = find_artifact_location(self._tracking_uri, self._layout)
        return str(self._client.create_experiment(EXPERIMENT_NAME, artifact_location=place))


def find_artifact_location(tracking_uri: str, layout: Layout) -> str | None:
    """Return where the files of a new experiment go; None: where MLflow's server keeps them."""
    if tracking_uri.startswith(("http://", "https://")):
        return None
    return layout.mlflow_artifacts_dir.as_uri()


def is_fetched(target_dir: Path, model_version: str) -> bool:
    """Tell whether ``target_dir`` holds this version with all its checksums."""
    try:
        return verify_bundle(target_dir).model_version == model_version
    except BundleError:
        return False


def _to_registered(version: "ModelVersion", aliases: Mapping[str, object]) -> RegisteredVersion:
    return RegisteredVersion(
        model_version=version.tags.get(VERSION_TAG, ""),
        number=str(version.version),
        aliases=tuple(
            sorted(
                alias for alias, number in aliases.items() if str(number) == str(version.version)
            )
        ),
        created_ms=int(version.creation_timestamp or 0),
    )
