"""What the tab shows: one frozen value, changed by the pure ``update``."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import assert_never

from gui.contribute import events
from gui.contribute.tally import Tally, give_label, give_labels, order_for_desk, tally
from gui.contribute.values import (
    Doubtful,
    LocalPhoto,
    Refused,
    Transfer,
    Unfinished,
    Upload,
)


class Phase(StrEnum):
    """How far the photographs are on their way."""

    CHOOSING = "choosing"
    LOOKING = "looking"
    READY = "ready"
    SENDING = "sending"
    PAUSED = "paused"
    INTERRUPTED = "interrupted"
    CHECKING = "checking"
    REVIEW = "review"
    ENDED = "ended"


_MAY_SEND = frozenset({Phase.READY, Phase.PAUSED, Phase.INTERRUPTED})
# Not between: what was sent keeps the label that it was sent with.
_MAY_LABEL = frozenset({Phase.READY, Phase.REVIEW})
_ON_THE_WAY = frozenset({Phase.SENDING, Phase.PAUSED, Phase.INTERRUPTED})
_BY_STATUS = {
    "checking": Phase.CHECKING,
    "checked": Phase.REVIEW,
    "accepted": Phase.ENDED,
    "discarded": Phase.ENDED,
    "failed": Phase.ENDED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributeState:
    """A source, its photographs, and the upload that they become.

    ``lookup`` counts looks, ``attempt`` sendings. ``upload`` is set before photographs are sent
    where an upload that was begun goes on. ``labels`` are those given by hand, by hash; ``desk``
    are the places in ``photos`` that a person goes through, and ``desk_idx`` where they are.
    ``uploads`` is None before the server was asked, ``refusal`` says why it does not tell.
    """

    phase: Phase = Phase.CHOOSING
    lookup: int = 0
    attempt: int = 0
    source: Path | None = None
    labels_path: Path | None = None
    looked: tuple[int, int] = (0, 0)
    photos: tuple[LocalPhoto, ...] = ()
    labels: Mapping[str, str | None] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    desk: tuple[int, ...] = ()
    desk_idx: int = 0
    guesses: tuple[str, tuple[str, ...]] = ("", ())
    transfer: Transfer | None = None
    upload: Upload | None = None
    is_resuming: bool = False
    is_acting: bool = False
    refused: tuple[Refused, ...] = ()
    doubtful: tuple[Doubtful, ...] = ()
    uploads: tuple[Upload, ...] | None = None
    refusal: str | None = None
    unfinished: Unfinished | None = None
    problem: str | None = None

    @property
    def shown(self) -> LocalPhoto | Doubtful | None:
        """The photograph on the desk."""
        if self.phase is Phase.REVIEW:
            return self.doubtful[self.desk_idx] if self.doubtful else None
        if not self.desk or self.phase is Phase.ENDED:
            return None
        return self.photos[self.desk[self.desk_idx]]

    @property
    def num_on_desk(self) -> int:
        """How many photographs a person can go through."""
        return len(self.doubtful) if self.phase is Phase.REVIEW else len(self.desk)

    @property
    def may_label(self) -> bool:
        """A label can be given to the photograph on the desk."""
        return self.shown is not None and self.phase in _MAY_LABEL

    @property
    def is_on_the_way(self) -> bool:
        """Photographs are being sent, or would be if nothing stood in the way."""
        return self.phase in _ON_THE_WAY


def update(state: ContributeState, event: events.Event) -> ContributeState:  # noqa: C901 (one case an event)
    """Return the state after ``event``; late answers leave it as it is."""
    match event:
        case events.SourceNamed():
            return _name_source(state, event.path)
        case events.LabelsNamed():
            return _name_labels(state, event.path)
        case events.LookAdvanced():
            is_late = event.lookup != state.lookup or state.phase is not Phase.LOOKING
            return state if is_late else replace(state, looked=(event.num_done, event.total))
        case events.LookEnded():
            return _show_photos(state, event)
        case events.PhotoMoved():
            return _move(state, event.step)
        case events.LabelGiven():
            return _label(state, event.class_name)
        case events.GuessesFound():
            return replace(state, guesses=(event.sha256, event.class_names))
        case events.SendRequested():
            return _send(state)
        case events.PauseRequested():
            return _stop(state, Phase.PAUSED)
        case events.UploadBegun():
            is_late = event.attempt != state.attempt
            return state if is_late else replace(state, upload=event.upload)
        case events.SendAdvanced():
            is_late = event.attempt != state.attempt
            return state if is_late else replace(state, transfer=event.transfer)
        case events.SendBroken():
            is_late = event.attempt != state.attempt
            broken = replace(state, problem=event.problem)
            return state if is_late else _stop(broken, Phase.INTERRUPTED)
        case events.UploadSeen():
            return _see(state, event.upload)
        case events.ReviewFound():
            return _review(state, event)
        case events.UploadsListed():
            return replace(state, uploads=event.uploads, refusal=event.refusal)
        case events.UploadOpened():
            return _open(state, event.upload)
        case events.AcceptRequested():
            return replace(state, is_acting=state.phase is Phase.REVIEW, problem=None)
        case events.DiscardRequested():
            # What is on its way comes to nothing: its answers are those of an older attempt.
            return replace(
                _stop(state, Phase.PAUSED), is_acting=state.upload is not None, problem=None
            )
        case events.ActionFailed():
            return replace(state, is_acting=False, problem=event.problem)
        case events.UnfinishedFound():
            is_new = state.phase is Phase.CHOOSING and state.upload is None
            return replace(state, unfinished=event.unfinished) if is_new else state
        case events.UnfinishedResumed():
            return _resume(state)
        case events.UnfinishedForgotten():
            return replace(state, unfinished=None)
        case events.ProblemFound():
            return replace(state, problem=event.problem)
        case events.ProblemDismissed():
            return replace(state, problem=None)
        case _:
            assert_never(event)


def _start_over(state: ContributeState) -> ContributeState:
    """Return an empty tab that still knows what the server told, and counts on."""
    return ContributeState(
        lookup=state.lookup + 1,
        attempt=state.attempt + 1,
        uploads=state.uploads,
        refusal=state.refusal,
    )


def _name_source(state: ContributeState, path: Path | None) -> ContributeState:
    if path is None:
        return _start_over(state)
    if state.is_on_the_way or state.is_acting:
        return replace(
            state,
            problem="Photographs are on their way. Let them arrive, or give this upload up first.",
        )
    # An upload that waits for its photographs was opened from the list: they are for it.
    is_waiting = state.upload is not None and state.upload.status == "receiving"
    return replace(
        _start_over(state),
        phase=Phase.LOOKING,
        source=path,
        upload=state.upload if is_waiting else None,
    )


def _name_labels(state: ContributeState, path: Path) -> ContributeState:
    if state.source is None or state.phase is not Phase.READY:
        return replace(state, problem="Name the folder or zip with the photographs first.")
    return replace(
        state,
        phase=Phase.LOOKING,
        lookup=state.lookup + 1,
        labels_path=path,
        looked=(0, 0),
        problem=None,
    )


def _show_photos(state: ContributeState, event: events.LookEnded) -> ContributeState:
    if event.lookup != state.lookup or state.phase is not Phase.LOOKING:
        return state
    if not event.photos:
        # A folder on a stick that is not plugged in: what was begun can still go on later.
        return replace(_start_over(state), unfinished=state.unfinished, problem=event.problem)
    photos = give_labels(event.photos, state.labels)
    ready = replace(
        state,
        phase=Phase.READY,
        photos=photos,
        tally=tally(photos),
        desk=order_for_desk(photos),
        desk_idx=0,
        is_resuming=False,
        problem=event.problem,
    )
    return _send(ready) if state.is_resuming else ready


def _move(state: ContributeState, step: int) -> ContributeState:
    last_idx = max(0, state.num_on_desk - 1)
    return replace(state, desk_idx=min(max(state.desk_idx + step, 0), last_idx))


def _label(state: ContributeState, class_name: str | None) -> ContributeState:
    shown = state.shown
    if not state.may_label or shown is None:
        return state
    if isinstance(shown, Doubtful):
        # The work sends it to the server, and reads all anew if the server does not take it.
        doubtful = tuple(item for item in state.doubtful if item is not shown)
        return _move(replace(state, doubtful=doubtful), 0)
    place = state.desk[state.desk_idx]
    photos = (
        *state.photos[:place],
        give_label(shown, class_name),
        *state.photos[place + 1 :],
    )
    labelled = replace(
        state,
        photos=photos,
        tally=tally(photos),
        labels={**state.labels, shown.sha256: class_name},
    )
    # Who gives a missing label wants the next one; who mends one may want to look at it again.
    return labelled if shown.is_ready else _move(labelled, 1)


def _send(state: ContributeState) -> ContributeState:
    if state.phase not in _MAY_SEND or state.is_acting:
        return state
    if not state.tally.num_ready:
        return replace(state, problem="No photograph has a label yet: give some, then send.")
    return replace(state, phase=Phase.SENDING, attempt=state.attempt + 1, problem=None)


def _stop(state: ContributeState, phase: Phase) -> ContributeState:
    if state.phase is not Phase.SENDING:
        return state
    return replace(state, phase=phase, attempt=state.attempt + 1)


def _see(state: ContributeState, upload: Upload) -> ContributeState:
    if state.upload is None or upload.upload_id != state.upload.upload_id:
        return state
    phase = _BY_STATUS.get(upload.status, state.phase)
    if phase is state.phase:
        return replace(state, upload=upload)
    return replace(state, upload=upload, phase=phase, desk_idx=0, is_acting=False)


def _review(state: ContributeState, event: events.ReviewFound) -> ContributeState:
    if state.upload is None or event.upload_id != state.upload.upload_id:
        return state
    return _move(replace(state, refused=event.refused, doubtful=event.doubtful), 0)


def _open(state: ContributeState, upload: Upload) -> ContributeState:
    if state.is_on_the_way or state.is_acting:
        return state
    return _see(replace(_start_over(state), upload=upload), upload)


def _resume(state: ContributeState) -> ContributeState:
    unfinished = state.unfinished
    if unfinished is None or state.phase is not Phase.CHOOSING:
        return state
    return replace(
        _start_over(state),
        phase=Phase.LOOKING,
        source=unfinished.source,
        labels_path=unfinished.labels_path,
        labels=unfinished.labels,
        upload=Upload(upload_id=unfinished.upload_id),
        unfinished=unfinished,
        is_resuming=True,
    )
