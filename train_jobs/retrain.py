"""The learning loop's run: prepare -> validate -> train -> evaluate -> gate -> promote.

This is what `ray job submit -- python -m train_jobs retrain ...` runs, and what a person may type:
on a cluster it joins (`RAY_ADDRESS`), without one it starts a Ray of its own.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import ray

from cluster.champion import resolve_champion
from cluster.lock import locked
from cluster.promotion import promote
from cluster.registry import Alias, Registry
from cluster.run_report import write_confusions
from cluster.run_status import RunProgress, RunState, RunStatus
from cluster.settings import Settings
from cluster.storage import BUNDLED_CHAMPION_DIR, create_folders
from models.artifact import load_card
from train_jobs.additions import GrownVersion, grow, read_new_photos
from train_jobs.challenge import Challenger, challenge_by_finetune, challenge_by_head
from train_jobs.config import ConfigError, TrainConfig, get_config
from train_jobs.confusions import count_confusions
from train_jobs.dataset import is_whole
from train_jobs.errors import say_cause
from train_jobs.gate import decide
from train_jobs.gate_values import GatePolicy, Verdict
from train_jobs.head import HEAD_CONFIGS, HeadConfig
from train_jobs.ray_session import ray_session
from train_jobs.replay import load_replay
from train_jobs.run_record import open_status, tell
from train_jobs.run_reporter import RunCancelled, RunReporter
from train_jobs.run_turn import ended_by_signal, turn, undisturbed
from train_jobs.summarize import summarize
from train_jobs.tracking import fail_run, finish_run, log_figures, start_run
from train_jobs.workers import choose_workers

FINETUNE = "finetune"
_VERDICT_FILE = "verdict.json"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrainRequest:
    """What is asked for."""

    data_dirs: tuple[Path, ...] = ()
    upload_ids: tuple[str, ...] = ()
    config: str | None = None
    """`head`, `smoke` or `finetune`; None: what this machine has the data for."""
    changes: tuple[str, ...] = ()
    """`field=value` of the configuration finetune."""
    num_workers: int | None = None
    """Of finetune; None: one for each GPU of the cluster, or a single one."""
    require_approval: bool = False
    run_id: str | None = None
    """Of a run that is queued already; None makes one."""
    actor: str = "unknown"
    queue_timeout_s: float = 6 * 3600.0


def retrain(settings: Settings, request: RetrainRequest, *, say: Say) -> RunStatus:
    """Learn from new photographs; promote the outcome if the gate proves it better.

    Returns:
        How the run ended: `succeeded`, `rejected`, `awaiting_approval` or `cancelled`.

    Raises:
        RunError: the run's id has been used, or another run did not end in time.
        train_jobs.manifest.ManifestError, ClusterError and others: the run failed; its status says
            so too.
    """
    layout = settings.layout
    create_folders(layout, min_free_bytes=settings.min_free_bytes)
    status = open_status(
        settings,
        request.run_id,
        config=request.config,
        actor=request.actor,
        upload_ids=request.upload_ids,
    )
    with RunReporter(layout, status, say=say) as reporter, ended_by_signal():
        tell(settings, reporter.status, outcome="started")
        try:
            with turn(settings, reporter, timeout_s=request.queue_timeout_s):
                ended = _run(settings, request, reporter, say=say)
        except RunCancelled as reason:
            ended = reporter.end(RunState.CANCELLED, str(reason))
        except BaseException as error:
            tell(settings, reporter.end(RunState.FAILED, say_cause(error)), outcome="failed")
            raise
        tell(settings, ended, outcome="done")
    return ended


def choose_config(name: str | None, *, has_base: bool) -> str:
    """Return the configuration to use: the one asked for, else what there is data for.

    Raises:
        ConfigError: there is no such one, or it needs photographs that are not here.
    """
    if name is None:
        return FINETUNE if has_base else "head"
    if name == FINETUNE:
        if not has_base:
            raise ConfigError(
                "finetune needs the photographs that the champion was trained on, and they are not "
                "on this machine; use --config head, or `python -m train_jobs prepare` them first"
            )
        return name
    if name not in HEAD_CONFIGS:
        known = ", ".join([*HEAD_CONFIGS, FINETUNE])
        raise ConfigError(f"unknown configuration {name!r}; choose one of {known}")
    return name


def _run(
    settings: Settings, request: RetrainRequest, reporter: RunReporter, *, say: Say
) -> RunStatus:
    layout = settings.layout
    reporter.begin("prepare", "the champion, and the new photographs")
    with locked(layout.lock_path, report=say):
        champion_dir = resolve_champion(settings, bundled_dir=BUNDLED_CHAMPION_DIR)
    champion = load_card(champion_dir)
    has_base = is_whole(layout, champion.dataset_version)
    config_name = choose_config(request.config, has_base=has_base)
    where = "lie on this machine" if has_base else "are not on this machine"
    say(
        f"      champion {champion.model_version}; the photographs of {champion.dataset_version} "
        f"{where}: {config_name}"
    )
    photos, unreadable = read_new_photos(layout, request.data_dirs, request.upload_ids)
    grown = grow(
        layout,
        champion.dataset_version,
        load_replay(champion_dir),
        photos,
        upload_ids=request.upload_ids,
        rejections=unreadable,
    )
    reporter.update(
        config=config_name,
        champion_version=champion.model_version,
        dataset_version=grown.dataset_version,
    )
    config: HeadConfig | TrainConfig = (
        get_config(FINETUNE, request.changes)
        if config_name == FINETUNE
        else HEAD_CONFIGS[config_name]
    )
    mlflow_id = start_run(settings, config, reporter.status.run_id)
    try:
        challenger = _train(
            settings,
            champion_dir,
            config,
            grown,
            reporter,
            num_workers=request.num_workers,
            mlflow_id=mlflow_id,
            say=say,
        )
        verdict = _judge(settings, challenger, reporter)
        log_figures(settings, mlflow_id, {f"gate/{k}": v for k, v in verdict.numbers.items()})
    except BaseException:
        fail_run(settings, mlflow_id)
        raise
    finish_run(settings, mlflow_id)
    for reason in verdict.reasons:
        say(f"      {reason}")
    return _conclude(settings, request, challenger, verdict, reporter)


def _train(
    settings: Settings,
    champion_dir: Path,
    config: HeadConfig | TrainConfig,
    grown: GrownVersion,
    reporter: RunReporter,
    *,
    num_workers: int | None,
    mlflow_id: str,
    say: Say,
) -> Challenger:
    num_held_back = sum(sample.split != "train" for sample in grown.added)
    reporter.begin(
        "validate",
        f"{grown.dataset_version}: {len(grown.added)} new photographs, {num_held_back} of them set "
        f"aside to judge by; {len(grown.rejections)} left out",
    )
    with ray_session():
        summarize(
            settings.layout,
            grown.dataset_version,
            champion_dir,
            num_actors=os.cpu_count() or 1,
            say=lambda line: say(f"      {line}"),
        )
        if isinstance(config, TrainConfig):
            held: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
            workers = choose_workers(held, num_workers=num_workers)
            where = "on GPUs" if workers.use_gpu else "on CPUs"
            reporter.begin(
                "train",
                f"all layers, {config.epochs} epochs, {workers.num_workers} workers {where}",
            )
            return challenge_by_finetune(
                settings,
                champion_dir,
                config,
                grown,
                workers=workers,
                callback=reporter.watch_epochs(config.epochs),
                say=say,
            )
        started_s = time.monotonic()
        losses: list[float] = []

        def on_iteration(iteration: int, loss: float) -> None:
            losses.append(loss)
            elapsed_s = time.monotonic() - started_s
            reporter.tell_iteration(
                RunProgress(
                    epoch=iteration,
                    epochs=config.max_iterations,
                    eta_s=(config.max_iterations - iteration) * elapsed_s / iteration,
                ),
                {"train/loss": loss},
            )
            reporter.check_cancelled()

        reporter.begin("train", f"the last layer, {config.max_iterations} iterations at most")
        challenger = challenge_by_head(
            settings,
            champion_dir,
            config,
            grown,
            artifact_dir=settings.layout.run_dir(reporter.status.run_id) / "artifact",
            on_iteration=on_iteration,
        )
        for step, loss in enumerate(losses, start=1):
            log_figures(settings, mlflow_id, {"train/loss": loss}, step=step)
        return challenger


def _judge(settings: Settings, challenger: Challenger, reporter: RunReporter) -> Verdict:
    reporter.update(model_version=challenger.card.model_version)
    reporter.begin("evaluate", f"champion and {challenger.card.model_version}, side by side")
    champion_evidence, challenger_evidence = challenger.collect()
    write_confusions(
        settings.layout,
        reporter.status.run_id,
        count_confusions(champion_evidence, challenger_evidence),
    )
    reporter.begin("gate", "may it take the champion's place?")
    verdict = decide(champion_evidence, challenger_evidence, GatePolicy())
    run_dir = settings.layout.run_dir(reporter.status.run_id)
    (run_dir / _VERDICT_FILE).write_text(verdict.model_dump_json(indent=1), encoding="utf-8")
    reporter.update(
        verdict=verdict.model_dump(mode="json"),
        metrics=reporter.status.metrics
        | {
            "val/top1_accuracy": verdict.numbers["overall/challenger"],
            "new/top1_accuracy": verdict.numbers["new_data/challenger"],
            "champion/val/top1_accuracy": verdict.numbers["overall/champion"],
            "champion/new/top1_accuracy": verdict.numbers["new_data/champion"],
        },
    )
    return verdict


def _conclude(
    settings: Settings,
    request: RetrainRequest,
    challenger: Challenger,
    verdict: Verdict,
    reporter: RunReporter,
) -> RunStatus:
    version = challenger.card.model_version
    if not verdict.promote:
        failed = ", ".join(name for name, is_passed in verdict.checks.items() if not is_passed)
        return reporter.end(RunState.REJECTED, f"the champion stays; {version} failed on: {failed}")
    if request.require_approval:
        registry = Registry(settings.mlflow_tracking_uri, layout=settings.layout)
        registry.set_alias(Alias.CANDIDATE, version)
        return reporter.end(
            RunState.AWAITING_APPROVAL, f"promote it with `python -m cluster promote {version}`"
        )
    reporter.begin("promote", version)
    with undisturbed():
        promote(
            settings,
            version,
            actor=request.actor,
            report=lambda line: None,  # noqa: ARG005
            reason=f"run {reporter.status.run_id}",
            data_hash=challenger.card.dataset_version,
            expected_champion=reporter.status.champion_version,
        )
    return reporter.end(RunState.SUCCEEDED, f"{version} is the champion")
