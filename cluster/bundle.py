"""An artifact folder as the platform sees it: a card and files with checksums.

What the card means to a model is known to ``models``; here only the fields that moving an
artifact needs are read.
"""

import hashlib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cluster.errors import BundleError

CARD_NAME = "card.json"
_MAX_CARD_BYTES = 4 * 1024**2
_RESTORE_HINT = "Restore the folder (`git checkout -- models/champion` for the bundled one)"


class Bundle(BaseModel):
    """The part of ``card.json`` that moving an artifact needs."""

    model_config = ConfigDict(frozen=True, extra="ignore", protected_namespaces=())

    model_version: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$")
    files: dict[str, str] = Field(min_length=1)
    metrics: dict[str, object] = {}

    def flat_metrics(self) -> dict[str, float]:
        """Return every number below ``metrics``, nested names joined by ``/``."""
        return dict(sorted(_flatten(self.metrics, prefix="").items()))


def load_bundle(artifact_dir: Path) -> Bundle:
    """Read the card of an artifact folder.

    Raises:
        BundleError: the folder or its card is missing or cannot be understood.
    """
    card_path = artifact_dir / CARD_NAME
    try:
        if card_path.stat().st_size > _MAX_CARD_BYTES:
            raise BundleError(f"{card_path} is far too long for a card. {_RESTORE_HINT}.")
        return Bundle.model_validate_json(card_path.read_bytes())
    except OSError as error:
        raise BundleError(
            f"{artifact_dir} is no artifact folder: {error.strerror}: {card_path}. "
            f"{_RESTORE_HINT}, or name another folder."
        ) from error
    except ValidationError as error:
        raise BundleError(f"{card_path} is no valid card: {error}. {_RESTORE_HINT}.") from error


def verify_bundle(artifact_dir: Path) -> Bundle:
    """Read the card and compare every file that it names with its checksum.

    Raises:
        BundleError: a file is missing, lies elsewhere, or a byte of it changed.
    """
    bundle = load_bundle(artifact_dir)
    for name, expected_sha256 in bundle.files.items():
        path = artifact_dir / name
        if Path(name).name != name:
            raise BundleError(
                f"{artifact_dir}/{CARD_NAME} names {name!r}, which leaves the folder."
            )
        try:
            with path.open("rb") as file:
                found_sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise BundleError(f"{path} is missing: {error.strerror}. {_RESTORE_HINT}.") from error
        if found_sha256 != expected_sha256:
            raise BundleError(
                f"{path} is not the file that its card names: SHA-256 {found_sha256}, expected "
                f"{expected_sha256}. {_RESTORE_HINT}."
            )
    return bundle


def hash_card(artifact_dir: Path) -> str:
    """Return the SHA-256 of the card, which names the checksums of all other files.

    Raises:
        BundleError: there is no card.
    """
    load_bundle(artifact_dir)
    return hashlib.sha256((artifact_dir / CARD_NAME).read_bytes()).hexdigest()


def _flatten(values: dict[str, object], *, prefix: str) -> dict[str, float]:
    flat: dict[str, float] = {}
    for name, value in values.items():
        if isinstance(value, bool):
            continue
        if isinstance(value, dict):
            flat.update(_flatten(value, prefix=f"{prefix}{name}/"))
        elif isinstance(value, int | float):
            flat[f"{prefix}{name}"] = float(value)
    return flat
