"""Runs, models, datasets, feedback and history over HTTP; Ray's dashboard is away."""

import base64
import hashlib
import io
import json
import shutil
import threading
import time

import httpx2
import pytest
from PIL import Image

from cluster.audit import append_entry, make_entry
from cluster.keys import Role
from cluster.registry import Alias, Registry
from cluster.run_report import Confusion, RunPoint, append_point, write_confusions
from cluster.run_status import RunState, RunStatus, list_statuses, write_status
from cluster.settings import Settings
from loadtest.artifact_copies import copy_as_other_version
from models.artifact import SUMMARY_FILE, load_card
from models.leaf_drawing import draw_leaf, encode_jpeg
from serve_app.loop_schemas import DatasetSummary
from serve_app.recent_photos import RecentPhotos
from tests.contract.upload_service import (
    HEALTHY,
    LATE_BLIGHT,
    make_zip,
    start_control,
    upload_zip,
    wait_until_checked,
)
from train_jobs.prepare import prepare
from train_jobs.summary import DrawnImages, Growth, Summary, count_classes, write_summary

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::sqlalchemy.exc.SADeprecationWarning"
)
LEAF = encode_jpeg(draw_leaf(3))


@pytest.fixture(scope="module")
def control(champion_dir, tmp_path_factory):
    home = tmp_path_factory.mktemp("loop")
    with start_control(champion_dir, home) as control:
        yield control
    shutil.rmtree(control.layout.ray_dir)


@pytest.fixture(scope="module")
def ask(control):
    """Ask with a key of a role; the answer's status and what it says."""

    def ask(method, path, role=Role.CONTRIBUTE, **options):
        headers = {"Authorization": f"Bearer secret-of-{role}"}
        answer = httpx2.request(
            method, control.url + path, headers=headers, trust_env=False, timeout=60, **options
        )
        return answer.status_code, answer.json()

    return ask


@pytest.fixture(scope="module")
def accepted(control):
    """An accepted upload of two drawn leaves."""
    files: dict[str, bytes | str] = {
        f"{HEALTHY}/{i}.jpg": encode_jpeg(draw_leaf(40 + i)) for i in range(2)
    }
    upload_id = upload_zip(control, make_zip(files)).json()["upload_id"]
    assert wait_until_checked(control.http, upload_id)["accepted"] == 2
    assert control.http.post(f"/v1/uploads/{upload_id}/accept").status_code == 200
    return upload_id


def test_a_run_that_ray_does_not_take_is_told_as_failed(control, ask, accepted):
    status, error = ask("POST", "/v1/retraining-jobs", json={"config": "head"})
    assert (status, error["code"]) == (503, "part_away")
    assert "does not answer" in error["message"]

    status, runs = ask("GET", "/v1/retraining-jobs")
    assert status == 200
    run = runs[0]
    assert run["status"] == "failed"
    assert run["upload_ids"] == [accepted]
    assert run["created_by"] == "key:contribute"
    assert "does not answer" in run["reason"]
    assert ask("GET", f"/v1/retraining-jobs/{run['run_id']}") == (200, run)

    status, error = ask("DELETE", f"/v1/retraining-jobs/{run['run_id']}")
    assert (status, error["code"]) == (409, "conflict")
    assert "failed" in error["message"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        pytest.param({"config": "everything"}, 422, "invalid_request", id="config"),
        pytest.param({"upload_ids": ["../keys"]}, 422, "invalid_request", id="path"),
        pytest.param({"upload_ids": ["; rm -rf"]}, 422, "invalid_request", id="shell"),
        pytest.param({"upload_ids": ["up-nowhere"]}, 404, "no_such_upload", id="unknown"),
        pytest.param({"epochs": 3}, 422, "invalid_request", id="field"),
    ],
)
def test_a_run_of_what_is_not_there_is_refused(control, ask, body, status, code):
    before = len(list_statuses(control.layout))
    answer = ask("POST", "/v1/retraining-jobs", json=body)
    assert (answer[0], answer[1]["code"]) == (status, code)
    assert len(list_statuses(control.layout)) == before


