"""What the window says of a set of photos."""

from gui.diagnose.export import Export
from gui.diagnose.photos import PhotoStatus
from gui.diagnose.state import MIN_MARKED, DiagnoseState
from gui.kit.tones import Tone

SEPARATOR = "  ·  "


def say_progress(state: DiagnoseState) -> str:
    """Return how far a set of several photos is, or how many of it show one plant."""
    if state.marked:
        return f"{len(state.marked)} marked as one plant"
    num_photos = len(state.photos)
    where = f"Photo {(state.selected_idx or 0) + 1} of {num_photos}"
    if state.num_done < num_photos:
        return f"{where}{SEPARATOR}{state.num_done} diagnosed"
    unknown = sum(
        photo.diagnosis is not None and not photo.diagnosis.is_known for photo in state.photos
    )
    failed = sum(photo.status is PhotoStatus.FAILED for photo in state.photos)
    parts = [where, f"{num_photos - unknown - failed} known"]
    parts += [f"{unknown} unknown"] if unknown else []
    parts += [f"{failed} not readable"] if failed else []
    return SEPARATOR.join(parts)


def say_plant(state: DiagnoseState) -> str:
    """Return what the marked photos can be asked for; empty for fewer than two."""
    return "One answer (P)" if len(state.marked) >= MIN_MARKED else ""


def say_set(state: DiagnoseState) -> tuple[str, str]:
    """Return a headline on the whole set, and what is left to do or to know."""
    num_photos, num_done = len(state.photos), state.num_done
    if not num_photos:
        return "No photos yet", (
            "Open a folder above: each of its photos gets a row in the table, and what was found "
            "is counted here."
        )
    headline = f"{num_photos} photo{'' if num_photos == 1 else 's'}"
    if num_done < num_photos:
        return headline, f"{num_done} diagnosed, {num_photos - num_done} to go."
    known = sum(photo.tone is Tone.KNOWN for photo in state.photos)
    if known == num_photos:
        return headline, "All of them show a leaf that I know."
    return (
        headline,
        f"{known} with a diagnosis, {num_photos - known} without: see why in the table.",
    )


def say_export(export: Export, num_photos: int) -> str:
    """Return where the saving of a set stands; empty before the first."""
    if export.is_running:
        return f"Saving ... {export.num_written} of {num_photos} photos"
    if export.saved_path is not None:
        return f"Saved as {export.saved_path}"
    return export.problem or ""
