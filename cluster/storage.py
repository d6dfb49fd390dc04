"""Storage layout: the only code that joins storage paths.

Paths are values here; ``create_folders`` is the one function that touches the disk.
"""

import hashlib
import os
import re
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from cluster.errors import StorageError

PROJECT_DIR = Path(__file__).resolve().parents[1]
BUNDLED_CHAMPION_DIR = PROJECT_DIR / "models" / "champion"

_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,127}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Names of all files and folders below one home folder."""

    home: Path

    @property
    def keys_dir(self) -> Path:
        """Secrets; mode 700."""
        return self.home / "keys"

    @property
    def admin_key_path(self) -> Path:
        """The administrator's secret alone, one line; mode 600."""
        return self.keys_dir / "admin.key"

    @property
    def api_keys_path(self) -> Path:
        """Hashes and roles of all keys, read by the service; mode 600."""
        return self.keys_dir / "api_keys.json"

    @property
    def window_keys_path(self) -> Path:
        """Secrets that the window sends, by server, where there is no keyring; mode 600."""
        return self.keys_dir / "window.json"

    @property
    def mlflow_dir(self) -> Path:
        """Tracking store and registered artifacts."""
        return self.home / "mlflow"

    @property
    def mlflow_db_path(self) -> Path:
        """SQLite file of MLflow."""
        return self.mlflow_dir / "mlflow.db"

    @property
    def mlflow_artifacts_dir(self) -> Path:
        """Files of runs and registered models."""
        return self.mlflow_dir / "artifacts"

    @property
    def models_dir(self) -> Path:
        """Artifacts fetched from the registry, one folder a model version."""
        return self.home / "models"

    @property
    def datasets_dir(self) -> Path:
        """Dataset versions and the images that they name."""
        return self.home / "datasets"

    @property
    def dataset_versions_dir(self) -> Path:
        """One folder a dataset version."""
        return self.datasets_dir / "versions"

    @property
    def uploads_dir(self) -> Path:
        """Photographs that people sent, one folder an upload (`cluster.uploads.store`)."""
        return self.home / "uploads"

    @property
    def window_upload_path(self) -> Path:
        """Which upload the window has begun and not ended, and what it knows of it."""
        return self.home / "window" / "upload.json"

    @property
    def uploads_lock_path(self) -> Path:
        """Held while the state of an upload changes."""
        return self.uploads_dir / ".lock"

    @property
    def runs_dir(self) -> Path:
        """Checkpoints and reports of training runs."""
        return self.home / "runs"

    @property
    def recent_photos_dir(self) -> Path:
        """The last photographs that were diagnosed, for feedback; mode 700."""
        return self.home / "recent"

    @property
    def window_history_path(self) -> Path:
        """What the window has diagnosed, with thumbnails; mode 600."""
        return self.home / "window" / "history.db"

    @property
    def logs_dir(self) -> Path:
        """Output of the background services."""
        return self.home / "logs"

    @property
    def state_dir(self) -> Path:
        """What ``up`` remembers: pid files, the lock, the deployment."""
        return self.home / "state"

    @property
    def lock_path(self) -> Path:
        """Held while ``up`` or ``down`` works."""
        return self.state_dir / "cluster.lock"

    @property
    def champion_stamp_path(self) -> Path:
        """Which champion was last resolved, and from which state of the registry."""
        return self.state_dir / "champion.json"

    @property
    def deployment_path(self) -> Path:
        """The Serve configuration that was last deployed."""
        return self.state_dir / "deployment.json"

    @property
    def audit_path(self) -> Path:
        """Who did what to data and models, one JSON object a line; only ever appended to."""
        return self.home / "audit.jsonl"

    @property
    def promotion_lock_path(self) -> Path:
        """Held while a model is promoted or taken back."""
        return self.state_dir / "promotion.lock"

    @property
    def promotion_path(self) -> Path:
        """A promotion that is under way, or was cut off."""
        return self.state_dir / "promotion.json"

    @property
    def retrain_lock_path(self) -> Path:
        """Held by the one retraining run that works."""
        return self.state_dir / "retrain.lock"

    @property
    def nodes_path(self) -> Path:
        """There while a cluster of several nodes belongs to this home: its ports and its secret."""
        return self.state_dir / "nodes.json"

    @property
    def redis_config_path(self) -> Path:
        """Configuration of the Redis of several nodes, with its password; mode 600."""
        return self.state_dir / "redis.conf"

    def haproxy_launcher_path(self, node_name: str = "") -> Path:
        """Starts the HAProxy of a node with its side ports on the loopback interface."""
        return self.state_dir / safe_name(f"haproxy-{node_name or 'loopback'}")

    @property
    def ray_dir(self) -> Path:
        """Ray's sessions.

        Under ``/tmp`` whatever the home is called: a Unix socket's path holds 107 bytes, of which
        HAProxy's own part takes 67. Named after the home, so that two installations never meet.
        """
        home_hash = hashlib.sha256(str(self.home).encode()).hexdigest()[:8]
        return Path("/tmp") / f"leafray-{home_hash}"  # noqa: S108 - see above

    def node_ray_dir(self, node_name: str) -> Path:
        """Ray's sessions on one of several nodes."""
        return self.ray_dir / safe_name(node_name)

    def node_address_path(self, node_name: str) -> Path:
        """Where Ray writes down the cluster that one of several nodes belongs to; named by Ray."""
        return self.node_ray_dir(node_name) / "ray_current_cluster"

    @property
    def postgres_dir(self) -> Path:
        """MLflow's database on a cluster of several nodes.

        Not below the home: PostgreSQL refuses to run as root, and its user may not look there.
        """
        return self.ray_dir.with_name(f"{self.ray_dir.name}-postgres")

    @property
    def serve_logs_dir(self) -> Path:
        """Logs of Serve's controller, proxies and replicas in the present session."""
        return self.ray_dir / "session_latest" / "logs" / "serve"

    @property
    def haproxy_dir(self) -> Path:
        """Configuration and sockets of HAProxy."""
        return self.ray_dir / "hp"

    def haproxy_path(self, name: str) -> Path:
        """One file of HAProxy."""
        return self.haproxy_dir / safe_name(name)

    def pid_path(self, service: str) -> Path:
        """Pid file of one background service."""
        return self.state_dir / f"{safe_name(service)}.pid"

    def log_path(self, service: str) -> Path:
        """Log file of one background service."""
        return self.logs_dir / f"{safe_name(service)}.log"

    def image_path(self, sha256: str) -> Path:
        """One stored photograph, named by the hash of its bytes."""
        return self.datasets_dir / "images" / safe_name(sha256)[:2] / safe_name(sha256)

    def upload_dir(self, upload_id: str) -> Path:
        """Everything that one upload brought."""
        return self.uploads_dir / safe_name(upload_id)

    def upload_path(self, upload_id: str, name: str) -> Path:
        """One file of an upload."""
        return self.upload_dir(upload_id) / safe_name(name)

    def quarantine_dir(self, upload_id: str) -> Path:
        """Photographs of one upload that nobody accepted yet."""
        return self.upload_dir(upload_id) / "quarantine"

    def quarantine_path(self, upload_id: str, sha256: str) -> Path:
        """One photograph of an upload, named by the hash of its bytes."""
        return self.quarantine_dir(upload_id) / safe_name(sha256)[:2] / safe_name(sha256)

    def dataset_dir(self, dataset_version: str) -> Path:
        """Manifest and reports of one immutable dataset version."""
        return self.dataset_versions_dir / safe_name(dataset_version)

    def run_dir(self, run_name: str) -> Path:
        """Checkpoints, reports and the artifact of one training run."""
        return self.runs_dir / safe_name(run_name)

    def run_status_path(self, run_id: str) -> Path:
        """Where a retraining run stands."""
        return self.run_dir(run_id) / "status.json"

    def run_points_path(self, run_id: str) -> Path:
        """The figures of a retraining run's training, a line each."""
        return self.run_dir(run_id) / "points.jsonl"

    def run_confusions_path(self, run_id: str) -> Path:
        """What both models of a retraining run mix up."""
        return self.run_dir(run_id) / "confusions.json"

    def run_cancel_path(self, run_id: str) -> Path:
        """There if somebody asked a retraining run to end."""
        return self.run_dir(run_id) / "cancel"

    def model_dir(self, model_version: str) -> Path:
        """Folder of one fetched model version."""
        return self.models_dir / safe_name(model_version)


