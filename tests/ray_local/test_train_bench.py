"""The training benchmark end to end, much too short to measure anything."""

import dataclasses
import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from train_jobs.bench.plan import QUICK
from train_jobs.bench.report import print_report, save_report
from train_jobs.bench.rounds import Side, Work
from train_jobs.bench.run import run_bench
from train_jobs.config import get_config

# One worker and one decoding process: the session's Ray has two CPUs.
TINY = dataclasses.replace(
    QUICK,
    name="tiny",
    config=get_config("smoke").model_copy(update={"pretrained": False}),
    num_workers=1,
    num_data_processes=1,
    num_rounds=1,
    num_warm_steps=1,
    train_images=64,
    read_ahead_images=32,
    decode_images=96,
    num_memory_rounds=1,
    memory_images=(16, 64),
    max_files=16,
    stream_timeout_s=400.0,
    memory_timeout_s=400.0,
    idle_s=0.1,
)


# Starting processes is most of it: three times Ray Train, twice torch.
@pytest.mark.timeout(900)
@pytest.mark.usefixtures("ray_cluster")
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
# Ray silences it with `catch_warnings` in several threads at once, of which one may win too early.
@pytest.mark.filterwarnings("ignore:The given NumPy array is not writable:UserWarning")
def test_both_sides_are_measured_on_drawn_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    said: list[str] = []
    measurement = run_bench(TINY, data=None, say=said.append)

    assert {(item.work, item.side) for item in measurement.rounds} == {
        (work, side) for work in Work for side in Side
    }
    assert all(item.images_per_s > 0 for item in measurement.rounds)
    trained = [item.window_images for item in measurement.rounds if item.work is Work.TRAIN]
    assert all(0 < num_images <= TINY.train_images for num_images in trained)
    assert all(0 <= item.wait_share <= 1 for item in measurement.rounds)
    assert [item.num_images for item in measurement.memory] == [16, 64]
    assert all(
        min(item.total_bytes, item.driver_bytes, item.worker_bytes, item.data_process_bytes) > 0
        for item in measurement.memory
    )

    save_report(measurement, tmp_path / "bench.json")
    document = json.loads((tmp_path / "bench.json").read_text())
    promised = [figure for figure in document["figures"] if figure["limit"] is not None]
    assert all(figure["value"] is not None for figure in promised)
    assert all(figure["is_met"] in (True, False) for figure in promised)
    text = io.StringIO()
    print_report(measurement, Console(file=text, width=140))
    assert "no claim: a quick run" in text.getvalue()
    assert any(line.startswith("memory 1/1") for line in said)
