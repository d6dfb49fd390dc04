"""The head is lost and started again: the replicas go on, and nothing is forgotten."""

import re

import pytest

from cluster.http_probe import call
from cluster.local_nodes.plan import load_plan
from cluster.local_nodes.tracking import BUCKET, get_object_store_url
from cluster.registry import find_artifact_location


@pytest.mark.timeout(420)
def test_replicas_answer_without_a_head_and_the_next_one_finds_everything(nodes, callers, say):
    replicas = nodes.list_replicas()
    before = remember(nodes)
    with callers:
        callers.wait_for_answers(20)
        nodes.kill("head")
        callers.wait_for_answers(200)
        up_s = nodes.up()
        callers.wait_for_answers(50)
    assert callers.failures == []
    # The processes themselves: nothing was started again.
    assert sorted(nodes.list_replicas()) == sorted(replicas)
    assert remember(nodes) == before
    say(f"head lost: {callers.describe()}; back {up_s:.1f} s after `nodes up`")


@pytest.mark.timeout(420)
def test_the_next_head_is_no_figurehead(nodes, callers):
    nodes.kill("head")
    refused = nodes.call("cluster", "promote", "any")
    assert refused.returncode == 1
    nodes.up()
    lost = nodes.find_node_of("control")
    with callers:
        nodes.kill(lost)
        callers.wait_for_answers(60)
        nodes.up()
        nodes.wait_for_replicas()
    assert callers.failures == []
    with nodes.connect() as client:
        assert client.loop.list_models()


def test_the_registry_lies_in_postgresql_and_its_files_in_the_store_of_objects(nodes):
    plan = load_plan(nodes.settings.layout)
    assert plan is not None
    listing = call("GET", f"{get_object_store_url(plan)}/{BUCKET}?list-type=2")
    assert listing is not None
    assert re.search(rb"<Key>[^<]*/artifact/model\.onnx</Key>", listing.body)
    layout = nodes.settings.layout
    assert not layout.mlflow_db_path.exists()
    assert list(layout.mlflow_artifacts_dir.iterdir()) == []
    assert find_artifact_location(nodes.settings.mlflow_url, layout) is None


def remember(nodes):
    """Return what must outlive any node: models, uploads, runs, datasets, history."""
    with nodes.connect() as client:
        return {
            "model": client.get_model().model_version,
            "models": client.loop.list_models(),
            "uploads": client.uploads.list_all(),
            "runs": client.loop.list_runs(),
            "datasets": client.loop.list_datasets(),
            "history": client.loop.read_history(),
        }