def test_runs_do_not_pile_up(control, ask, accepted):
    waiting = [
        write_status(
            control.layout,
            RunStatus(
                run_id=f"retrain-pile-{number}",
                status=RunState.QUEUED,
                config="head",
                actor="key:test",
                created_s=time.time(),
                heartbeat_s=time.time(),
            ),
        )
        for number in range(10)
    ]
    status, error = ask("POST", "/v1/retraining-jobs", json={"upload_ids": [accepted]})
    assert (status, error["code"]) == (409, "too_many_runs")
    for run in waiting:
        write_status(control.layout, run.model_copy(update={"status": RunState.CANCELLED}))


@pytest.mark.parametrize("name", ["retrain-nowhere", "..%2Fkeys", "x" * 200])
@pytest.mark.parametrize("path", ["{}", "{}/logs", "{}/report"])
def test_an_unknown_run_is_said_to_be(ask, name, path):
    status, error = ask("GET", "/v1/retraining-jobs/" + path.format(name))
    assert status in {404, 422}
    assert error["message"]


def test_the_curves_of_a_run_and_what_is_mixed_up_are_told_whole(control, ask):
    run_id = "retrain-with-curves"
    run = RunStatus(
        run_id=run_id,
        status=RunState.REJECTED,
        config="head",
        actor="key:test",
        created_s=2.0,
        heartbeat_s=2.0,
    )
    write_status(control.layout, run)
    empty = {"run_id": run_id, "points": [], "confusions": []}
    assert ask("GET", f"/v1/retraining-jobs/{run_id}/report") == (200, empty)
    points = [RunPoint(epoch=epoch, metrics={"train/loss": 1 / epoch}) for epoch in (1, 2, 3)]
    for point in points:
        append_point(control.layout.run_points_path(run_id), point)
    mixed = Confusion(class_name="tomato__healthy", answer="grape__esca", champion=3, challenger=1)
    write_confusions(control.layout, run_id, [mixed])
    status, report = ask("GET", f"/v1/retraining-jobs/{run_id}/report")
    assert status == 200
    assert report == {
        "run_id": run_id,
        "points": [point.model_dump() for point in points],
        "confusions": [mixed.model_dump()],
    }


def test_who_may_only_predict_starts_nothing(ask):
    for method, path in (("POST", "/v1/retraining-jobs"), ("GET", "/v1/datasets")):
        assert ask(method, path, Role.PREDICT, json={})[0] == 403
    for path in ("/v1/models/rollback", "/v1/models/any/promote"):
        assert ask("POST", path, Role.CONTRIBUTE)[0] == 403
    assert ask("GET", "/v1/history", Role.CONTRIBUTE)[0] == 403


def test_a_model_is_promoted_and_taken_back(control, ask, champion_dir, tmp_path):
    settings = Settings(home=control.layout.home, MLFLOW_TRACKING_URI=None)
    registry = Registry(settings.mlflow_tracking_uri, layout=control.layout)
    other_dir = copy_as_other_version(champion_dir, tmp_path / "other")
    first, other = (load_card(folder).model_version for folder in (champion_dir, other_dir))
    for folder, version in ((champion_dir, first), (other_dir, other)):
        registry.register_artifact(
            folder, model_version=version, metrics={"val/top1_accuracy": 0.5}, tags={}
        )
    registry.set_alias(Alias.CHAMPION, first)
    status, models = ask("GET", "/v1/models", Role.PREDICT)
    assert status == 200
    assert {model["model_version"] for model in models} == {first, other}
    assert all(model["metrics"] == {"val/top1_accuracy": 0.5} for model in models)

    run = write_status(
        control.layout,
        RunStatus(
            run_id="retrain-waits-for-a-word",
            status=RunState.AWAITING_APPROVAL,
            config="head",
            actor="key:test",
            created_s=1.0,
            heartbeat_s=1.0,
            model_version=other,
        ),
    )
    status, error = ask("POST", "/v1/models/nowhere/promote", Role.ADMIN)
    assert (status, error["code"]) == (404, "not_found")
    promoted = ask("POST", f"/v1/models/{other}/promote", Role.ADMIN)
    assert promoted == (200, {"model_version": other, "previous_version": first})
    status, found = ask("GET", f"/v1/retraining-jobs/{run.run_id}")
    assert found["status"] == "succeeded"
    assert "approved by key:admin" in found["reason"]
    status, error = ask("POST", f"/v1/models/{other}/promote", Role.ADMIN)
    assert (status, error["code"]) == (409, "conflict")

    back = ask("POST", "/v1/models/rollback", Role.ADMIN)
    assert back == (200, {"model_version": first, "previous_version": other})
    status, history = ask("GET", "/v1/history?limit=2", Role.ADMIN)
    assert [line["outcome"] for line in history] == ["started", "done"]
    assert {line["actor"] for line in history} == {"key:admin"}
    assert {line["action"] for line in history} == {"roll_back_model"}


