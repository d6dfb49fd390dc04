"""The artifact: a directory that holds one deployable model and its card.

`model.onnx` (outputs logits and the last feature map), `weights.safetensors`, `card.json`,
`replay.safetensors`, `evaluation.json`, `README.md` and, in the bundled one, `summary.json` (what
is drawn of the photographs). The card names the SHA-256 of every other file, and nothing here ever
unpickles.
"""

import hashlib
import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.preprocess import Preprocessing

CARD_FILE = "card.json"
ONNX_FILE = "model.onnx"
WEIGHTS_FILE = "weights.safetensors"
REPLAY_FILE = "replay.safetensors"
EVALUATION_FILE = "evaluation.json"
SUMMARY_FILE = "summary.json"
README_FILE = "README.md"

OodMethod = Literal["max_probability", "energy", "mahalanobis", "knn"]

CHAMPION_DIR = Path(__file__).parent / "champion"


class ArtifactError(Exception):
    """An artifact that must not be served; the message says which file and what to do."""


class PreprocessingCard(BaseModel):
    """`models.preprocess.Preprocessing`, as written in the card."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size_px: int = Field(ge=32, le=1024)
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    def to_preprocessing(self) -> Preprocessing:
        """Return the value that the preprocessing functions take."""
        return Preprocessing(size_px=self.size_px, mean=self.mean, std=self.std)


class OodCard(BaseModel):
    """How a stranger is told: a score (higher = stranger) above `threshold` is unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: OodMethod
    threshold: float
    known_kept_fraction: float = Field(gt=0, le=1)


class QualityCard(BaseModel):
    """Which photographs are too poor to be diagnosed; the figures beside them are in `metrics`.

    The defaults are where the first champion's accuracy fell: on 247 validation leaves it was still
    96 % at 64 px, 96 % at a quarter of the light (brightness 44) and 95.5 % under a blur of 2 px
    (sharpness 1.4), and 87 %, 84 % and 85 % one step beyond.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_side_px: int = Field(default=64, ge=0)
    min_brightness: float = Field(default=28.0, ge=0, le=255)
    min_sharpness: float = Field(default=1.3, ge=0)


class Card(BaseModel):
    """All that a server must know about a model, and where the model came from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model_version: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    architecture: str
    class_names: tuple[str, ...] = Field(min_length=2)
    preprocessing: PreprocessingCard
    temperature: float = Field(gt=0)
    ood: OodCard
    quality: QualityCard = QualityCard()
    conformal_min_probability: float = Field(ge=0, le=1)
    dataset_version: str
    train_config: str
    initial_model: str | None = None
    """Version of the model that training started from; None: ImageNet weights."""
    code_commit: str
    created: str
    metrics: dict[str, dict[str, float]]
    files: dict[str, str]


def load_card(artifact_dir: Path) -> Card:
    """Read `card.json`.

    Raises:
        ArtifactError: no such directory or card, or a card that does not follow the schema.
    """
    path = artifact_dir / CARD_FILE
    try:
        return Card.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise ArtifactError(
            f"{artifact_dir} is no model artifact: it has no {CARD_FILE}; "
            "name a directory that `python -m train_jobs train` or `models export` wrote"
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole file"
        raise ArtifactError(
            f"{path} is damaged at {where}: {first['msg']}; restore the artifact"
        ) from None
    except OSError as error:
        raise ArtifactError(f"{path} cannot be read: {error.strerror}") from None


def verify_artifact(artifact_dir: Path) -> Card:
    """Check every file of the artifact against the SHA-256 in its card.

    Raises:
        ArtifactError: a file is missing, was changed, or is named outside the directory.
    """
    card = load_card(artifact_dir)
    for required in (ONNX_FILE, WEIGHTS_FILE):
        if required not in card.files:
            raise ArtifactError(f"the card of {artifact_dir} does not name {required}")
    for name, sha256 in card.files.items():
        if Path(name).name != name:
            raise ArtifactError(f"the card names {name!r}, which lies outside {artifact_dir}")
        path = artifact_dir / name
        if not path.is_file():
            raise ArtifactError(
                f"{path} is missing; restore the artifact (model "
                f"{card.model_version}) from the registry or from git"
            )
        if hash_file(path) != sha256:
            raise ArtifactError(
                f"{path} is not the file that its card describes (a byte has changed); "
                f"restore the artifact (model {card.model_version}) from the registry or from git"
            )
    return card


def write_card(artifact_dir: Path, card: Card) -> Card:
    """Write the card with fresh hashes of all other files, atomically.

    Returns:
        The card as written.
    """
    files = {
        path.name: hash_file(path)
        for path in sorted(artifact_dir.iterdir())
        if path.is_file() and path.name != CARD_FILE and not path.name.startswith(".")
    }
    written = card.model_copy(update={"files": files})
    temporary = artifact_dir / f".{CARD_FILE}.tmp"
    text = json.dumps(written.model_dump(mode="json"), indent=2, ensure_ascii=False)
    temporary.write_text(text + "\n", encoding="utf-8")
    temporary.replace(artifact_dir / CARD_FILE)
    return written


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
