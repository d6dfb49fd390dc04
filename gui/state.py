"""The window's whole state: one frozen value, changed by the pure ``update(state, event)``."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from gui import events
from gui.contribute import events as contribute_events
from gui.contribute.state import ContributeState
from gui.contribute.state import update as update_contribute
from gui.dataset import events as dataset_events
from gui.dataset.state import DatasetState
from gui.dataset.state import update as update_dataset
from gui.diagnose import events as diagnose_events
from gui.diagnose.state import DiagnoseState
from gui.diagnose.update import update as update_diagnose
from gui.kit.server_status import ServerMode, ServerStatus
from gui.kit.tabs import Tab, TabView
from gui.retrain import events as retrain_events
from gui.retrain.state import RetrainState
from gui.retrain.state import update as update_retrain
from gui.service import events as service_events
from gui.service.state import ServiceState
from gui.service.state import update as update_service
from gui.settings import events as settings_events
from gui.settings.state import SettingsState
from gui.settings.state import update as update_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class AppState:
    """All that the window shows: what every tab shares, and a part for each.

    ``problem`` belongs to no tab and is shown until it is dismissed.
    """

    server: ServerStatus
    tab: Tab = Tab.DIAGNOSE
    problem: str | None = None
    diagnose: DiagnoseState = field(default_factory=DiagnoseState)
    dataset: DatasetState = field(default_factory=DatasetState)
    contribute: ContributeState = field(default_factory=ContributeState)
    retrain: RetrainState = field(default_factory=RetrainState)
    service: ServiceState = field(default_factory=ServiceState)
    settings: SettingsState = field(default_factory=SettingsState)

    @property
    def shown_problem(self) -> str | None:
        """What the banner says: the window's own problem first, then the tab's."""
        return self.problem or self._parts[self.tab].problem

    @property
    def is_busy(self) -> bool:
        """Work is under way that the user waits for."""
        return self.diagnose.is_busy or self.dataset.is_busy

    def view(self, tab: Tab) -> "TabView[TabState]":
        """Return what a tab sees: its part and what all share."""
        return TabView(part=self._parts[tab], server=self.server, is_open=self.tab is tab)

    @property
    def _parts(self) -> "dict[Tab, TabState]":
        return {
            Tab.DIAGNOSE: self.diagnose,
            Tab.DATASET: self.dataset,
            Tab.CONTRIBUTE: self.contribute,
            Tab.RETRAIN: self.retrain,
            Tab.SERVICE: self.service,
            Tab.SETTINGS: self.settings,
        }


TabState = (
    DiagnoseState | DatasetState | ContributeState | RetrainState | ServiceState | SettingsState
)

_DISMISSED: Mapping[Tab, events.TabEvent] = {
    Tab.DIAGNOSE: diagnose_events.ProblemDismissed(),
    Tab.DATASET: dataset_events.ProblemDismissed(),
    Tab.CONTRIBUTE: contribute_events.ProblemDismissed(),
    Tab.RETRAIN: retrain_events.ProblemDismissed(),
    Tab.SERVICE: service_events.ProblemDismissed(),
    Tab.SETTINGS: settings_events.ProblemDismissed(),
}


def create_state(server_url: str, settings: SettingsState | None = None) -> AppState:
    """Return the state of a window just opened; ``settings`` None: those of a first start."""
    return AppState(
        server=ServerStatus(mode=ServerMode.CHECKING, url=server_url),
        settings=settings or SettingsState(),
    )


def update(state: AppState, event: events.Event) -> AppState:
    """Return the state after ``event``; late answers leave it as it is."""
    match event:
        case events.TabSelected():
            return replace(state, tab=event.tab)
        case events.ServerReported():
            # A look at the server before the present one ends late.
            is_late = event.status.url != state.server.url
            return state if is_late else replace(state, server=event.status)
        case events.ProblemReported():
            return replace(state, problem=event.problem)
        case events.ProblemDismissed():
            return _dismiss(state)
        case _:
            return _update_part(state, event)


def _update_part(state: AppState, event: events.TabEvent) -> AppState:
    if isinstance(event, diagnose_events.Event):
        return replace(state, diagnose=update_diagnose(state.diagnose, event))
    if isinstance(event, dataset_events.Event):
        return replace(state, dataset=update_dataset(state.dataset, event))
    if isinstance(event, contribute_events.Event):
        return replace(state, contribute=update_contribute(state.contribute, event))
    if isinstance(event, retrain_events.Event):
        return replace(state, retrain=update_retrain(state.retrain, event))
    if isinstance(event, service_events.Event):
        return replace(state, service=update_service(state.service, event))
    return _set_up(state, update_settings(state.settings, event))


def _set_up(state: AppState, settings: SettingsState) -> AppState:
    if settings.server_url == state.settings.server_url:
        return replace(state, settings=settings)
    server = ServerStatus(mode=ServerMode.CHECKING, url=settings.server_url)
    return replace(state, settings=settings, server=server)


def _dismiss(state: AppState) -> AppState:
    if state.problem is not None:
        return replace(state, problem=None)
    return _update_part(state, _DISMISSED[state.tab])