def test_of_two_promotions_at_once_one_wins(control, ask, champion_dir, tmp_path):
    settings = Settings(home=control.layout.home, MLFLOW_TRACKING_URI=None)
    registry = Registry(settings.mlflow_tracking_uri, layout=control.layout)
    folder = tmp_path / "race"
    copy_as_other_version(champion_dir, folder)
    card_path = folder / "card.json"
    card = json.loads(card_path.read_bytes()) | {"model_version": "race-1"}
    card_path.write_text(json.dumps(card))
    registry.register_artifact(folder, model_version="race-1", metrics={}, tags={})
    answers = []
    threads = [
        threading.Thread(
            target=lambda: answers.append(ask("POST", "/v1/models/race-1/promote", Role.ADMIN))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(status for status, _ in answers) == [200, 409, 409, 409]
    assert registry.get_alias(Alias.CHAMPION) == "race-1"


def test_a_fresh_installation_shows_what_the_bundled_champion_has_learned_from(ask, champion_dir):
    carried = json.loads((champion_dir / SUMMARY_FILE).read_bytes())
    base = load_card(champion_dir).dataset_version
    status, versions = ask("GET", "/v1/datasets")
    assert status == 200
    assert versions[-1] == {
        "dataset_version": base,
        "parent": None,
        "upload_ids": [],
        "num_images": carried["num_images"],
        "is_current": True,
        "has_summary": True,
    }
    assert ask("GET", f"/v1/datasets/{base}/summary") == (200, carried)


def test_dataset_versions_tell_what_they_hold(control, ask, tmp_path):
    for class_idx, name in enumerate([HEALTHY, LATE_BLIGHT]):
        folder = tmp_path / "photos" / name
        folder.mkdir(parents=True)
        for number in range(3):
            image = draw_leaf(10 * class_idx + number, size_px=96, class_idx=class_idx)
            (folder / f"{number}.jpg").write_bytes(encode_jpeg(image))
    prepared = prepare(control.layout, tmp_path / "photos")
    version = prepared.dataset_version
    status, versions = ask("GET", "/v1/datasets")
    assert status == 200
    (found,) = [item for item in versions if item["dataset_version"] == version]
    assert found["num_images"] == 6
    assert not found["is_current"]
    assert not found["has_summary"]
    status, error = ask("GET", f"/v1/datasets/{version}/summary")
    assert (status, error["code"]) == (404, "not_found")
    assert "summarize" in error["message"]

    columns = dict.fromkeys(DrawnImages.model_fields, ())
    written = Summary(
        dataset_version=version,
        model_version="v1",
        num_images=6,
        counts=count_classes(prepared.samples),
        images=DrawnImages(**columns),
        num_near_duplicates=0,
        near_duplicates=(),
        num_doubtful_labels=0,
        doubtful_labels=(),
        growth=(Growth(dataset_version=version, upload_ids=(), num_images=6),),
    )
    path = write_summary(control.layout.dataset_dir(version), written)
    status, summary = ask("GET", f"/v1/datasets/{version}/summary")
    assert status == 200
    assert summary == written.model_dump(mode="json")
    path.write_text("{")
    assert ask("GET", f"/v1/datasets/{version}/summary")[0] == 404
    assert ask("GET", "/v1/datasets/..%2F..%2Fkeys/summary")[0] == 404


def test_a_photograph_of_the_store_is_shown_small_and_to_contributors_alone(control, ask):
    photo = encode_jpeg(draw_leaf(5, size_px=1500))
    sha256 = hashlib.sha256(photo).hexdigest()
    path = control.layout.image_path(sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(photo)
    status, answer = ask("GET", f"/v1/datasets/images/{sha256}")
    assert (status, answer["sha256"]) == (200, sha256)
    with Image.open(io.BytesIO(base64.b64decode(answer["jpeg"])), formats=["JPEG"]) as picture:
        assert picture.size == (512, 512)
    assert ask("GET", f"/v1/datasets/images/{sha256}", Role.PREDICT)[0] == 403
    path.write_text("no photograph any more")
    for name, expected in (
        (sha256, (404, "no_picture")),
        ("0" * 64, (404, "no_picture")),
        ("short", (422, "invalid_request")),
        (sha256.upper(), (422, "invalid_request")),
    ):
        status, error = ask("GET", f"/v1/datasets/images/{name}")
        assert (status, error["code"]) == expected
    assert ask("GET", "/v1/datasets/images/..%2F..%2Fkeys%2Fadmin.key")[0] in {404, 422}


def test_what_training_writes_is_what_the_contract_says():
    # Two models of one file: neither application may import the other.
    def fields(model):
        return {
            name: fields(kind) if hasattr(kind := field.annotation, "model_fields") else str(kind)
            for name, field in model.model_fields.items()
        }

    def plain(tree):
        return (
            json.dumps(tree)
            .replace("train_jobs.summary.", "")
            .replace("serve_app.loop_schemas.", "")
        )

    assert plain(fields(Summary)) == plain(fields(DatasetSummary))


def test_feedback_becomes_a_labelled_photograph(control, ask):
    recent = RecentPhotos(control.layout.recent_photos_dir, max_photos=100)
    recent.keep("asked-before", [LEAF])
    recent.close()
    question = {"request_id": "asked-before", "class_name": LATE_BLIGHT}
    status, answer = ask("POST", "/v1/feedback", Role.PREDICT, json=question)
    assert status == 202
    assert answer["num_photos"] == 1
    upload = control.http.get(f"/v1/uploads/{answer['upload_id']}").json()
    assert (upload["status"], upload["created_by"]) == ("receiving", "feedback")

    for question, expected in (
        ({"request_id": "asked-before", "class_name": "Unheard___of"}, (422, "unknown_label")),
        ({"request_id": "never-asked", "class_name": LATE_BLIGHT}, (404, "photo_gone")),
        ({"request_id": "../admin", "class_name": LATE_BLIGHT}, (422, "invalid_request")),
    ):
        status, error = ask("POST", "/v1/feedback", Role.PREDICT, json=question)
        assert (status, error["code"]) == expected

    control.loop.feedback.close_quiet()
    control.uploads.checker.nudge()
    upload = wait_until_checked(control.http, answer["upload_id"])
    (item,) = control.http.get(f"/v1/uploads/{answer['upload_id']}/items").json()["items"]
    assert upload["status"] == "checked"
    assert item["class_name"] == "tomato__late_blight"


def test_enough_accepted_photographs_start_a_run_by_themselves(control, accepted):
    runs = control.loop.runs
    assert runs.start_if_enough(min_images=0) is None
    assert runs.start_if_enough(min_images=1_000_000) is None
    # The upload was in a run that failed: it would fail again.
    assert runs.start_if_enough(min_images=1) is None


def test_history_is_told_in_its_order(control, ask):
    for number in range(3):
        append_entry(control.layout.audit_path, make_entry("test", str(number), actor="user:me"))
    status, lines = ask("GET", "/v1/history?limit=3", Role.ADMIN)
    assert status == 200
    assert [line["subject"] for line in lines] == ["0", "1", "2"]


def test_the_service_tells_of_itself(ask, champion_dir):
    version = load_card(champion_dir).model_version
    assert ask("GET", "/readyz") == (200, {"status": "ready", "model_version": version})
    assert ask("GET", "/v1/model", Role.PREDICT)[1]["model_version"] == version
    paths = ask("GET", "/openapi.json")[1]["paths"]
    assert {"/v1/predictions", "/v1/predictions/batch", "/v1/uploads", "/v1/models"} <= set(paths)
