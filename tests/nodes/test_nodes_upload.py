"""An upload while the node that receives it is lost."""

import json
import subprocess
import sys

import pytest

from cluster.http_probe import wait_for
from models.leaf_drawing import draw_leaf, encode_jpeg
from tests.installation import PROJECT_DIR

NUM_LEAVES = 400


def draw_leaves(folder, first):
    folder.mkdir()
    for number in range(NUM_LEAVES):
        leaf = draw_leaf(first + number, size_px=160)
        (folder / f"{number}.jpg").write_bytes(encode_jpeg(leaf))


@pytest.mark.timeout(420)
@pytest.mark.parametrize(("phase", "first"), [("receiving", 5000), ("checking", 6000)])
def test_an_upload_goes_on_where_its_node_was_lost(nodes, callers, tmp_path, say, phase, first):
    # What was accepted before would be refused as known.
    draw_leaves(tmp_path / "Apple___healthy", first)
    with nodes.connect() as client:
        known = {upload.upload_id for upload in client.uploads.list_all()}
    lost = nodes.find_node_of("control")
    layout = nodes.settings.layout

    def is_at_work():
        """Tell whether the new upload is in the middle of the phase, by what lies on the disk."""
        for folder in layout.uploads_dir.glob("[!.]*"):
            if folder.name in known:
                continue
            status = json.loads((folder / "upload.json").read_text())["status"]
            return status == phase and (phase == "checking" or count_files(folder) > 64)
        return False

    with callers:
        upload = subprocess.Popen(
            [sys.executable, "-m", "serve_app", "upload", str(tmp_path), "--accept", "--json"],
            cwd=PROJECT_DIR,
            env=nodes.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert wait_for(is_at_work, timeout_s=60, poll_s=0.01)
            nodes.kill(lost)
            printed, told = upload.communicate(timeout=120)
        finally:
            upload.kill()
    assert upload.returncode == 0, printed + told
    done = json.loads(printed)
    assert (done["status"], done["total"], done["accepted"]) == ("accepted", NUM_LEAVES, NUM_LEAVES)
    assert callers.failures == []
    say(f"{lost} lost while {phase}: all {NUM_LEAVES} photographs are there")


def count_files(folder):
    return sum(1 for path in folder.rglob("*") if path.is_file())
