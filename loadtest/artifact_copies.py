"""Copies of an artifact for drills: one under another version, one that cannot be loaded."""

import hashlib
import json
import shutil
from pathlib import Path

from models.artifact import CARD_FILE, ONNX_FILE, load_card

SUFFIX = "-rolled"


def copy_as_other_version(artifact_dir: Path, target_dir: Path) -> Path:
    """Copy an artifact; the same model, under a version that ends in `SUFFIX`."""
    shutil.copytree(artifact_dir, target_dir)
    _change_card(target_dir, {"model_version": load_card(target_dir).model_version + SUFFIX})
    return target_dir


def copy_as_broken(artifact_dir: Path, target_dir: Path) -> Path:
    """Copy an artifact whose graph is none, though its checksums are right.

    A wrong checksum is found before any replica hears of the model; this is found by the replica.
    """
    return copy_with_graph(artifact_dir, target_dir, b"this is no graph")


def copy_with_graph(artifact_dir: Path, target_dir: Path, graph: bytes) -> Path:
    """Copy an artifact as another version with another graph, and its checksum."""
    copy_as_other_version(artifact_dir, target_dir)
    (target_dir / ONNX_FILE).write_bytes(graph)
    files = dict(load_card(target_dir).files)
    _change_card(target_dir, {"files": files | {ONNX_FILE: hashlib.sha256(graph).hexdigest()}})
    return target_dir


def _change_card(artifact_dir: Path, changes: dict[str, object]) -> None:
    path = artifact_dir / CARD_FILE
    card = json.loads(path.read_bytes())
    path.write_text(json.dumps(card | changes, indent=1), encoding="utf-8")
