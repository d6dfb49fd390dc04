"""Artifact folders: verified byte by byte, refused with a reason."""

import hashlib
import json

import pytest

from cluster.bundle import load_bundle, verify_bundle
from cluster.errors import BundleError


@pytest.fixture
def artifact_dir(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"weights")
    card = {
        "model_version": "v1",
        "architecture": "any",
        "files": {"model.onnx": hashlib.sha256(b"weights").hexdigest()},
        "metrics": {"val": {"top1_accuracy": 0.97, "n": 10, "ok": True}, "note": "text"},
    }
    (tmp_path / "card.json").write_text(json.dumps(card))
    return tmp_path


def test_an_intact_folder_is_accepted_and_its_numbers_are_flattened(artifact_dir):
    bundle = verify_bundle(artifact_dir)
    assert bundle.model_version == "v1"
    assert bundle.flat_metrics() == {"val/n": 10.0, "val/top1_accuracy": 0.97}


def test_a_changed_byte_is_found(artifact_dir):
    (artifact_dir / "model.onnx").write_bytes(b"Weights")
    with pytest.raises(BundleError, match=r"model\.onnx is not the file"):
        verify_bundle(artifact_dir)


def test_a_missing_file_is_named(artifact_dir):
    (artifact_dir / "model.onnx").unlink()
    with pytest.raises(BundleError, match=r"model\.onnx is missing"):
        verify_bundle(artifact_dir)


def test_a_missing_folder_is_told(tmp_path):
    with pytest.raises(BundleError, match="no artifact folder"):
        load_bundle(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/b"])
def test_a_card_cannot_name_files_elsewhere(artifact_dir, name):
    card = json.loads((artifact_dir / "card.json").read_text())
    card["files"] = {name: "0" * 64}
    (artifact_dir / "card.json").write_text(json.dumps(card))
    with pytest.raises(BundleError, match="leaves the folder"):
        verify_bundle(artifact_dir)


@pytest.mark.parametrize(
    "change", [{"model_version": "../up"}, {"model_version": ""}, {"files": {}}]
)
def test_a_card_with_unusable_fields_is_refused(artifact_dir, change):
    card = json.loads((artifact_dir / "card.json").read_text()) | change
    (artifact_dir / "card.json").write_text(json.dumps(card))
    with pytest.raises(BundleError, match="no valid card"):
        load_bundle(artifact_dir)
