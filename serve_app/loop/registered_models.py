"""Model versions of the registry, and the champion's change, for the routes.

MLflow takes seconds and 150 MB to load, so it is loaded when somebody first asks for models.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

from cluster.promotion import Switch, promote, roll_back
from cluster.registry import Registry
from cluster.settings import Settings
from serve_app.errors import NotFoundError
from serve_app.loop_schemas import RegisteredModel

_Report = Callable[[str], None]


class RegisteredModels:
    """The registry of one installation."""

    def __init__(self, settings: Settings, *, report: _Report) -> None:
        self._settings = settings
        self._report = report
        self._lock = threading.Lock()
        self._registry: Registry | None = None

    def list_models(self) -> tuple[RegisteredModel, ...]:
        """Return all versions, the newest first.

        Raises:
            cluster.errors.RegistryError: the registry cannot be opened.
        """
        registry = self._open()
        metrics = registry.load_metrics()
        return tuple(
            RegisteredModel(
                model_version=version.model_version,
                aliases=version.aliases,
                metrics=metrics.get(version.model_version, {}),
                created=datetime.fromtimestamp(version.created_ms / 1000, UTC),
            )
            for version in registry.list_versions()
        )

    def promote(self, model_version: str, *, actor: str) -> Switch:
        """Make a version the champion and let the service answer with it.

        Raises:
            NotFoundError: there is no such version.
            cluster.errors.PromotionError: somebody else is at it, or the service refused it.
        """
        if self._open().find_version(model_version) is None:
            raise NotFoundError(
                f"There is no model version {model_version[:80]!r}; list the models first."
            )
        return promote(self._settings, model_version, actor=actor, report=self._report)

    def roll_back(self, *, actor: str) -> Switch:
        """Give the champion's place back to the version before; raises as `promote` does."""
        return roll_back(self._settings, actor=actor, report=self._report)

    def _open(self) -> Registry:
        with self._lock:
            if self._registry is None:
                self._registry = Registry(
                    self._settings.mlflow_tracking_uri, layout=self._settings.layout
                )
            return self._registry
