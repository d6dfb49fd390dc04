"""What MLflow is told of a run, on a real SQLite file."""

import sqlite3
from pathlib import Path

import pytest

from cluster.settings import Settings
from train_jobs.config import get_config
from train_jobs.tracking import MlflowCallback, fail_run, finish_run, start_run

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

REPORT = {
    "epoch": 2,
    "val/loss": 0.5,
    "steps": [{"step": 7.0, "step/loss": 1.5}, {"step": 8.0, "step/loss": 1.25}],
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def read_figures(settings: Settings) -> list[tuple[str, int, float]]:
    path = settings.mlflow_tracking_uri.removeprefix("sqlite:///")
    with sqlite3.connect(path) as database:
        rows = database.execute("select key, step, value from metrics order by key, step")
        return list(rows)


def test_figures_are_logged_by_epoch_and_by_step(settings: Settings) -> None:
    run_id = start_run(settings, get_config("smoke"), "a run")
    MlflowCallback(settings.mlflow_tracking_uri, run_id).after_report(None, [REPORT], None)
    finish_run(settings, run_id)
    assert read_figures(settings) == [
        ("epoch", 2, 2.0),
        ("step/loss", 7, 1.5),
        ("step/loss", 8, 1.25),
        ("val/loss", 2, 0.5),
    ]


def test_a_run_goes_on_where_mlflow_takes_nothing(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    run_id = start_run(settings, get_config("smoke"), "a run")
    path = settings.mlflow_tracking_uri.removeprefix("sqlite:///")
    with sqlite3.connect(path) as database:
        database.execute("drop table metrics")
        database.execute("drop table runs")
    MlflowCallback(settings.mlflow_tracking_uri, run_id).after_report(None, [REPORT], None)
    fail_run(settings, run_id)
    assert [
        record.getMessage().split(":")[0]
        for record in caplog.records
        if record.name == "train_jobs.tracking"
    ] == [
        "MLflow did not take an epoch's figures",
        "MLflow could not be told that the run failed",
    ]
