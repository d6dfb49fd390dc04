"""Who is let in: bearer keys by their hash, roles by their rank."""

import json

import pytest
from starlette.requests import Request

from cluster.errors import KeyFileError
from cluster.keys import ApiKey, ApiKeys, Role, hash_secret
from serve_app.errors import ForbiddenError, UnauthorizedError
from serve_app.layers.auth import KeyRing, check_role, identify, load_key_ring

SECRETS = {Role.PREDICT: "secret-of-predict", Role.CONTRIBUTE: "c" * 43, Role.ADMIN: "a" * 43}


@pytest.fixture
def key_ring():
    keys = tuple(
        ApiKey(name=f"key of {role}", role=role, sha256=hash_secret(secret))
        for role, secret in SECRETS.items()
    )
    return KeyRing(ApiKeys(keys=keys))


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_each_key_is_found_by_its_secret(key_ring, role, scheme):
    assert identify(f"{scheme} {SECRETS[role]}", key_ring).role is role


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer  ",
        "Bearer wrong",
        f"Basic {SECRETS[Role.ADMIN]}",
        SECRETS[Role.ADMIN],
        f"Bearer {hash_secret(SECRETS[Role.ADMIN])}",
        f"Bearer {SECRETS[Role.ADMIN]}x",
        "Bearer " + "x" * 10_000,
        "Bearer schl\xfcssel",
    ],
)
def test_strangers_are_told_how_to_ask(key_ring, authorization):
    with pytest.raises(UnauthorizedError) as refused:
        identify(authorization, key_ring)
    assert refused.value.status == 401
    assert refused.value.headers["WWW-Authenticate"] == "Bearer"
    assert "key" in refused.value.message.lower()


@pytest.mark.parametrize(
    ("role", "needed", "is_allowed"),
    [
        (Role.PREDICT, Role.PREDICT, True),
        (Role.CONTRIBUTE, Role.PREDICT, True),
        (Role.ADMIN, Role.PREDICT, True),
        (Role.ADMIN, Role.ADMIN, True),
        (Role.PREDICT, Role.CONTRIBUTE, False),
        (Role.CONTRIBUTE, Role.ADMIN, False),
    ],
)
def test_a_higher_role_may_do_what_a_lower_one_may(role, needed, is_allowed):
    api_key = ApiKey(name="someone", role=role, sha256="0" * 64)
    request = Request({"type": "http", "headers": [], "state": {"api_key": api_key}})
    if is_allowed:
        check_role(request, needed)
    else:
        with pytest.raises(ForbiddenError, match=f"needs {needed}"):
            check_role(request, needed)


def test_the_key_file_of_the_cluster_is_read(tmp_path):
    path = tmp_path / "api_keys.json"
    key = {"name": "admin", "role": "admin", "sha256": hash_secret("of the farm")}
    path.write_text(json.dumps({"keys": [key]}))
    assert identify("Bearer of the farm", load_key_ring(path)).name == "admin"


@pytest.mark.parametrize("text", [None, "", "[]", '{"keys": [{"name": "x"}]}'])
def test_a_missing_or_spoilt_key_file_stops_the_service(tmp_path, text):
    path = tmp_path / "api_keys.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(KeyFileError, match=r"api_keys\.json"):
        load_key_ring(path)
