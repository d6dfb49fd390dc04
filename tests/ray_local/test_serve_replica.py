"""The predict application on a real Serve replica."""

import contextlib
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from cluster.keys import ApiKey, ApiKeys, Role, hash_secret
from cluster.serve_config import Candidate, build_serve_config, get_order
from cluster.settings import Settings
from loadtest.artifact_copies import copy_as_broken, copy_as_other_version
from models.predictor import Predictor
from serve_app.client import ApiError, ClientError, LeafrayClient

PORT = 18000
URL = f"http://127.0.0.1:{PORT}"
ROLL_TIMEOUT_S = 30.0
NUM_CROWD = 90
SECRET = "of the greenhouse"

# Ray Serve is imported inside the tests, for its import warns of a deprecated use of pydantic.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecatedSince20"),
    # The environment variables that Ray names instead are read nowhere in Ray 2.60.
    pytest.mark.filterwarnings("ignore:The `metrics_interval_s` field:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def replica(ray_cluster, champion_dir, tmp_path_factory):
    from ray import serve
    from ray.serve.context import _get_global_client
    from ray.serve.schema import ServeDeploySchema

    keys_path = tmp_path_factory.mktemp("keys") / "api_keys.json"
    key = ApiKey(name="test", role=Role.PREDICT, sha256=hash_secret(SECRET))
    keys_path.write_text(ApiKeys(keys=(key,)).model_dump_json())
    serve.start(http_options={"host": "127.0.0.1", "port": PORT})
    settings = Settings(home=keys_path.parent, http_port=PORT, num_cpus=2, max_replicas=1)

    def order(artifact_dir, candidate=None):
        """Let Serve run by the installation's own configuration; return the order's id."""
        config = build_serve_config(
            settings,
            artifact_dir=artifact_dir,
            api_keys_path=keys_path,
            candidate=candidate,
        )
        serve_client = _get_global_client()
        assert serve_client is not None
        serve_client.deploy_apps(ServeDeploySchema.model_validate(config))
        return get_order(config)["order_id"]

    first_id = order(champion_dir)
    with LeafrayClient(URL, SECRET) as client:
        wait_for_roll(client, first_id)
    yield order
    serve.shutdown()


def wait_for_roll(client, order_id):
    """Return what the model endpoint says once the order was carried out or has failed."""
    deadline_s = time.monotonic() + ROLL_TIMEOUT_S
    while True:
        model = None
        with contextlib.suppress(ClientError):  # Not even the first replica is there yet.
            model = client.get_model()
            if model.replica.order_id == order_id and model.replica.roll_state != "rolling":
                return model
        assert time.monotonic() < deadline_s, model
        time.sleep(0.1)


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


def test_a_running_replica_changes_its_model(replica, champion_dir, drawn_leaf_bytes, tmp_path):
    other_dir = copy_as_other_version(champion_dir, tmp_path / "other")
    broken_dir = copy_as_broken(champion_dir, tmp_path / "broken")
    with LeafrayClient(URL, SECRET) as client:
        before = client.get_model()
        assert before.replica is not None
        assert before.replica.roll_state == "serving"

        second = wait_for_roll(client, replica(other_dir))
        assert second.replica.replica_id == before.replica.replica_id
        assert second.model_version == f"{before.model_version}-rolled"
        assert client.predict(drawn_leaf_bytes).model_version == second.model_version

        broken = wait_for_roll(client, replica(broken_dir))
        assert broken.replica.replica_id == before.replica.replica_id
        assert broken.replica.roll_state == "failed"
        assert "protobuf" in broken.replica.roll_reason.lower()
        assert broken.model_version == second.model_version
        assert client.predict(drawn_leaf_bytes).model_version == second.model_version

        third = wait_for_roll(client, replica(champion_dir))
        assert third.model_version == before.model_version


def test_a_candidate_answers_its_share_under_its_own_name(
    replica, champion_dir, drawn_leaf_bytes, tmp_path
):
    other_dir = copy_as_other_version(champion_dir, tmp_path / "other")
    with LeafrayClient(URL, SECRET) as client:
        champion = client.get_model().model_version
        order_id = replica(
            champion_dir,
            Candidate(artifact_dir=other_dir, canary_percent=50, shadow_percent=100),
        )
        wait_for_roll(client, order_id)
        answers = [client.predict(drawn_leaf_bytes) for _ in range(40)]
        # Forty tosses of a coin give one side alone once in 5e11 runs.
        assert {answer.model_version for answer in answers} == {champion, f"{champion}-rolled"}
        deadline_s = time.monotonic() + ROLL_TIMEOUT_S
        while True:
            candidate = client.get_model().candidate
            assert candidate is not None
            assert candidate.shadow is not None
            if candidate.shadow.num_compared:
                break
            assert time.monotonic() < deadline_s, candidate
            time.sleep(0.1)
        # The same weights see the same.
        assert candidate.shadow.num_disagreed == candidate.shadow.num_failed == 0
        assert wait_for_roll(client, replica(champion_dir)).candidate is None


def test_more_than_fits_is_refused_at_once_in_the_words_of_the_contract(replica, drawn_leaf_bytes):
    def ask(_):
        headers = {"Authorization": f"Bearer {SECRET}"}
        with httpx2.Client(base_url=URL, headers=headers, trust_env=False, timeout=60) as http:
            return http.post("/v1/predictions", content=drawn_leaf_bytes)

    with ThreadPoolExecutor(NUM_CROWD) as pool:
        responses = list(pool.map(ask, range(NUM_CROWD)))
    statuses = Counter(response.status_code for response in responses)
    # One computes and 32 wait; they are done within the second that the others are asked to wait.
    assert statuses[200] >= 33
    assert set(statuses) == {200, 503}
    for response in responses:
        if response.status_code == 503:
            assert response.json()["code"] == "busy"
            assert response.headers["retry-after"] == "1"
