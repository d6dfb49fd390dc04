"""The work behind the tab: asks the server while the tab is open, and does what the user asks."""

import contextlib
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from gui.kit.connection import Connection
from gui.kit.desk import Desk
from gui.kit.refusals import say_refusal
from gui.kit.server_status import ServerMode
from gui.kit.tabs import TabView
from gui.kit.workers import Repeater, Workers
from gui.retrain import events
from gui.retrain.state import Part, RetrainState

if TYPE_CHECKING:
    from serve_app.client import LeafrayClient

_POLL_S = 1.0
# Rounds between two looks at what changes seldom.
_LIST_EVERY, _SELDOM_EVERY = 4, 8
_MAX_DEEDS = 500
_MAX_LOG_CHARS = 20_000
_TRAIN = "train models"
_DECIDE = "decide which model answers"
_READ_TRAIL = "read the history"


class RetrainWork:
    """Turns what is asked of the tab into jobs."""

    def __init__(self, desk: Desk[events.Event], connection: Connection) -> None:
        """Take where answers go, and the server; nothing runs yet."""
        self._desk = desk
        self._connection = connection
        self._view: TabView[RetrainState] | None = None
        self._workers = Workers("retrain", num_threads=1, report_crash=desk.report_crash)
        self._poll: Repeater | None = None
        self._round = 0

    def start(self) -> None:
        """Start the thread of what the user asks for."""
        self._workers.start()

    def close(self) -> None:
        """End the threads; a run on the server goes on."""
        if self._poll is not None:
            self._poll.close()
        self._workers.close()

    def follow(
        self,
        event: events.Event | None,
        before: TabView[RetrainState],
        after: TabView[RetrainState],
    ) -> None:
        """Start what the step from ``before`` to ``after`` asks for."""
        self._view = after
        if (after.is_open and not before.is_open) or after.part.part is not before.part.part:
            self._round = 0
        is_new_deed = before.part.acting is None and after.part.acting is not None
        if event is not None and is_new_deed:
            self._workers.submit(partial(self._act, event, after.part))
        is_asked = after.is_open and after.server.mode is ServerMode.ONLINE
        if is_asked and self._poll is None:
            self._poll = Repeater(
                "retrain-poll",
                self._look_again,
                interval_s=_POLL_S,
                report_crash=self._desk.report_crash,
            )

    # From here on: on workers.

    def _act(self, event: events.Event, state: RetrainState) -> None:
        match event:
            case events.StartRequested():
                self._do(_TRAIN, lambda client: self._start(client, state))
            case events.CancelRequested() if state.picked_id is not None:
                self._do(_TRAIN, partial(self._cancel, run_id=state.picked_id))
            case events.PromoteRequested():
                self._do(_DECIDE, partial(self._promote, model_version=event.model_version))
            case events.RollBackRequested():
                self._do(_DECIDE, self._roll_back)
            case _:
                self._desk.post(events.ActionFailed(problem="There is no run to end."))

    def _start(self, client: "LeafrayClient", state: RetrainState) -> None:
        from gui.retrain.answers import to_run

        run = client.loop.start_run(config=state.config, require_approval=state.is_approval_needed)
        self._desk.post(events.RunStarted(run=to_run(run)))

    def _cancel(self, client: "LeafrayClient", *, run_id: str) -> None:
        from gui.retrain.answers import to_run

        self._desk.post(events.CancelTaken(run=to_run(client.loop.cancel_run(run_id))))

    def _promote(self, client: "LeafrayClient", *, model_version: str) -> None:
        done = client.loop.promote(model_version)
        self._desk.post(events.ChampionChanged(model_version=done.model_version))
        self._round = 0

    def _roll_back(self, client: "LeafrayClient") -> None:
        done = client.loop.roll_back()
        self._desk.post(events.ChampionChanged(model_version=done.model_version))
        self._round = 0

    def _do(self, deed: str, ask: "Callable[[LeafrayClient], None]") -> None:
        try:
            ask(self._connection.get_client())
        except _list_refusals() as error:
            self._desk.post(events.ActionFailed(problem=say_refusal(error, deed=deed)))

    def _look_again(self) -> None:
        view = self._view
        if view is None or not view.is_open or view.server.mode is not ServerMode.ONLINE:
            return
        state, round_idx = view.part, self._round
        self._round += 1
        match state.part:
            case Part.RUNS:
                self._look_at_runs(state, round_idx)
            case Part.MODELS if round_idx % _SELDOM_EVERY == 0:
                self._list_models(state)
            case Part.TRAIL if round_idx % _SELDOM_EVERY == 0:
                self._read_trail(state)

    def _look_at_runs(self, state: RetrainState, round_idx: int) -> None:
        picked = state.picked
        if round_idx % _LIST_EVERY == 0:
            self._list_runs(state)
        elif picked is not None and picked.is_at_work:
            self._see_run(state)
        # What an ended run printed does not change any more.
        is_log_due = picked is not None and (picked.is_at_work or state.log[0] != picked.run_id)
        if is_log_due and round_idx % 2 == 0:
            self._read_log(state)
        if state.is_report_due and round_idx % 2 == 1:
            self._read_report(state)

    def _list_runs(self, state: RetrainState) -> None:
        from gui.retrain.answers import to_accepted, to_run

        try:
            client = self._connection.get_client()
            runs = tuple(map(to_run, client.loop.list_runs()))
            listed = events.RunsListed(runs=runs, accepted=to_accepted(client.uploads.list_all()))
        except _list_refusals() as error:
            listed = events.RunsListed(refusal=say_refusal(error, deed=_TRAIN))
        if (listed.runs, listed.accepted, listed.refusal) != (
            state.runs,
            state.accepted,
            state.refusal,
        ):
            self._desk.post(listed)

    def _see_run(self, state: RetrainState) -> None:
        from gui.retrain.answers import to_run

        if state.picked_id is None:
            return
        # The window says by itself when the server is away.
        with contextlib.suppress(*_list_refusals()):
            run = to_run(self._connection.get_client().loop.get_run(state.picked_id))
            if run != state.picked:
                self._desk.post(events.RunSeen(run=run))

    def _read_log(self, state: RetrainState) -> None:
        run_id = state.picked_id
        if run_id is None:
            return
        try:
            text = self._connection.get_client().loop.read_logs(run_id)[-_MAX_LOG_CHARS:]
        except _list_refusals():
            text = ""
        if state.log != (run_id, text):
            self._desk.post(events.LogRead(run_id=run_id, text=text))

    def _read_report(self, state: RetrainState) -> None:
        from gui.retrain.answers import to_report

        picked = state.picked
        if picked is None:
            return
        # A server that tells none leaves the curves as they were seen.
        with contextlib.suppress(*_list_refusals()):
            answer = self._connection.get_client().loop.read_report(picked.run_id)
            read = to_report(answer, status=picked.status)
            known = state.points.get(picked.run_id, ())
            if read.report != state.report or len(read.points) > len(known):
                self._desk.post(read)

    def _list_models(self, state: RetrainState) -> None:
        from gui.retrain.answers import to_model

        try:
            models = tuple(map(to_model, self._connection.get_client().loop.list_models()))
            listed = events.ModelsListed(models=models)
        except _list_refusals() as error:
            listed = events.ModelsListed(refusal=say_refusal(error, deed="see the models"))
        if (listed.models, listed.refusal) != (state.models, state.models_refusal):
            self._desk.post(listed)

    def _read_trail(self, state: RetrainState) -> None:
        from gui.retrain.answers import to_deeds

        try:
            entries = self._connection.get_client().loop.read_history(limit=_MAX_DEEDS)
            read = events.TrailRead(deeds=to_deeds(entries))
        except _list_refusals() as error:
            read = events.TrailRead(refusal=say_refusal(error, deed=_READ_TRAIL))
        if (read.deeds, read.refusal) != (state.deeds, state.trail_refusal):
            self._desk.post(read)


def _list_refusals() -> tuple[type[Exception], ...]:
    # Imported when asked: the HTTP library would hold up the window.
    from serve_app.client import ClientError
    from serve_app.key_file import KeyFileUnusableError

    return (ClientError, KeyFileUnusableError)
