"""What a training leaves for the status of its run, and what of it is told."""

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
    path = tmp_path / "progress.json"
    assert load_progress(path) == {}
    ProgressCallback(str(path), 5).after_report(None, [REPORT], None)
    told = load_progress(path)
    assert told == dict(to_epoch_report(REPORT, 5))
    path.write_bytes(b"{")
    assert load_progress(path) == {}
