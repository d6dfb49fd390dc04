"""What the tab says: every sentence, as pure functions."""

from collections import Counter
from collections.abc import Sequence

from gui.contribute.state import ContributeState, Phase
from gui.contribute.tally import Tally
from gui.contribute.values import LEFT_OUT, Doubtful, LocalPhoto, Refused, Transfer, Upload
from gui.kit.server_status import ServerMode, ServerStatus
from gui.kit.words import as_sentence
from models.labels import get_label

_MB = 1_000_000
_MAX_CODES = 3
_FAULTS = {
    "unlabelled": "without a label",
    "unknown_label": "with a label that names no class",
    "conflicting_labels": "with two labels",
    LEFT_OUT: "left out by you",
    "duplicate": "twice in here",
    "too_small": "too small",
    "not_an_image": "no photographs",
    "unsupported_format": "in a format that is not read",
    "truncated": "damaged or cut off",
    "damaged_in_zip": "damaged inside the zip",
    "too_many_bytes": "too large a file",
    "too_many_pixels": "too large a picture",
    "too_few_pixels": "too small",
    "animated": "moving pictures",
    "empty": "empty files",
    "unreadable": "not readable",
    "in_test_split": "kept to judge models by",
    "already_stored": "already in the data",
    "refused_by_reviewer": "left out by a person",
    "lost": "lost by the server",
}
_STATUSES = {
    "receiving": "waits for photographs",
    "checking": "is being checked",
    "checked": "waits for your word",
    "accepted": "in the data",
    "discarded": "given up",
    "failed": "failed",
}
_STARTED_HOW = (
    "Photographs of leaves with their right names make the next model better. Everything is looked "
    "through on this laptop first; nothing is sent before you say so."
)
LABEL_WAYS = (
    "By folder: put each kind into a folder that bears its name, such as Tomato late blight.",
    "By list: a file labels.csv beside them, with the columns path and label.",
    "By hand: name them here one after the other; a model suggests, number keys choose.",
)


def say_class(class_name: str | None) -> str:
    """Return what people call a class."""
    return "no label" if class_name is None else get_label(class_name).display_name


def say_fault(code: str) -> str:
    """Return why files stay behind, to be read after their number."""
    return _FAULTS.get(code, code.replace("_", " "))


def say_status(upload: Upload) -> str:
    """Return where an upload stands, to be read after its date."""
    return _STATUSES.get(upload.status, upload.status)


