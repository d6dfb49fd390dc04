"""Promotion and roll-back: the registry's aliases and the running service change together.

A promotion that fails is taken back on the spot. One that is cut off (killed, power lost) leaves a
note behind, and whoever comes next, a start or another promotion, takes it back: a model counts as
promoted when the service has answered with it, not before.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from cluster import head, serve_control
from cluster.audit import append_entry, make_entry
from cluster.bundle import load_bundle
from cluster.errors import BundleError, ClusterError, PromotionError
from cluster.file_lock import LockTakenError, hold
from cluster.http_probe import wait_for
from cluster.keys import write_private
from cluster.lock import Report, locked
from cluster.machine import find_commit
from cluster.processes import is_alive, load_record
from cluster.registry import Alias, Registry
from cluster.rollout import roll_out
from cluster.serve_config import build_serve_config, replace_models
from cluster.settings import Settings
from cluster.status import load_deployment
from cluster.storage import Layout

_HEAD_ANSWER_TIMEOUT_S = 10.0
_TOLD_METRICS = ("val/top1_accuracy", "val/macro_f1", "val/ece", "field/top1_accuracy")


class Switch(BaseModel):
    """A change of the champion: what was before, and what shall be."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    action: str
    actor: str
    model_version: str
    """The champion to be."""
    champion_before: str | None
    previous_before: str | None


def promote(
    settings: Settings,
    model_version: str,
    *,
    actor: str,
    report: Report,
    reason: str = "",
    data_hash: str | None = None,
    expected_champion: str | None = None,
) -> Switch:
    """Make a registered version the champion, and let the service answer with it if it runs.

    No request is lost: replicas change the model one after the other, inside.

    Args:
        settings: of this installation.
        model_version: as in the artifact's card.
        actor: who asks; stands in the audit trail.
        report: takes one line of progress.
        reason: why; stands in the audit trail.
        data_hash: dataset version that the model rests on.
        expected_champion: the champion that it was compared with; None asks for no comparison.

    Raises:
        PromotionError: another promotion is at work, the version is the champion already, or the
            service refused it and goes on with the one before.
        RegistryError: there is no such version.
    """
    with _switching(settings, report=report) as registry:
        champion = registry.get_alias(Alias.CHAMPION)
        if model_version == champion:
            raise PromotionError(f"{model_version} is the champion already.")
        if expected_champion is not None and champion != expected_champion:
            raise PromotionError(
                f"{model_version} was compared with {expected_champion}, and {champion} is the "
                "champion now. Start another run, which compares with that one."
            )
        switch = Switch(
            action="promote_model",
            actor=actor,
            model_version=model_version,
            champion_before=champion,
            previous_before=registry.get_alias(Alias.PREVIOUS),
        )
        _carry_out(settings, registry, switch, reason=reason, data_hash=data_hash)
    report(f"{model_version} is the champion; before: {switch.champion_before or 'none'}")
    return switch


def roll_back(settings: Settings, *, actor: str, report: Report, reason: str = "") -> Switch:
    """Give the champion's place back to the version before; a second call changes them again.

    Raises:
        PromotionError: there is no version before, or as `promote`.
    """
    with _switching(settings, report=report) as registry:
        champion = registry.get_alias(Alias.CHAMPION)
        previous = registry.get_alias(Alias.PREVIOUS)
        if previous is None:
            raise PromotionError(
                "There is no model before the champion to go back to. "
                "Name one with `python -m cluster promote VERSION`."
            )
        switch = Switch(
            action="roll_back_model",
            actor=actor,
            model_version=previous,
            champion_before=champion,
            previous_before=previous,
        )
        _carry_out(settings, registry, switch, reason=reason, data_hash=None)
    report(f"{switch.model_version} is the champion again; taken back: {switch.champion_before}")
    return switch


def undo_cut_switch(layout: Layout, registry: Registry) -> Switch | None:
    """Take back a change of the champion that was cut off; the cluster's lock must be held."""
    switch = _load_switch(layout.promotion_path)
    if switch is None:
        return None
    _restore_aliases(registry, switch)
    layout.promotion_path.unlink(missing_ok=True)
    _tell(layout, switch, outcome="failed", detail="it was cut off and has been taken back")
    return switch


def is_switch_cut(layout: Layout) -> bool:
    """Tell whether there is something for `undo_cut_switch` to do."""
    return layout.promotion_path.exists()


