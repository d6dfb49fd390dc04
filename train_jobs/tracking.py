"""Runs in MLflow: parameters, metrics by epoch, and the finished artifact in the registry."""

import logging
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from ray.train import UserCallback

from cluster.registry import find_artifact_location
from cluster.settings import Settings
from train_jobs.progress import STEPS_KEY

if TYPE_CHECKING:
    from mlflow.entities import Metric
    from mlflow.tracking import MlflowClient

_logger = logging.getLogger(__name__)

_EXPERIMENT = "leafray-training"


def start_run(settings: Settings, config: BaseModel, run_name: str) -> str:
    """Start a run, or go on with the unfinished one of this name; return MLflow's run id."""
    client = _create_client(settings.mlflow_tracking_uri)
    experiment = client.get_experiment_by_name(_EXPERIMENT)
    experiment_id = (
        experiment.experiment_id
        if experiment is not None
        else client.create_experiment(
            _EXPERIMENT,
            artifact_location=find_artifact_location(settings.mlflow_tracking_uri, settings.layout),
        )
    )
    unfinished = client.search_runs(
        [experiment_id],
        filter_string=f"tags.`mlflow.runName` = '{run_name}' and status = 'RUNNING'",
        max_results=1,
    )
    if unfinished:
        return str(unfinished[0].info.run_id)
    run_id = str(client.create_run(experiment_id, run_name=run_name).info.run_id)
    for name, value in config.model_dump().items():
        client.log_param(run_id, name, value)
    return run_id


def log_figures(
    settings: Settings, run_id: str, figures: Mapping[str, float], *, step: int = 0
) -> None:
    """Log figures of one step; a run goes on where MLflow does not take them."""
    with _forgiven("MLflow did not take a run's figures"):
        client = _create_client(settings.mlflow_tracking_uri)
        client.log_batch(run_id, metrics=_to_metrics({**figures, "epoch": step}, time.time()))


def finish_run(settings: Settings, run_id: str) -> None:
    """Close a run that came to its end."""
    _create_client(settings.mlflow_tracking_uri).set_terminated(run_id, status="FINISHED")


def fail_run(settings: Settings, run_id: str) -> None:
    """Close a run that failed; what MLflow then says (its disk may be full) must not hide why."""
    with _forgiven("MLflow could not be told that the run failed"):
        _create_client(settings.mlflow_tracking_uri).set_terminated(run_id, status="FAILED")


class MlflowCallback(UserCallback):
    """Log each epoch's metrics from Ray Train's controller process."""

    def __init__(self, tracking_uri: str, run_id: str) -> None:
        """Keep where to log."""
        self._tracking_uri = tracking_uri
        self._run_id = run_id

    def after_report(
        self,
        run_context: Any,  # noqa: ARG002
        metrics: list[dict[str, Any]],
        checkpoint: Any,  # noqa: ARG002
    ) -> None:
        """Log the first worker's report: its own figures by epoch, its step records by step.

        Training goes on where MLflow does not take them: the checkpoint holds what counts.
        """
        with _forgiven("MLflow did not take an epoch's figures"):
            client = _create_client(self._tracking_uri)
            client.log_batch(self._run_id, metrics=_to_metrics(metrics[0], time.time()))


@contextmanager
def _forgiven(message: str) -> Iterator[None]:
    """Turn an error of MLflow's into a warning."""
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        _logger.warning("%s: %s", message, str(error)[:200])


def _to_metrics(report: Mapping[str, Any], now_s: float) -> "list[Metric]":
    from mlflow.entities import Metric

    now_ms = int(1000 * now_s)
    epoch = int(report["epoch"])
    return [
        Metric(name, float(value), now_ms, epoch)
        for name, value in report.items()
        if name != STEPS_KEY
    ] + [
        Metric(name, value, now_ms, int(record["step"]))
        for record in report.get(STEPS_KEY, ())
        for name, value in record.items()
        if name != "step"
    ]


def _create_client(tracking_uri: str) -> "MlflowClient":
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    from mlflow.tracking import MlflowClient

    return MlflowClient(tracking_uri=tracking_uri, registry_uri=tracking_uri)
