"""Settings of one Leafray installation, read once from the environment.

Every field has the environment variable ``LEAFRAY_<FIELD>``; ``MLFLOW_TRACKING_URI`` keeps its
own name because MLflow's tools read it too.
"""

import os
import re
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from cluster.errors import SettingsError
from cluster.storage import Layout

Port = Annotated[int, Field(ge=1024, le=65535)]

LOOPBACK = "127.0.0.1"
_GIB = 1024**3
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+")


class Settings(BaseSettings):
    """Where things run and lie. Frozen: one value for the life of a process.

    ``max_replicas`` and ``num_cpus`` of 0 mean "from this machine". ``cors_origins`` are the
    websites whose pages may ask the service, blanks between them.
    """

    model_config = SettingsConfigDict(env_prefix="LEAFRAY_", frozen=True, extra="ignore")

    home: Path = Field(default=Path("var"), validate_default=True)
    http_host: str = LOOPBACK
    http_port: Port = 8000
    dashboard_port: Port = 8265
    mlflow_port: Port = 5000
    ray_port: Port = 6379
    ray_client_port: Port = 10001
    ray_agent_port: Port = 52365
    serve_proxy_port: Port = 8500
    haproxy_stats_port: Port = 8404
    haproxy_metrics_port: Port = 9101

    num_cpus: int = Field(default=0, ge=0, le=1024)
    # Uploads and data blocks pass through the object store; idle it costs address space only.
    object_store_bytes: int = Field(default=_GIB, ge=100 * 1024**2, le=256 * _GIB)

    # One replica is kept ready, and one for each core is the most that can compute at once.
    min_replicas: int = Field(default=1, ge=1, le=1024)
    max_replicas: int = Field(default=0, ge=0, le=1024)
    # Much longer than a start takes: load that comes and goes, as in a benchmark that lets its
    # targets take turns, must not start replicas again and again.
    downscale_delay_s: float = Field(default=120.0, ge=5, le=86_400)
    # Names, not imports: this package knows no application.
    serve_import_path: str = "serve_app.predict_app:build_app"
    control_import_path: str = "serve_app.control_app:build_app"

    # Of each API key, over all replicas; 0: no limit. A loaded laptop answers 10,000 a minute.
    requests_per_minute: int = Field(default=60_000, ge=0, le=10_000_000)
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()

    # Photographs that wait for feedback, the newest; 0 keeps none and takes no feedback.
    max_recent_photos: int = Field(default=1000, ge=0, le=100_000)
    # Retraining runs go to a node that has this custom resource; empty: to the head's machine.
    train_resource: str = Field(default="", pattern=r"^[a-z_]{0,40}$")
    # A retraining run begins by itself after so many accepted photographs; 0: never.
    retrain_after_images: int = Field(default=0, ge=0, le=10_000_000)

    start_timeout_s: float = Field(default=180.0, gt=0, le=3600)
    stop_grace_s: float = Field(default=2.0, ge=0, le=300)
    min_free_bytes: int = Field(default=_GIB // 2, ge=0)

    tracking_uri_override: str | None = Field(default=None, validation_alias="MLFLOW_TRACKING_URI")

    @field_validator("home")
    @classmethod
    def _absolute_home(cls, home: Path) -> Path:
        return home.expanduser().resolve()

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split_origins(cls, origins: object) -> object:
        return tuple(origins.split()) if isinstance(origins, str) else origins

    @field_validator("cors_origins")
    @classmethod
    def _origins_only(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"{origin!r} is no origin; write https://HOST or https://HOST:PORT, blanks "
                    "between several"
                )
        return origins

    @field_validator("http_host")
    @classmethod
    def _loopback_only(cls, http_host: str) -> str:
        if http_host not in (LOOPBACK, "localhost"):
            raise ValueError(
                "a local start listens on 127.0.0.1 only; to serve others, put a TLS proxy in "
                "front of it or deploy to a cluster"
            )
        return LOOPBACK

    @property
    def layout(self) -> Layout:
        """Paths of everything that is stored under ``home``."""
        return Layout(home=self.home)

    @property
    def mlflow_tracking_uri(self) -> str:
        """URI of the tracking store: ``MLFLOW_TRACKING_URI``, else SQLite under ``home``."""
        return self.tracking_uri_override or f"sqlite:///{self.layout.mlflow_db_path}"

    @property
    def ray_cpus(self) -> int:
        """CPUs that Ray may hand out: two at least, so that a replica can be replaced."""
        return self.num_cpus or max(os.cpu_count() or 1, 2)

    @property
    def most_replicas(self) -> int:
        """Replicas that may run at once: ``max_replicas``, else one for each of Ray's CPUs."""
        return max(self.max_replicas or self.ray_cpus, self.min_replicas)

    @property
    def http_url(self) -> str:
        """Base URL of the HTTP service."""
        return f"http://{self.http_host}:{self.http_port}"

    @property
    def dashboard_url(self) -> str:
        """Base URL of the Ray dashboard, the Jobs API and the Serve API."""
        return f"http://{LOOPBACK}:{self.dashboard_port}"

    @property
    def mlflow_url(self) -> str:
        """Base URL of the MLflow UI."""
        return f"http://{LOOPBACK}:{self.mlflow_port}"


def load_settings() -> Settings:
    """Read the settings from the environment.

    Raises:
        SettingsError: a value cannot be used; the message names the variable.
    """
    try:
        return Settings()
    except ValidationError as error:
        lines = [
            f"{_variable_name(str(problem['loc'][0]))}={problem['input']!r}: {problem['msg']}"
            for problem in error.errors()
        ]
        raise SettingsError(
            "These settings cannot be used:\n  "
            + "\n  ".join(lines)
            + "\nCorrect or unset the variables and run the command again."
        ) from error


def to_environment(settings: Settings) -> dict[str, str]:
    """Return the variables that make another process read these settings.

    The registry's address is none of them: it may hold a password, the head has it, and what is
    handed to a job stands in the dashboard.
    """
    fields = settings.model_dump(mode="json", exclude={"tracking_uri_override"})
    return {
        _variable_name(name): " ".join(value) if isinstance(value, list) else str(value)
        for name, value in fields.items()
    }


def _variable_name(field_name: str) -> str:
    return field_name if field_name.isupper() else f"LEAFRAY_{field_name.upper()}"