@contextmanager
def _switching(settings: Settings, *, report: Report) -> Iterator[Registry]:
    """Hold both locks: of promotions, which does not wait, and of start and stop, which does."""
    layout = settings.layout
    layout.state_dir.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        try:
            stack.enter_context(hold(layout.promotion_lock_path))
        except LockTakenError:
            raise PromotionError(
                "Another promotion or roll-back is at work. See what it did with "
                "`python -m cluster history`, then decide again."
            ) from None
        stack.enter_context(locked(layout.lock_path, report=report))
        registry = Registry(settings.mlflow_tracking_uri, layout=layout)
        undo_cut_switch(layout, registry)
        yield registry


def _carry_out(
    settings: Settings, registry: Registry, switch: Switch, *, reason: str, data_hash: str | None
) -> None:
    layout = settings.layout
    artifact_dir = registry.download_artifact(switch.model_version)
    write_private(layout.promotion_path, switch.model_dump_json())
    _tell(layout, switch, outcome="started", detail=reason, data_hash=data_hash)
    try:
        registry.set_alias(Alias.CHAMPION, switch.model_version)
        if switch.champion_before is not None:
            registry.set_alias(Alias.PREVIOUS, switch.champion_before)
        _roll_service(settings, artifact_dir)
    except BaseException as error:
        _restore_aliases(registry, switch)
        layout.promotion_path.unlink(missing_ok=True)
        _tell(layout, switch, outcome="failed", detail=str(error), data_hash=data_hash)
        if isinstance(error, ClusterError):
            raise PromotionError(
                f"{switch.model_version} was not promoted, {switch.champion_before} goes on: "
                f"{error}"
            ) from error
        raise
    layout.promotion_path.unlink(missing_ok=True)
    if registry.get_alias(Alias.CANDIDATE) == switch.model_version:
        registry.delete_alias(Alias.CANDIDATE)
    _tell(layout, switch, outcome="done", detail=reason, data_hash=data_hash)


def _roll_service(settings: Settings, artifact_dir: Path) -> None:
    """Let the service answer with an artifact, if it runs; ready means that every replica does."""
    layout = settings.layout
    if not is_alive(load_record(layout.pid_path(head.SERVICE))):
        if layout.nodes_path.exists():
            # Its replicas go on without it: they would answer with another model than the champion.
            raise PromotionError(
                "The head is away. Run `python -m cluster nodes up`, then try again."
            )
        return
    if not wait_for(lambda: head.is_head_ready(settings), timeout_s=_HEAD_ANSWER_TIMEOUT_S):
        raise PromotionError(
            f"The cluster runs and {settings.dashboard_url} does not answer. Run `make run`, then "
            "try again."
        )
    if serve_control.get_application(settings) is None:
        return
    deployed = load_deployment(layout.deployment_path)
    config = (
        replace_models(deployed, artifact_dir)
        if deployed is not None
        else build_serve_config(
            settings, artifact_dir=artifact_dir, api_keys_path=layout.api_keys_path
        )
    )
    roll_out(settings, config)


def _restore_aliases(registry: Registry, switch: Switch) -> None:
    for alias, version in (
        (Alias.CHAMPION, switch.champion_before),
        (Alias.PREVIOUS, switch.previous_before),
    ):
        if version is None:
            registry.delete_alias(alias)
        else:
            registry.set_alias(alias, version)


def _tell(
    layout: Layout, switch: Switch, *, outcome: str, detail: str, data_hash: str | None = None
) -> None:
    entry = make_entry(
        switch.action,
        switch.model_version,
        actor=switch.actor,
        outcome=outcome,
        detail=detail,
        data_hash=data_hash,
        code_commit=find_commit(),
        before=_describe(layout, switch.champion_before),
        after=_describe(layout, switch.model_version),
    )
    append_entry(layout.audit_path, entry)


def _describe(layout: Layout, model_version: str | None) -> dict[str, float | str | None]:
    figures: dict[str, float | str | None] = {"model_version": model_version}
    if model_version is None:
        return figures
    try:
        metrics = load_bundle(layout.model_dir(model_version)).flat_metrics()
    except BundleError:  # registered here and never fetched
        return figures
    return figures | {name: metrics[name] for name in _TOLD_METRICS if name in metrics}


def _load_switch(path: Path) -> Switch | None:
    try:
        return Switch.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise PromotionError(
            f"{path} cannot be read: {str(error)[:200]}. Remove it, then name the champion with "
            "`python -m cluster promote VERSION`."
        ) from error
