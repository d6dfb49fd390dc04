"""One cluster for the tests that leave it up: starting one costs the better part of a minute."""

import pytest

from tests.installation import Installation


@pytest.fixture(scope="session")
def leafray(tmp_path_factory):
    """An installation with its cluster up; what a test promotes there stays the champion."""
    leafray = Installation(tmp_path_factory.mktemp("leafray"))
    try:
        leafray.run("cluster", "up")
        yield leafray
    finally:
        leafray.run("cluster", "down")
