"""The tab on photographs that a person gives."""

import dearpygui.dearpygui as dpg

from gui.contribute import events
from gui.contribute.layout import measure
from gui.contribute.pictures import SIDE_PX
from gui.contribute.state import ContributeState, Phase
from gui.contribute.widgets.desk_card import DeskCard
from gui.contribute.widgets.source_bar import SourceBar
from gui.contribute.widgets.story_card import Deeds, StoryCard
from gui.contribute.widgets.uploads_card import UploadsCard
from gui.contribute.words import say_count
from gui.contribute.work import ContributeWork
from gui.kit.layout import Area
from gui.kit.tabs import TabView
from gui.kit.toolkit import Toolkit
from gui.kit.widgets.question import Question

_WITHOUT_PHOTO = frozenset({Phase.CHOOSING, Phase.LOOKING, Phase.CHECKING, Phase.ENDED})


class ContributePage:
    """Built once; ``show`` brings it up to date."""

    def __init__(self, kit: Toolkit[events.Event], work: ContributeWork) -> None:
        """Build the parts inside the open window; the pictures come from ``work``."""
        self._kit = kit
        self._work = work
        self._state = ContributeState()
        self._question = Question(kit)
        with dpg.group() as self.root:
            self._source = SourceBar(kit)
            deeds = Deeds(
                accept=self._ask_to_accept,
                discard=lambda: self._ask_to_give_up(events.DiscardRequested()),
                forget=lambda: self._ask_to_give_up(events.UnfinishedForgotten()),
            )
            self._story = StoryCard(kit, deeds)
            slot = kit.kept.get("contribute", lambda: kit.kept.yard.add_slot(SIDE_PX, SIDE_PX))
            self._desk = DeskCard(kit, slot)
            self._uploads = UploadsCard(kit)

    def show(self, view: TabView[ContributeState], area: Area) -> None:
        """Show how far the photographs are."""
        self._state = state = view.part
        layout = measure(area, scale=self._kit.scale)
        self._source.show(layout.source)
        self._story.show(view, layout.story)
        has_desk = state.phase not in _WITHOUT_PHOTO
        dpg.configure_item(self._desk.root, show=has_desk)
        dpg.configure_item(self._uploads.root, show=not has_desk)
        if has_desk:
            picture = self._work.get_picture(state.shown.sha256) if state.shown else None
            self._desk.show(state, picture, layout.desk)
        else:
            self._uploads.show(view, layout.desk)

    def take_keys(self, *, has_ctrl: bool, is_walking: bool) -> bool:
        """Ctrl+O opens folders, Ctrl+Enter does what comes next, number keys give labels."""
        if is_walking and not has_ctrl:
            return False
        if self._question.take_keys() or self._source.take_keys():
            return True
        if has_ctrl:
            if dpg.is_key_pressed(dpg.mvKey_O):
                self._source.open_folders()
            if dpg.is_key_pressed(dpg.mvKey_Return):
                self._go_on()
            return False
        # In the path field keys are text.
        if not dpg.is_item_active(self._source.field):
            self._take_desk_keys()
        return False

    def _go_on(self) -> None:
        """Do what the green button does."""
        state = self._state
        if state.phase is Phase.REVIEW and state.upload is not None and state.upload.accepted:
            self._ask_to_accept()
        else:
            self._kit.post(events.SendRequested())

    def _take_desk_keys(self) -> None:
        step = dpg.is_key_pressed(dpg.mvKey_Right) - dpg.is_key_pressed(dpg.mvKey_Left)
        if step:
            self._kit.post(events.PhotoMoved(step=step))
        if dpg.is_key_pressed(dpg.mvKey_Spacebar):
            is_sending = self._state.phase is Phase.SENDING
            is_paused = self._state.phase in (Phase.PAUSED, Phase.INTERRUPTED)
            if is_sending or is_paused:
                self._kit.post(events.PauseRequested() if is_sending else events.SendRequested())
        if not self._state.may_label:
            return
        for digit in range(1, 10):
            keys = dpg.mvKey_1 + digit - 1, dpg.mvKey_NumPad1 + digit - 1
            if any(dpg.is_key_pressed(key) for key in keys):
                self._desk.give_choice(digit - 1)
        if dpg.is_key_pressed(dpg.mvKey_0) or dpg.is_key_pressed(dpg.mvKey_NumPad0):
            self._kit.post(events.LabelGiven(class_name=None))

    def _ask_to_accept(self) -> None:
        num_doubtful = len(self._state.doubtful)
        if not num_doubtful:
            self._kit.post(events.AcceptRequested())
            return
        self._question.ask(
            "Some labels were not looked at",
            f"{say_count(num_doubtful)} may bear a wrong label, and a model learns from what it is "
            "told. Those without a label stay out either way.",
            yes="Take them as they are",
            no="Look at them",
            on_yes=lambda: self._kit.post(events.AcceptRequested()),
        )

    def _ask_to_give_up(self, event: events.DiscardRequested | events.UnfinishedForgotten) -> None:
        self._question.ask(
            "Give this upload up?",
            "Its photographs are deleted from the server. Those on this laptop stay.",
            yes="Give it up",
            no="Keep it",
            on_yes=lambda: self._kit.post(event),
        )
