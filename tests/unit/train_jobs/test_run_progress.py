"""What a training leaves for the status of its run, and what of it is told."""

from cluster.run_report import RunPoint, load_points
from cluster.run_status import RunProgress
from train_jobs.run_reporter import ProgressCallback, load_progress, to_epoch_report

REPORT = {
    "epoch": 3,
    "train/images_per_s": 20.0,
    "train/epoch_s": 60.0,
    "train/loss": 0.4,
    "val/macro_f1": 0.9,
    "steps": [{"step": 1.0}],
}


def test_an_epoch_tells_its_progress_and_its_curves():
    told = to_epoch_report(REPORT, 5)
    assert told.progress == RunProgress(epoch=3, epochs=5, images_per_s=20.0, eta_s=120.0)
    assert told.metrics == {"train/loss": 0.4, "val/macro_f1": 0.9}


def test_what_was_left_is_read_by_another_process(tmp_path):
    path, points_path = tmp_path / "progress.json", tmp_path / "points.jsonl"
    assert load_progress(path) == {}
    callback = ProgressCallback(path, points_path, 5)
    for epoch in (2, 3):
        callback.after_report(None, [{**REPORT, "epoch": epoch}], None)
    told = load_progress(path)
    assert told == dict(to_epoch_report(REPORT, 5))
    # Who looks later sees every epoch, not only the last.
    figures = {"train/loss": 0.4, "val/macro_f1": 0.9}
    assert load_points(points_path) == (
        RunPoint(epoch=2, metrics=figures),
        RunPoint(epoch=3, metrics=figures),
    )
    path.write_bytes(b"{")
    assert load_progress(path) == {}
