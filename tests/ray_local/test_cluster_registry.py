"""The model registry on a real MLflow store in a temporary folder."""

import hashlib
import json
import shutil

import pytest

from cluster.champion import resolve_champion
from cluster.errors import RegistryError
from cluster.registry import Alias, Registry
from cluster.settings import Settings
from cluster.storage import create_folders

# MLflow uses what SQLAlchemy and Pydantic have deprecated; none of it is ours to change.
pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::sqlalchemy.exc.SADeprecationWarning"
)


def make_artifact(folder, model_version):
    folder.mkdir()
    weights = f"weights of {model_version}".encode()
    (folder / "model.onnx").write_bytes(weights)
    card = {
        "model_version": model_version,
        "files": {"model.onnx": hashlib.sha256(weights).hexdigest()},
        "metrics": {"val": {"top1_accuracy": 0.9}},
    }
    (folder / "card.json").write_text(json.dumps(card))
    return folder


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    settings = Settings(home=tmp_path_factory.mktemp("home"), MLFLOW_TRACKING_URI=None)
    create_folders(settings.layout, min_free_bytes=0)
    yield settings
    shutil.rmtree(settings.layout.ray_dir)


@pytest.fixture(scope="module")
def registry(settings):
    return Registry(settings.mlflow_tracking_uri, layout=settings.layout)


@pytest.fixture(scope="module")
def bundled_dir(tmp_path_factory):
    return make_artifact(tmp_path_factory.mktemp("bundled") / "champion", "v1")


def test_the_life_of_a_champion(settings, registry, bundled_dir, tmp_path):
    served_dir = resolve_champion(settings, bundled_dir=bundled_dir)
    assert served_dir == settings.layout.model_dir("v1")
    assert registry.get_alias(Alias.CHAMPION) == "v1"
    assert registry.get_alias(Alias.PREVIOUS) is None

    again = registry.register_artifact(bundled_dir, model_version="v1", metrics={}, tags={})
    assert [item.number for item in registry.list_versions()] == [again.number]

    # A damaged copy is fetched again.
    (served_dir / "model.onnx").write_bytes(b"damaged")
    resolve_champion(settings, bundled_dir=bundled_dir)
    assert (served_dir / "model.onnx").read_bytes() == b"weights of v1"

    # A promotion is what the next start serves, though the bundle still holds v1.
    challenger_dir = make_artifact(tmp_path / "challenger", "v2")
    registry.register_artifact(
        challenger_dir, model_version="v2", metrics={"val/top1": 0.95}, tags={"origin": "test"}
    )
    registry.set_alias(Alias.PREVIOUS, "v1")
    registry.set_alias(Alias.CHAMPION, "v2")
    assert resolve_champion(settings, bundled_dir=bundled_dir) == settings.layout.model_dir("v2")
    aliases = {item.model_version: item.aliases for item in registry.list_versions()}
    assert aliases == {"v1": ("previous",), "v2": ("champion",)}


def test_an_unknown_version_is_told_with_the_known_ones(registry):
    with pytest.raises(RegistryError, match="v9"):
        registry.download_artifact("v9")
    with pytest.raises(RegistryError, match="v9"):
        registry.set_alias(Alias.CANDIDATE, "v9")


def test_a_card_of_another_version_is_refused(registry, bundled_dir):
    with pytest.raises(RegistryError, match="not 'v3'"):
        registry.register_artifact(bundled_dir, model_version="v3", metrics={}, tags={})
