"""Which uploads a run learns from, when two callers ask at the same moment."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from cluster.ray_jobs import RayJob, RayJobs, RayJobState
from cluster.run_status import RunState, write_status
from cluster.settings import Settings
from cluster.uploads.store import UploadStore
from cluster.uploads.values import Upload, UploadItem, UploadStatus
from serve_app.errors import ConflictError
from serve_app.loop.runs import RetrainingRuns
from serve_app.loop_schemas import RunQuestion


class SlowJobs(RayJobs):
    """Takes every job after a while and lets it wait; without a Ray."""

    def submit(self, job_id, arguments, *, environment):
        time.sleep(0.05)
        self.arguments = arguments

    def find(self, job_id):
        return RayJob(job_id=job_id, state=RayJobState.PENDING, message="")


@pytest.fixture
def runs(tmp_path):
    settings = Settings(home=tmp_path)
    store = UploadStore(settings.layout)
    item = UploadItem(name="a.jpg", sha256="ab" * 32, class_name="apple__healthy", is_accepted=True)
    settings.layout.uploads_dir.mkdir()
    settings.layout.upload_dir("up-1").mkdir()
    store.save_items("up-1", [item])
    store.save(
        Upload(
            upload_id="up-1",
            status=UploadStatus.ACCEPTED,
            created_at="2026-11-25T12:00:00",
            created_by="key:me",
            total=1,
            accepted=1,
        )
    )
    return RetrainingRuns(settings, store, jobs=SlowJobs(settings))


def test_of_two_callers_at_once_one_gets_the_new_photographs(runs):
    def start(_):
        try:
            return runs.start(RunQuestion(), actor="key:me").upload_ids
        except ConflictError as error:
            return error.code

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(start, range(4)))
    assert sorted(map(str, answers)) == ["('up-1',)", *["nothing_new"] * 3]


@pytest.mark.parametrize(
    ("state", "is_new_again"),
    [
        (RunState.FAILED, True),
        (RunState.REJECTED, True),
        (RunState.CANCELLED, True),
        (RunState.SUCCEEDED, False),
        (RunState.AWAITING_APPROVAL, False),
    ],
)
def test_what_no_model_learnt_from_is_new_again(runs, state, is_new_again):
    first = runs.start(RunQuestion(), actor="key:me")
    write_status(runs._layout, first.model_copy(update={"status": state}))
    assert runs.list_unlearnt(runs.list_runs()) == (("up-1",) if is_new_again else ())


def test_enough_photographs_start_one_run_and_no_second(runs):
    assert runs.start_if_enough(min_images=2) is None
    started = runs.start_if_enough(min_images=1)
    assert started.actor == "trigger:1 images"
    assert runs._jobs.arguments[:2] == ["train_jobs", "retrain"]
    assert runs.start_if_enough(min_images=1) is None
    write_status(runs._layout, started.model_copy(update={"status": RunState.REJECTED}))
    assert runs.start_if_enough(min_images=1) is None
