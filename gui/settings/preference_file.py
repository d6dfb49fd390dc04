"""The settings file: JSON in the folder where this system keeps settings."""

from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_config_path
from pydantic import ValidationError

from cluster.atomic_file import replace_file
from gui.settings.preferences import Preferences

_MAX_FILE_BYTES = 256 * 1024
_MAX_KEPT_FILES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What a start begins with; ``problem`` says why it is not what was saved."""

    preferences: Preferences
    problem: str | None = None


def find_preferences_path() -> Path:
    """Return where the file lies for this person; nothing is made."""
    return user_config_path("leafray", appauthor=False) / "settings.json"


def load_preferences(path: Path) -> Loaded:
    """Read the file; without one the defaults, with a damaged one too, which is kept aside."""
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        return Loaded(preferences=Preferences())
    except OSError as error:
        return Loaded(
            preferences=Preferences(),
            problem=f"Your settings in {path} cannot be read ({error.strerror}), so the usual ones "
            "hold. Make the file readable for you and start Leafray again.",
        )
    try:
        return Loaded(preferences=Preferences.model_validate_json(content))
    except ValidationError as error:
        return Loaded(preferences=Preferences(), problem=_set_aside(path, _say_first(error)))


def save_preferences(path: Path, preferences: Preferences) -> None:
    """Replace the file in one step, mode 600.

    Raises:
        OSError: it cannot be written; the old one is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    content = preferences.model_dump_json(indent=2) + "\n"
    replace_file(path, content.encode(), mode=0o600)


def _set_aside(path: Path, reason: str) -> str:
    try:
        kept_path = _move(path)
    except OSError as error:
        return (
            f"Your settings in {path} are damaged ({reason}), so the usual ones hold. The file "
            f"could not be put aside ({error.strerror}): the next change replaces it."
        )
    return (
        f"Your settings were damaged ({reason}), so the usual ones hold. The old file is kept as "
        f"{kept_path}. Choose again on the tab Settings; keys are not lost."
    )


def _move(path: Path) -> Path:
    """Give the file a name that no other has, and return it."""
    for number in range(1, _MAX_KEPT_FILES):
        kept_path = path.with_name(f"settings.damaged-{number}.json")
        if not kept_path.exists():
            return path.rename(kept_path)
    raise FileExistsError(17, "too many damaged files lie there already")


def _say_first(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"]