def say_count(number: int, noun: str = "photograph") -> str:
    """Return a number with its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def say_bytes(num_bytes: float) -> str:
    """Return an amount of data as people read it."""
    if num_bytes < _MB:
        return f"{max(1, round(num_bytes / 1000)) if num_bytes else 0} KB"
    if num_bytes < 1000 * _MB:
        return f"{num_bytes / _MB:.{1 if num_bytes < 100 * _MB else 0}f} MB"
    return f"{num_bytes / 1000 / _MB:.1f} GB"


def say_time_left(seconds: float) -> str:
    """Return a time to wait, rounded for people."""
    if seconds < 5:
        return "a few seconds left"
    if seconds < 90:
        return f"about {5 * max(1, round(seconds / 5))} s left"
    if seconds < 5400:
        return f"about {round(seconds / 60)} min left"
    return f"about {seconds / 3600:.1f} h left"


def say_transfer(transfer: Transfer) -> str:
    """Return how far a sending is, how fast, and how long it still takes."""
    parts = [
        f"{transfer.num_files:,} of {say_count(transfer.total_files)}",
        f"{say_bytes(transfer.num_bytes)} of {say_bytes(transfer.total_bytes)}",
    ]
    if transfer.bytes_per_s:
        parts.append(f"{say_bytes(transfer.bytes_per_s)} a second")
        left_bytes = transfer.total_bytes - transfer.num_bytes
        parts.append(say_time_left(left_bytes / transfer.bytes_per_s))
    return "  ·  ".join(parts)


def say_headline(state: ContributeState) -> str:
    """Return in a line where the photographs are."""
    match state.phase:
        case Phase.CHOOSING:
            is_opened = state.upload is not None
            return "More photographs for this upload" if is_opened else "Give photographs"
        case Phase.LOOKING:
            return "Looking through the photographs ..."
        case Phase.READY:
            num_ready = state.tally.num_ready
            return f"{say_count(num_ready)} ready" if num_ready else "No photograph is ready yet"
        case Phase.SENDING:
            return "Sending ..."
        case Phase.PAUSED:
            return "Paused"
        case Phase.INTERRUPTED:
            return "The sending was cut off"
        case Phase.CHECKING:
            return "The server checks every photograph ..."
        case Phase.REVIEW:
            return f"{say_count(state.upload.accepted if state.upload else 0)} passed the check"
        case Phase.ENDED:
            return _say_end(state.upload)


def _say_end(upload: Upload | None) -> str:
    match upload.status if upload is not None else "":
        case "accepted":
            return "Thank you: they are in the data"
        case "failed":
            return "The upload failed"
        case _:
            return "The upload was given up"


def say_detail(state: ContributeState, server: ServerStatus) -> str:  # noqa: C901 (one case a phase)
    """Return the sentence below the headline."""
    upload = state.upload
    match state.phase:
        case Phase.CHOOSING if upload is not None:
            return (
                f"{say_count(upload.total)} of it arrived. Name the folder or zip that it comes "
                "from: what the server has already is not sent again."
            )
        case Phase.CHOOSING:
            return _STARTED_HOW
        case Phase.LOOKING:
            num_done, total = state.looked
            return f"{num_done:,} of {total:,} files" if total else ""
        case Phase.READY:
            return _say_ready(state.tally, server)
        case Phase.SENDING:
            return "You may go on working in other tabs meanwhile."
        case Phase.PAUSED:
            return "What has arrived stays on the server. Continue whenever you like."
        case Phase.INTERRUPTED:
            return (
                "Nothing is lost: what has arrived stays on the server, and Continue sends only "
                "the rest."
            )
        case Phase.CHECKING if upload is not None:
            told = f" {as_sentence(upload.reason)}" if upload.reason else ""
            return f"{upload.checked:,} of {say_count(upload.total, 'file')} are checked.{told}"
        case Phase.REVIEW if upload is not None:
            return _say_review(state, upload)
        case Phase.ENDED if upload is not None:
            return _say_what_next(upload)
    return ""


def _say_ready(tally: Tally, server: ServerStatus) -> str:
    parts = []
    if tally.num_ready:
        num_classes = say_count(len(tally.by_class), "label")
        parts.append(f"{say_bytes(tally.num_ready_bytes)} under {num_classes}.")
    if tally.num_unlabelled:
        parts.append(
            f"{say_count(tally.num_unlabelled)} without a right label: name them on the right, or "
            "they stay here."
        )
    if server.mode is not ServerMode.ONLINE:
        parts.append("The server is away: look and label now, and send when it answers again.")
    return " ".join(parts)


def _say_review(state: ContributeState, upload: Upload) -> str:
    parts = []
    if state.doubtful:
        num_doubtful = len(state.doubtful)
        labels = "One label looks" if num_doubtful == 1 else f"{num_doubtful:,} labels look"
        parts.append(f"{labels} doubtful: please look at the photographs on the right.")
    if upload.rejected:
        parts.append(f"{say_count(upload.rejected, 'file')} refused{_say_codes(state.refused)}.")
    if not upload.accepted:
        parts.append("Nothing can be taken into the data as it is.")
    elif not state.doubtful:
        parts.append("Take them into the data, and the next training learns from them.")
    return " ".join(parts)


def _say_codes(refused: Sequence[Refused]) -> str:
    counts = Counter(file.code for file in refused).most_common(_MAX_CODES)
    told = ", ".join(f"{count:,} {say_fault(code)}" for code, count in counts)
    return f": {told}" if told else ""


def _say_what_next(upload: Upload) -> str:
    if upload.status == "accepted":
        return (
            f"{say_count(upload.accepted)} taken. The next training, on the tab Retrain, learns "
            "from them."
        )
    if upload.status == "failed":
        return as_sentence(upload.reason or "the server does not say why; send it again")
    return "Its photographs were deleted from the server. Those on this laptop are as they were."


def say_place(state: ContributeState) -> str:
    """Return which photograph is on the desk."""
    if not state.num_on_desk:
        return ""
    return f"{state.desk_idx + 1:,} of {state.num_on_desk:,}"


def say_photo(shown: LocalPhoto | Doubtful) -> str:
    """Return what is known of the label of the photograph on the desk."""
    if isinstance(shown, Doubtful) or shown.fault is not None:
        # What follows in brackets is for who types commands.
        reason = shown.reason.partition(" (`")[0].replace("unknown class name ", "")
        return as_sentence(reason) if reason else ""
    return ""


def say_upload_line(upload: Upload) -> tuple[str, str, str]:
    """Return an upload as cells of a table: when, how much, where it stands."""
    when = f"{upload.created_at.astimezone():%d %b %H:%M}" if upload.created_at else ""
    is_counted = upload.status in ("checked", "accepted")
    number = upload.accepted if is_counted else upload.total
    return when, f"{number:,}", say_status(upload)
