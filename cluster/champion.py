"""Which artifact to serve: the champion of the registry, the bundled one at the first start.

Asking MLflow costs seconds of imports, so the last answer is kept together with the state of the
registry's file that it came from; any write to the registry makes it void.
"""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from cluster.bundle import hash_card, load_bundle
from cluster.keys import write_private
from cluster.promotion import is_switch_cut, undo_cut_switch
from cluster.registry import Alias, Registry, is_fetched
from cluster.settings import Settings


class ChampionStamp(BaseModel):
    """The champion, and the state of bundle and registry that it was read from."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    model_version: str
    bundled_card_sha256: str
    registry_uri: str
    registry_mtime_ns: int
    registry_bytes: int


def resolve_champion(settings: Settings, *, bundled_dir: Path) -> Path:
    """Register the bundled champion if that was not done, and return the folder to serve.

    The alias ``champion`` is given only where nobody holds it: a later promotion stays, and one
    that was cut off is taken back.

    Raises:
        BundleError: the bundled or the fetched artifact is damaged.
        RegistryError: the registry cannot be reached.
    """
    if is_switch_cut(settings.layout):
        registry = Registry(settings.mlflow_tracking_uri, layout=settings.layout)
        undo_cut_switch(settings.layout, registry)
    card_sha256 = hash_card(bundled_dir)
    stamp = _load_stamp(settings.layout.champion_stamp_path)
    if stamp is not None and stamp == _make_stamp(settings, stamp.model_version, card_sha256):
        model_dir = settings.layout.model_dir(stamp.model_version)
        if is_fetched(model_dir, stamp.model_version):
            return model_dir
    model_version = _ask_registry(settings, bundled_dir=bundled_dir, card_sha256=card_sha256)
    fresh_stamp = _make_stamp(settings, model_version, card_sha256)
    if fresh_stamp is not None:
        write_private(settings.layout.champion_stamp_path, fresh_stamp.model_dump_json())
    return settings.layout.model_dir(model_version)


def _ask_registry(settings: Settings, *, bundled_dir: Path, card_sha256: str) -> str:
    registry = Registry(settings.mlflow_tracking_uri, layout=settings.layout)
    bundle = load_bundle(bundled_dir)
    registry.register_artifact(
        bundled_dir,
        model_version=bundle.model_version,
        metrics=bundle.flat_metrics(),
        tags={"origin": "bundled", "card_sha256": card_sha256},
    )
    champion = registry.get_alias(Alias.CHAMPION)
    if champion is None:
        champion = bundle.model_version
        registry.set_alias(Alias.CHAMPION, champion)
    registry.download_artifact(champion)
    return champion


def _make_stamp(settings: Settings, model_version: str, card_sha256: str) -> ChampionStamp | None:
    """Describe the present state; None where the registry is no local file."""
    uri = settings.mlflow_tracking_uri
    if not uri.startswith("sqlite:///"):
        return None
    try:
        status = Path(uri.removeprefix("sqlite:///")).stat()
    except OSError:
        return None
    return ChampionStamp(
        model_version=model_version,
        bundled_card_sha256=card_sha256,
        registry_uri=uri,
        registry_mtime_ns=status.st_mtime_ns,
        registry_bytes=status.st_size,
    )


def _load_stamp(path: Path) -> ChampionStamp | None:
    try:
        return ChampionStamp.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
