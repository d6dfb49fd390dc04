"""Artifacts for drills: another version of the same model, and one that only loading finds out."""

import pytest

from cluster.bundle import verify_bundle
from loadtest.artifact_copies import copy_as_broken, copy_as_other_version
from models.predictor import Predictor


def test_another_version_answers_under_its_own_name(champion_dir, tmp_path):
    champion = verify_bundle(champion_dir).model_version
    copy_dir = copy_as_other_version(champion_dir, tmp_path / "other")
    assert Predictor.load(copy_dir).model_version == f"{champion}-rolled"


def test_a_broken_copy_has_right_checksums_and_cannot_be_loaded(champion_dir, tmp_path):
    copy_dir = copy_as_broken(champion_dir, tmp_path / "broken")
    verify_bundle(copy_dir)
    with pytest.raises(Exception, match=r"(?i)protobuf"):
        Predictor.load(copy_dir)
