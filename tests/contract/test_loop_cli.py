"""The commands of the loop against the real routes; Ray's dashboard is away."""

import shutil
import subprocess
import sys

import pytest

from cluster.keys import Role
from cluster.run_status import RunState, RunStatus, write_status
from cluster.settings import Settings
from serve_app.client import ApiError, LeafrayClient
from tests.contract.upload_service import start_control

# MLflow's own, when its tables are first looked at.
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning")


@pytest.fixture(scope="module")
def control(champion_dir, tmp_path_factory):
    with start_control(champion_dir, tmp_path_factory.mktemp("loop-cli")) as control:
        for role in Role:
            (control.layout.keys_dir / f"{role}.key").write_text(f"secret-of-{role}\n")
        write_status(
            control.layout,
            RunStatus(
                run_id="retrain-ended",
                status=RunState.REJECTED,
                config="head",
                actor="key:test",
                created_s=1.0,
                heartbeat_s=1.0,
                reason="the champion stays",
                verdict={"promote": False, "reasons": ["new data: 50 % -> 40 %"]},
            ),
        )
        yield control
    shutil.rmtree(control.layout.ray_dir)


@pytest.fixture(scope="module")
def run(control):
    def run(*arguments, role=Role.ADMIN):
        key_path = control.layout.keys_dir / f"{role}.key"
        options = ["--server", control.url, "--key-file", str(key_path)]
        return subprocess.run(
            [sys.executable, "-m", "serve_app", *arguments, *options],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def test_runs_are_listed_and_shown_with_their_verdict(run):
    done = run("runs")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["retrain-ended", "rejected", "head", "the", "champion", "stays"]
    shown = run("runs", "show", "retrain-ended")
    assert "new data: 50 % -> 40 %" in shown.stdout
    assert '"status":"rejected"' in run("runs", "show", "retrain-ended", "--json").stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("retrain",), "nothing new to learn from"),
        (("retrain", "--upload", "up-nowhere"), "no upload"),
        (("runs", "show", "retrain-nowhere"), "no retraining run"),
        (("runs", "cancel", "retrain-ended"), "has ended already"),
        (("promote", "nowhere"), "no model version"),
        (("rollback",), "no model before"),
    ],
)
def test_what_cannot_be_done_is_said(run, arguments, words):
    done = run(*arguments)
    assert done.returncode == 3
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_history_and_models_can_be_empty(run):
    for command in ("models", "history"):
        done = run(command)
        assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_a_key_that_may_only_predict_changes_nothing(run):
    done = run("rollback", role=Role.PREDICT)
    assert done.returncode == 3
    assert "needs admin" in done.stderr


def test_the_client_offers_the_same(control):
    with LeafrayClient(control.url, f"secret-of-{Role.ADMIN}") as client:
        assert [item.run_id for item in client.loop.list_runs()] == ["retrain-ended"]
        assert client.loop.wait_for_run("retrain-ended").reason == "the champion stays"
        (bundled,) = client.loop.list_datasets()
        assert client.loop.get_summary(bundled.dataset_version).num_images == bundled.num_images
        with pytest.raises(ApiError, match="not kept any more"):
            client.loop.send_feedback("never-asked", "Tomato___healthy")
        with pytest.raises(ApiError, match="no summary"):
            client.loop.get_summary("ds-nowhere")


def test_the_variables_of_settings_make_the_same_settings(tmp_path, monkeypatch):
    from cluster.settings import to_environment

    settings = Settings(
        home=tmp_path, http_port=9000, cors_origins=("https://a.org", "https://b.org")
    )
    for name, value in to_environment(settings).items():
        monkeypatch.setenv(name, value)
    found = Settings()
    assert found.model_dump(exclude={"tracking_uri_override"}) == settings.model_dump(
        exclude={"tracking_uri_override"}
    )
    assert "MLFLOW_TRACKING_URI" not in to_environment(settings)
