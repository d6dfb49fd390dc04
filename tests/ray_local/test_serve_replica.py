"""The predict application on a real Serve replica."""

import httpx2
import pytest

from cluster.keys import ApiKey, ApiKeys, Role, hash_secret
from models.predictor import Predictor
from serve_app.client import ApiError, LeafrayClient

PORT = 18000
URL = f"http://127.0.0.1:{PORT}"
SECRET = "of the greenhouse"

# Ray Serve is imported inside the tests, for its import warns of a deprecated use of pydantic.
pytestmark = pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecatedSince20")


@pytest.fixture(scope="module")
def replica(ray_cluster, champion_dir, tmp_path_factory):
    from ray import serve

    from serve_app.predict_app import PredictAppArgs, build_app

    keys_path = tmp_path_factory.mktemp("keys") / "api_keys.json"
    key = ApiKey(name="test", role=Role.PREDICT, sha256=hash_secret(SECRET))
    keys_path.write_text(ApiKeys(keys=(key,)).model_dump_json())
    serve.start(http_options={"host": "127.0.0.1", "port": PORT})
    args = PredictAppArgs(artifact_dir=champion_dir, api_keys_path=keys_path)
    serve.run(build_app(args), name="predict", route_prefix="/")
    yield
    serve.shutdown()


def test_the_replica_answers_like_the_local_predictor(replica, champion_dir, drawn_leaf_bytes):
    local = Predictor.load(champion_dir).predict_bytes(drawn_leaf_bytes)
    with LeafrayClient(URL, SECRET) as client:
        assert client.get_readiness().model_version == local.model_version
        answer = client.predict(drawn_leaf_bytes)
    assert [item.class_name for item in answer.predictions] == [
        item.class_name for item in local.top
    ]
    assert answer.predictions[0].probability == pytest.approx(local.top[0].probability, abs=1e-4)


def test_errors_pass_serve_unchanged_with_one_request_id(replica):
    with LeafrayClient(URL, "wrong") as stranger, pytest.raises(ApiError) as refused:
        stranger.get_model()
    assert (refused.value.status, refused.value.code) == (401, "unauthorized")
    response = httpx2.get(f"{URL}/nothing", headers={"X-Request-ID": "leaf-7"}, trust_env=False)
    assert response.status_code == 404
    assert response.headers.get_list("x-request-id") == ["leaf-7"]
    assert response.json()["request_id"] == "leaf-7"


def test_a_body_beyond_the_limit_is_refused_by_the_replica(replica):
    with LeafrayClient(URL, SECRET) as client, pytest.raises(ApiError) as refused:
        client.predict(b"\xff\xd8\xff" + bytes(25 * 1024 * 1024))
    assert refused.value.code == "body_too_large"


def test_serve_counts_the_replica_as_healthy(replica):
    from ray import serve

    application = serve.status().applications["predict"]
    assert application.status == "RUNNING"
    assert application.deployments["PredictService"].status == "HEALTHY"
