"""Promotion and roll-back on a real registry: what changes, what is taken back, what is told."""

import fcntl
import shutil
import subprocess
import sys

import pytest

from cluster import promotion
from cluster.audit import read_entries
from cluster.champion import resolve_champion
from cluster.errors import PromotionError, RegistryError, ServeError
from cluster.promotion import promote, roll_back
from cluster.registry import Alias, Registry
from cluster.settings import Settings
from cluster.storage import PROJECT_DIR, create_folders
from tests.ray_local.test_cluster_registry import make_artifact

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::sqlalchemy.exc.SADeprecationWarning"
)

# A promotion that is killed when the aliases have changed and the service has not.
KILLED = """
import os, signal, sys
from cluster import promotion
from cluster.settings import load_settings
promotion._roll_service = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
promotion.promote(load_settings(), sys.argv[1], actor="user:killed", report=print)
"""


def say_nothing(line):
    pass


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    settings = Settings(home=tmp_path_factory.mktemp("home"), MLFLOW_TRACKING_URI=None)
    create_folders(settings.layout, min_free_bytes=0)
    yield settings
    shutil.rmtree(settings.layout.ray_dir)


@pytest.fixture(scope="module")
def bundled_dir(tmp_path_factory):
    return make_artifact(tmp_path_factory.mktemp("bundled") / "champion", "v1")


@pytest.fixture
def registry(settings, bundled_dir, tmp_path):
    """A registry whose champion is v1, before which was nothing, and that knows v2."""
    resolve_champion(settings, bundled_dir=bundled_dir)
    registry = Registry(settings.mlflow_tracking_uri, layout=settings.layout)
    folder = make_artifact(tmp_path / "v2", "v2")
    registry.register_artifact(folder, model_version="v2", metrics={}, tags={})
    registry.set_alias(Alias.CHAMPION, "v1")
    for alias in (Alias.PREVIOUS, Alias.CANDIDATE):
        registry.delete_alias(alias)
    return registry


def aliases(registry):
    return registry.get_alias(Alias.CHAMPION), registry.get_alias(Alias.PREVIOUS)


def last_entries(settings, count):
    entries = read_entries(settings.layout.audit_path)[-count:]
    return [(entry.action, entry.subject, entry.outcome, entry.actor) for entry in entries]


def test_a_promotion_and_its_roll_back(settings, registry, bundled_dir):
    registry.set_alias(Alias.CANDIDATE, "v2")
    promote(settings, "v2", actor="user:ada", report=say_nothing, data_hash="ds-1")
    assert aliases(registry) == ("v2", "v1")
    assert registry.get_alias(Alias.CANDIDATE) is None
    assert resolve_champion(settings, bundled_dir=bundled_dir).name == "v2"
    done = read_entries(settings.layout.audit_path)[-1]
    assert (done.outcome, done.data_hash) == ("done", "ds-1")
    assert done.before == {"model_version": "v1", "val/top1_accuracy": 0.9}

    roll_back(settings, actor="user:ben", report=say_nothing)
    assert aliases(registry) == ("v1", "v2")
    assert last_entries(settings, 4) == [
        ("promote_model", "v2", "started", "user:ada"),
        ("promote_model", "v2", "done", "user:ada"),
        ("roll_back_model", "v1", "started", "user:ben"),
        ("roll_back_model", "v1", "done", "user:ben"),
    ]


def test_what_cannot_be_done_changes_nothing(settings, registry):
    with pytest.raises(PromotionError, match="champion already"):
        promote(settings, "v1", actor="a", report=say_nothing)
    with pytest.raises(RegistryError, match="v9"):
        promote(settings, "v9", actor="a", report=say_nothing)
    with pytest.raises(PromotionError, match="compared with v0"):
        promote(settings, "v2", actor="a", report=say_nothing, expected_champion="v0")
    with pytest.raises(PromotionError, match="no model before"):
        roll_back(settings, actor="a", report=say_nothing)
    assert aliases(registry) == ("v1", None)


def test_the_second_of_two_promotions_gets_a_clear_answer(settings, registry):
    with settings.layout.promotion_lock_path.open("a") as lock:
        fcntl.flock(lock.fileno(), fcntl.LOCK_EX)
        with pytest.raises(PromotionError, match="Another promotion"):
            promote(settings, "v2", actor="a", report=say_nothing)
    assert aliases(registry) == ("v1", None)


def test_what_the_service_refuses_is_taken_back(settings, registry, monkeypatch):
    def refuse(*_):
        raise ServeError("the replicas refuse it")

    monkeypatch.setattr(promotion, "_roll_service", refuse)
    with pytest.raises(PromotionError, match=r"v1 goes on.*refuse it"):
        promote(settings, "v2", actor="a", report=say_nothing)
    assert aliases(registry) == ("v1", None)
    assert not settings.layout.promotion_path.exists()
    assert last_entries(settings, 1) == [("promote_model", "v2", "failed", "a")]


def test_a_promotion_that_was_killed_is_taken_back_by_the_next_start(
    settings, registry, bundled_dir
):
    done = subprocess.run(
        [sys.executable, "-c", KILLED, "v2"],
        cwd=PROJECT_DIR,
        env={"LEAFRAY_HOME": str(settings.home), "PATH": ""},
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == -9, done.stderr
    assert aliases(registry) == ("v2", "v1")

    assert resolve_champion(settings, bundled_dir=bundled_dir).name == "v1"
    assert aliases(registry) == ("v1", None)
    assert last_entries(settings, 2) == [
        ("promote_model", "v2", "started", "user:killed"),
        ("promote_model", "v2", "failed", "user:killed"),
    ]
