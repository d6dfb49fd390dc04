"""What is asked of the server, and how its answers become events. All of it runs on workers."""

import contextlib
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from cluster.storage import Layout
from gui.contribute import events
from gui.contribute.memory import UploadMemory
from gui.contribute.state import ContributeState, Phase
from gui.contribute.values import Transfer, Unfinished, Upload
from gui.kit.connection import Connection
from gui.kit.refusals import say_refusal

if TYPE_CHECKING:
    from serve_app.upload_client import UploadCalls

_DEED = "contribute photographs"
_MAX_DOUBTFUL = 1000
_LIST_EVERY = 5
_CUT = (
    "The connection to the server was lost. Nothing is lost: what has arrived stays there. Press "
    "Continue when the server answers again."
)
_NO_MEMORY = (
    "This laptop cannot note which upload was begun ({reason}). Keep the window open until the "
    "photographs have arrived."
)
# Those whose label a person could mend, and the reviewer's own word.
_MENDABLE = frozenset({"unlabelled", "unknown_label", "conflicting_labels"})


class ServerSide:
    """The uploads of one server, for one tab."""

    def __init__(
        self, post: Callable[[events.Event], None], connection: Connection, layout: Layout
    ) -> None:
        """Take where answers go, the server, and where to remember what was begun."""
        self._post = post
        self._connection = connection
        self._memory = UploadMemory(layout)
        self._num_looks = 0

    def recall(self) -> None:
        """Tell of an upload that an earlier run of the window did not end."""
        unfinished = self._memory.load()
        if unfinished is not None:
            self._post(events.UnfinishedFound(unfinished=unfinished))

    def forget(self, upload_id: str) -> None:
        """Remember an upload no more: it came to its end."""
        self._memory.forget(upload_id)

    def give_up(self, upload_id: str) -> None:
        """Forget an upload, and let the server forget it."""
        self._memory.forget(upload_id)
        self.discard(upload_id)

    def send(self, state: ContributeState, is_stopped: threading.Event) -> None:
        """Send what is ready; ends early once ``is_stopped`` is set."""
        from gui.contribute.sender import Parcel, SourceChangedError, send
        from gui.contribute.sources import SourceError
        from models.images import ImageError
        from serve_app.client import ServerUnreachableError

        if is_stopped.is_set() or state.source is None:
            return
        parcel = Parcel(
            source=state.source,
            labels_path=state.labels_path,
            photos=tuple(photo for photo in state.photos if photo.is_ready),
            upload_id=state.upload.upload_id if state.upload is not None else None,
        )
        attempt = state.attempt
        try:
            upload = send(
                self._connection.get_client(),
                parcel,
                is_stopped=is_stopped,
                on_begun=lambda begun: self._begin(state, begun),
                on_progress=lambda transfer: self._tell_progress(attempt, transfer),
            )
        except ServerUnreachableError:
            self._post(events.SendBroken(attempt=attempt, problem=_CUT))
        except (SourceError, SourceChangedError, ImageError) as error:
            self._post(events.SendBroken(attempt=attempt, problem=str(error)))
        except _list_refusals() as error:
            problem = say_refusal(error, deed=_DEED)
            self._post(events.SendBroken(attempt=attempt, problem=problem))
        else:
            if upload is not None:
                self._post(events.UploadSeen(upload=upload))

    def review(self, upload_id: str) -> None:
        """Tell what the check found."""
        from gui.contribute.answers import to_doubtful, to_refused
        from serve_app.schemas import ItemsQuery

        def ask(uploads: "UploadCalls") -> None:
            doubted = ItemsQuery(only="suspicious", limit=_MAX_DOUBTFUL)
            rejected = ItemsQuery(only="rejected", limit=_MAX_DOUBTFUL)
            mendable = [
                item
                for item in uploads.list_items(upload_id, rejected).items
                if item.code in _MENDABLE
            ]
            self._post(
                events.ReviewFound(
                    upload_id=upload_id,
                    refused=to_refused(uploads.list_rejections(upload_id)),
                    doubtful=to_doubtful(
                        [*uploads.list_items(upload_id, doubted).items, *mendable]
                    ),
                )
            )

        self._do(ask)

    def correct(self, upload_id: str, sha256: str, class_name: str | None) -> None:
        """Give a photograph the class that a person says; None leaves it out."""

        def ask(uploads: "UploadCalls") -> None:
            uploads.correct(upload_id, sha256, class_name)
            self._see(uploads, upload_id)

        if not self._do(ask):
            self.review(upload_id)

    def accept(self, upload_id: str) -> None:
        """Take an upload into the data."""
        from gui.contribute.answers import to_upload

        self._do(
            lambda uploads: self._post(
                events.UploadSeen(upload=to_upload(uploads.accept(upload_id)))
            )
        )

    def discard(self, upload_id: str) -> None:
        """Give an upload up."""
        from gui.contribute.answers import to_upload

        self._do(
            lambda uploads: self._post(
                events.UploadSeen(upload=to_upload(uploads.discard(upload_id)))
            )
        )

    def get_picture(self, upload_id: str, sha256: str) -> bytes | None:
        """Return a small copy of a photograph; None if the server gives none."""
        try:
            return self._connection.get_client().uploads.get_picture(upload_id, sha256)
        except _list_refusals():
            return None

    def look_again(self, state: ContributeState) -> None:
        """Ask what may have changed since; tell only what did."""
        if state.phase is Phase.CHECKING and state.upload is not None:
            # The window says by itself when the server is away.
            with contextlib.suppress(*_list_refusals()):
                uploads = self._connection.get_client().uploads
                self._see(uploads, state.upload.upload_id, known=state.upload)
        elif state.phase is Phase.CHOOSING:
            if self._num_looks % _LIST_EVERY == 0 or state.uploads is None:
                self._list(state)
            self._num_looks += 1

    def _list(self, state: ContributeState) -> None:
        from gui.contribute.answers import to_upload

        try:
            answers = self._connection.get_client().uploads.list_all()
        except _list_refusals() as error:
            listed = events.UploadsListed(uploads=(), refusal=say_refusal(error, deed=_DEED))
        else:
            listed = events.UploadsListed(uploads=tuple(map(to_upload, answers)))
        if (listed.uploads, listed.refusal) != (state.uploads, state.refusal):
            self._post(listed)

    def _see(self, uploads: "UploadCalls", upload_id: str, *, known: Upload | None = None) -> None:
        from gui.contribute.answers import to_upload

        upload = to_upload(uploads.get(upload_id))
        if upload != known:
            self._post(events.UploadSeen(upload=upload))

    def _begin(self, state: ContributeState, upload: Upload) -> None:
        self._post(events.UploadBegun(attempt=state.attempt, upload=upload))
        if state.source is None:
            return
        unfinished = Unfinished(
            upload_id=upload.upload_id,
            server_url=self._connection.url,
            source=state.source,
            labels_path=state.labels_path,
            labels=dict(state.labels),
        )
        try:
            self._memory.save(unfinished)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            self._post(events.ProblemFound(problem=_NO_MEMORY.format(reason=reason)))

    def _tell_progress(self, attempt: int, transfer: Transfer) -> None:
        self._post(events.SendAdvanced(attempt=attempt, transfer=transfer))

    def _do(self, ask: "Callable[[UploadCalls], None]") -> bool:
        """Ask the server; tell why if it did not do it."""
        try:
            ask(self._connection.get_client().uploads)
        except _list_refusals() as error:
            self._post(events.ActionFailed(problem=say_refusal(error, deed=_DEED)))
            return False
        return True


def _list_refusals() -> tuple[type[Exception], ...]:
    # Imported when asked: the HTTP library would hold up the window.
    from serve_app.client import ClientError
    from serve_app.key_file import KeyFileUnusableError

    return (ClientError, KeyFileUnusableError)
