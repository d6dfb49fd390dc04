"""Unit tests decide on values: Ray, the network and the clock are out of reach."""

import asyncio
import socket
import time
from collections.abc import Generator
from typing import Any, NoReturn

import pytest
import ray

MAX_SLEEP_S = 0.05


@pytest.fixture(scope="module", autouse=True)
def guards() -> Generator[None]:
    """Make what a unit test must not do raise, for as long as its module runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ray, "init", _refuse_ray)
        patch.setattr(socket.socket, "connect", _refuse_network)
        patch.setattr(socket.socket, "connect_ex", _refuse_network)
        patch.setattr(socket, "getaddrinfo", _refuse_network)
        patch.setattr(time, "sleep", _sleep_shortly(time.sleep))
        patch.setattr(asyncio, "sleep", _sleep_shortly(asyncio.sleep))
        yield


def _refuse_ray(*args: object, **options: object) -> NoReturn:
    pytest.fail("a unit test starts Ray; move it to tests/ray_local")


def _refuse_network(*args: object, **options: object) -> NoReturn:
    pytest.fail("a unit test uses the network; move it to tests/contract or tests/ray_local")


def _sleep_shortly(sleep: Any) -> Any:
    def checked(delay: float, *rest: object) -> Any:
        if delay > MAX_SLEEP_S:
            pytest.fail(f"a unit test sleeps {delay} s; pass the clock as an argument")
        return sleep(delay, *rest)

    return checked
