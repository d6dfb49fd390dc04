"""The tab on training anew."""

import dearpygui.dearpygui as dpg

from gui.kit.layout import Area
from gui.kit.tabs import TabView
from gui.kit.toolkit import Toolkit
from gui.kit.widgets.question import Question
from gui.retrain import events
from gui.retrain.layout import measure
from gui.retrain.state import Part, RetrainState
from gui.retrain.widgets.models_card import ModelsCard
from gui.retrain.widgets.parts_bar import PartsBar
from gui.retrain.widgets.run_card import Deeds, RunCard
from gui.retrain.widgets.start_card import StartCard
from gui.retrain.widgets.trail_card import TrailCard
from gui.retrain.words import find_version_to_approve, say_material
from gui.retrain.work import RetrainWork


class RetrainPage:
    """Built once; ``show`` brings it up to date."""

    def __init__(self, kit: Toolkit[events.Event], work: RetrainWork) -> None:  # noqa: ARG002 (draws from the state alone)
        """Build the parts inside the open window."""
        self._kit = kit
        self._state = RetrainState()
        self._question = Question(kit)
        with dpg.group() as self.root:
            self._parts = PartsBar(kit)
            self._start = StartCard(kit, self._ask_to_start)
            self._run = RunCard(
                kit, Deeds(cancel=self._ask_to_cancel, approve=self._ask_to_approve)
            )
            self._models = ModelsCard(
                kit, promote=self._ask_to_promote, roll_back=self._ask_to_roll_back
            )
            self._trail = TrailCard(kit)

    def show(self, view: TabView[RetrainState], area: Area) -> None:
        """Show the part that was chosen."""
        self._state = state = view.part
        layout = measure(area, scale=self._kit.scale)
        self._parts.show(state, layout.parts)
        for card, part in (
            (self._start, Part.RUNS),
            (self._run, Part.RUNS),
            (self._models, Part.MODELS),
            (self._trail, Part.TRAIL),
        ):
            dpg.configure_item(card.root, show=state.part is part)
        match state.part:
            case Part.RUNS:
                self._start.show(view, layout.side)
                self._run.show(view, layout.main)
            case Part.MODELS:
                self._models.show(view, layout.body)
            case Part.TRAIL:
                self._trail.show(view, layout.body)

    def take_keys(self, *, has_ctrl: bool, is_walking: bool) -> bool:
        """Up and down go through runs, Ctrl+Enter starts one or approves of the one on show."""
        self._run.settle()
        if is_walking and not has_ctrl:
            return False
        if self._question.take_keys():
            return True
        state = self._state
        if state.part is not Part.RUNS:
            return False
        if has_ctrl and dpg.is_key_pressed(dpg.mvKey_Return) and state.acting is None:
            if find_version_to_approve(state) is not None:
                self._ask_to_approve()
            elif state.unlearnt:
                self._ask_to_start()
        step = dpg.is_key_pressed(dpg.mvKey_Down) - dpg.is_key_pressed(dpg.mvKey_Up)
        ids = [run.run_id for run in state.runs or ()]
        if step and state.picked_id in ids:
            idx = min(max(ids.index(state.picked_id) + step, 0), len(ids) - 1)
            self._kit.post(events.RunPicked(run_id=ids[idx]))
        return False

    def _ask_to_start(self) -> None:
        if self._state.is_approval_needed:
            self._kit.post(events.StartRequested())
            return
        self._question.ask(
            "Start without asking you again?",
            f"{say_material(self._state.unlearnt)} If the outcome passes every comparison, it "
            "answers everybody from then on.",
            yes="Start",
            no="Not now",
            on_yes=lambda: self._kit.post(events.StartRequested()),
        )

    def _ask_to_cancel(self) -> None:
        self._question.ask(
            "Cancel this run?",
            "What it has learnt so far is lost. The present model answers as before, and the "
            "photographs can be learnt from later.",
            yes="Cancel the run",
            no="Let it go on",
            on_yes=lambda: self._kit.post(events.CancelRequested()),
        )

    def _ask_to_approve(self) -> None:
        version = find_version_to_approve(self._state)
        if version is not None:
            self._ask_to_promote(version)

    def _ask_to_promote(self, model_version: str) -> None:
        self._question.ask(
            "Let this model take over?",
            f"{model_version} answers everybody from then on. You can go back to the present one "
            "at any time.",
            yes="Let it take over",
            no="Not now",
            on_yes=lambda: self._kit.post(events.PromoteRequested(model_version=model_version)),
        )

    def _ask_to_roll_back(self, model_version: str) -> None:
        self._question.ask(
            "Go back to the model before?",
            f"{model_version} answers everybody again. The present one stays in the list.",
            yes="Go back",
            no="Not now",
            on_yes=lambda: self._kit.post(events.RollBackRequested()),
        )
