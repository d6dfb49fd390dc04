"""Everything that can happen to the tab on photographs that a person gives, as values.

Answers to a look carry the ``lookup`` that asked, those to a sending its ``attempt``: what arrives
late for an older one is dropped by ``state.update``.
"""

from dataclasses import dataclass
from pathlib import Path

from gui.contribute.values import Doubtful, LocalPhoto, Refused, Transfer, Unfinished, Upload


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceNamed:
    """The user named a folder or a zip; None goes back to an empty tab."""

    path: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelsNamed:
    """The user named a CSV with the labels of the present source."""

    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAdvanced:
    """So many files were looked at."""

    lookup: int
    num_done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LookEnded:
    """All files were looked at; with a ``problem`` and no photographs nothing could be used."""

    lookup: int
    photos: tuple[LocalPhoto, ...]
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoMoved:
    """The user goes on by so many photographs, or back."""

    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelGiven:
    """The user says what the shown photograph is; None leaves it out."""

    class_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GuessesFound:
    """The likeliest classes of a photograph, most probable first."""

    sha256: str
    class_names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRequested:
    """The user sends, or goes on with, the photographs that are ready."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseRequested:
    """The user stops the sending for a while."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadBegun:
    """The server has made an upload for this attempt."""

    attempt: int
    upload: Upload


@dataclass(frozen=True, slots=True, kw_only=True)
class SendAdvanced:
    """Some photographs have come to the server."""

    attempt: int
    transfer: Transfer


@dataclass(frozen=True, slots=True, kw_only=True)
class SendBroken:
    """The sending ended before its end."""

    attempt: int
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadSeen:
    """The server tells where an upload stands."""

    upload: Upload


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFound:
    """What the check found: files that are not taken, and labels to look at."""

    upload_id: str
    refused: tuple[Refused, ...]
    doubtful: tuple[Doubtful, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadsListed:
    """The newest uploads of the server; in ``refusal`` why it does not tell them."""

    uploads: tuple[Upload, ...]
    refusal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadOpened:
    """The user goes on with an upload of the list."""

    upload: Upload


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptRequested:
    """The user takes the upload into the data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscardRequested:
    """The user gives the upload up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionFailed:
    """The server did not do what was asked."""

    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfinishedFound:
    """An upload of an earlier run of the window did not come to its end."""

    unfinished: Unfinished


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfinishedResumed:
    """The user goes on with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfinishedForgotten:
    """The user gives it up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemFound:
    """Something cannot be done; the words say what to do."""

    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemDismissed:
    """The user has read the problem."""


Event = (
    SourceNamed
    | LabelsNamed
    | LookAdvanced
    | LookEnded
    | PhotoMoved
    | LabelGiven
    | GuessesFound
    | SendRequested
    | PauseRequested
    | UploadBegun
    | SendAdvanced
    | SendBroken
    | UploadSeen
    | ReviewFound
    | UploadsListed
    | UploadOpened
    | AcceptRequested
    | DiscardRequested
    | ActionFailed
    | UnfinishedFound
    | UnfinishedResumed
    | UnfinishedForgotten
    | ProblemFound
    | ProblemDismissed
)