def safe_name(name: str) -> str:
    """Return ``name`` if it can be one path component.

    Raises:
        StorageError: it could leave its folder, or is empty or too long.
    """
    if not _SAFE_NAME.fullmatch(name):
        raise StorageError(
            f"{name!r} cannot name a file. Use letters, digits and . _ + - (128 at most)."
        )
    return name


def create_folders(layout: Layout, *, min_free_bytes: int) -> None:
    """Make every folder that the services write to, and check that they can be written.

    Raises:
        StorageError: a folder cannot be made or written, belongs to somebody else, or the disk
            has less than ``min_free_bytes`` left.
    """
    folders = (
        layout.home,
        layout.keys_dir,
        layout.mlflow_artifacts_dir,
        layout.models_dir,
        layout.datasets_dir,
        layout.uploads_dir,
        layout.runs_dir,
        layout.logs_dir,
        layout.state_dir,
    )
    for folder in folders:
        _create_folder(folder)
    layout.keys_dir.chmod(0o700)
    _create_private_folder(layout.ray_dir)
    _create_private_folder(layout.haproxy_dir)
    for folder in (layout.home, layout.ray_dir):
        free_bytes = shutil.disk_usage(folder).free
        if free_bytes < min_free_bytes:
            raise StorageError(
                f"The disk of {folder} has {free_bytes / 1e6:.0f} MB left and "
                f"{min_free_bytes / 1e6:.0f} MB are needed. Free some space, or set LEAFRAY_HOME "
                "to a folder on another disk."
            )


def _create_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"Cannot make the folder {folder}: {error.strerror}. Make it writable for you, or set "
            "LEAFRAY_HOME to a folder that is."
        ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise StorageError(
            f"The folder {folder} is not writable. Make it writable for you, or set LEAFRAY_HOME "
            "to a folder that is."
        )


def _create_private_folder(folder: Path) -> None:
    """Make a folder below the shared ``/tmp``; refuse one that somebody else put there."""
    _create_folder(folder)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise StorageError(
            f"{folder} belongs to another user. Remove it, or set LEAFRAY_HOME to another folder."
        )
    folder.chmod(0o700)
