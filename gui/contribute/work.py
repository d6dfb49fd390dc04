"""The work behind the tab: looks, sendings, the picture on the desk, what the server is asked."""

import contextlib
import threading
from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING, Any

from gui.contribute import events
from gui.contribute.server_side import ServerSide
from gui.contribute.state import ContributeState, Phase
from gui.contribute.values import Doubtful, LocalPhoto
from gui.kit.connection import Connection
from gui.kit.desk import Desk
from gui.kit.home import find_layout
from gui.kit.server_status import ServerMode
from gui.kit.tabs import TabView
from gui.kit.workers import Job, Repeater, Workers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gui.contribute.pictures import Guesser

_POLL_S = 1.0
_MAX_PICTURES = 16


class ContributeWork:
    """Turns what is asked of the tab into jobs; keeps the pictures that were looked at last."""

    def __init__(self, desk: Desk[events.Event], connection: Connection) -> None:
        """Take where answers go, and the server; nothing runs yet."""
        self._desk = desk
        self._connection = connection
        self._server = ServerSide(desk.post, connection, find_layout())
        self._view: TabView[ContributeState] | None = None
        # Apart, because each may wait long for the network, and the others must not.
        self._workers = {
            name: Workers(name, num_threads=1, report_crash=desk.report_crash)
            for name in ("look", "send", "desk", "ask")
        }
        self._poll: Repeater | None = None
        self._is_stopped = threading.Event()
        # Read by workers, written here: lets them skip what nobody waits for any more.
        self._lookup = 0
        self._wanted_sha256 = ""
        self._pictures: OrderedDict[str, NDArray[np.uint8]] = OrderedDict()
        self._guesser: Guesser | None = None

    def start(self) -> None:
        """Start the threads, and look for an upload that was not ended."""
        for workers in self._workers.values():
            workers.start()
        self._submit("ask", self._server.recall)

    def close(self) -> None:
        """End the threads; what was sent stays on the server, and the next start goes on."""
        self._is_stopped.set()
        if self._poll is not None:
            self._poll.close()
        # At once: each may wait half a second for a request under way.
        closers = [threading.Thread(target=workers.close) for workers in self._workers.values()]
        for closer in closers:
            closer.start()
        for closer in closers:
            closer.join()

    def get_picture(self, sha256: str) -> "NDArray[np.uint8] | None":
        """Return a photograph for the screen, (H, W, 3) uint8, if it is at hand."""
        return self._pictures.get(sha256)

    def follow(
        self,
        event: events.Event | None,
        before: TabView[ContributeState],
        after: TabView[ContributeState],
    ) -> None:
        """Start what the step from ``before`` to ``after`` asks for."""
        self._view = after
        old, new = before.part, after.part
        if new.lookup != old.lookup:
            self._lookup = new.lookup
            if new.phase is Phase.LOOKING:
                self._submit("look", partial(self._look, new))
        if new.attempt != old.attempt:
            # A new one for each attempt: the old one must stay stopped.
            self._is_stopped.set()
            if new.phase is Phase.SENDING:
                self._is_stopped = threading.Event()
                self._submit("send", partial(self._server.send, new, self._is_stopped))
        if event is not None:
            self._act(event, old, new)
        self._bring_picture(new)
        is_asked = after.is_open and after.server.mode is ServerMode.ONLINE
        if is_asked and self._poll is None:
            self._poll = Repeater(
                "contribute-poll",
                self._ask_again,
                interval_s=_POLL_S,
                report_crash=self._desk.report_crash,
            )

    def _act(self, event: events.Event, old: ContributeState, new: ContributeState) -> None:
        upload_id = new.upload.upload_id if new.upload is not None else None
        if isinstance(event, events.UnfinishedForgotten) and old.unfinished is not None:
            self._submit("ask", partial(self._server.give_up, old.unfinished.upload_id))
        if isinstance(event, events.SourceNamed) and old.is_on_the_way:
            # What was left on its way is offered again.
            self._submit("ask", self._server.recall)
        if upload_id is not None and new.phase is Phase.ENDED and old.phase is not Phase.ENDED:
            self._submit("ask", partial(self._server.forget, upload_id))
        if upload_id is None:
            return
        is_other = old.upload is None or old.upload.upload_id != upload_id
        if new.phase is Phase.REVIEW and (is_other or old.phase is not Phase.REVIEW):
            self._submit("ask", partial(self._server.review, upload_id))
        match event:
            case events.LabelGiven() if isinstance(old.shown, Doubtful) and old.may_label:
                correct = partial(
                    self._server.correct, upload_id, old.shown.sha256, event.class_name
                )
                self._submit("ask", correct)
            case events.AcceptRequested() if new.is_acting:
                self._submit("ask", partial(self._server.accept, upload_id))
            case events.DiscardRequested() if new.is_acting:
                self._submit("ask", partial(self._server.discard, upload_id))

    def _submit(self, name: str, job: Job) -> None:
        self._workers[name].submit(job)

    def _bring_picture(self, state: ContributeState) -> None:
        shown = state.shown
        sha256 = shown.sha256 if shown is not None else ""
        if sha256 == self._wanted_sha256:
            return
        self._wanted_sha256 = sha256
        if shown is None or not sha256:
            return
        if isinstance(shown, LocalPhoto):
            is_online = self._view is not None and self._view.server.mode is ServerMode.ONLINE
            self._submit("desk", partial(self._look_closer, state, shown, is_online=is_online))
        elif state.upload is not None:
            self._submit("desk", partial(self._fetch, state.upload.upload_id, sha256))

    def _keep_picture(self, sha256: str, picture: "NDArray[np.uint8]") -> None:
        self._pictures[sha256] = picture
        self._pictures.move_to_end(sha256)
        while len(self._pictures) > _MAX_PICTURES:
            self._pictures.popitem(last=False)

    # From here on: on workers.

    def _look(self, state: ContributeState) -> None:
        from gui.contribute.look import look

        if state.source is None or state.lookup != self._lookup:
            return
        where: dict[str, Any] = {"lookup": state.lookup}

        def tell(num_done: int, total: int) -> None:
            self._desk.post(events.LookAdvanced(**where, num_done=num_done, total=total))

        photos, problem = look(
            state.source,
            state.labels_path,
            tell=tell,
            is_wanted=lambda: state.lookup == self._lookup,
        )
        self._desk.post(events.LookEnded(**where, photos=photos, problem=problem))

    def _look_closer(self, state: ContributeState, photo: LocalPhoto, *, is_online: bool) -> None:
        from gui.contribute.pictures import Guesser, make_picture
        from gui.contribute.sources import read_photo
        from models.images import ImageError
        from serve_app.client import ClientError
        from serve_app.key_file import KeyFileUnusableError

        if photo.sha256 != self._wanted_sha256 or state.source is None:
            return
        try:
            image_bytes = read_photo(state.source, photo.name)
            picture = make_picture(image_bytes)
        except ImageError:
            return  # It is gone since the look; sending will say so.
        self._desk.hand_over(partial(self._keep_picture, photo.sha256, picture))
        self._guesser = self._guesser or Guesser()
        client = None
        if is_online:
            with contextlib.suppress(ClientError, KeyFileUnusableError):
                client = self._connection.get_client()
        class_names = self._guesser.guess(image_bytes, client)
        self._desk.post(events.GuessesFound(sha256=photo.sha256, class_names=class_names))

    def _fetch(self, upload_id: str, sha256: str) -> None:
        from gui.contribute.pictures import make_picture
        from models.images import ImageError

        if sha256 != self._wanted_sha256:
            return
        image_bytes = self._server.get_picture(upload_id, sha256)
        if image_bytes is None:
            return
        with contextlib.suppress(ImageError):
            picture = make_picture(image_bytes)
            self._desk.hand_over(partial(self._keep_picture, sha256, picture))

    def _ask_again(self) -> None:
        view = self._view
        if view is not None and view.is_open and view.server.mode is ServerMode.ONLINE:
            self._server.look_again(view.part)
