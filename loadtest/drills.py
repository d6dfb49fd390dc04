"""The drills: what is done to a loaded service, and the figures that it must keep."""

import asyncio
import os
import signal
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from cluster.figure import Figure, at_most
from loadtest.artifact_copies import copy_as_broken, copy_as_other_version
from loadtest.slo import BUSY_CONNECTIONS
from loadtest.stage import Stage
from loadtest.story import judge_memory, judge_scale_up

Drill = Callable[[Stage], Awaitable[tuple[Figure, ...]]]

# What a saturated machine may need; the figures judge, these only end the waiting.
_SCALE_TIMEOUT_S = 90.0
_STEADY_S = 6.0
# Too few for a second replica.
_FEW_CONNECTIONS = 3
_CAPACITY_S = 10.0
_SOAK_SHARE = 0.8


async def step(stage: Stage) -> tuple[Figure, ...]:
    """From nothing to 16 connections, until replicas were added; then one, until they went."""
    await asyncio.sleep(_STEADY_S / 2)
    step_at_s = stage.mark(f"{BUSY_CONNECTIONS} connections")
    stage.load.set_connections(BUSY_CONNECTIONS)
    most = stage.settings.most_replicas
    if await stage.wait_until(lambda: stage.num_running >= most, timeout_s=_SCALE_TIMEOUT_S):
        stage.mark(f"{most} replicas")
    await asyncio.sleep(2 * _STEADY_S)
    figures = judge_scale_up(stage.watch.looks, step_at_s=step_at_s)
    stage.mark("1 connection")
    stage.load.set_connections(1)
    await _wait_for_least(stage)
    num_left_over = len(stage.watch.looks[-1].replicas) - stage.settings.min_replicas
    stage.mark(f"{num_left_over} replicas too many are left")
    await asyncio.sleep(_STEADY_S)
    return (*figures, at_most("replicas left over after the load", num_left_over, limit=0))


async def roll(stage: Stage) -> tuple[Figure, ...]:
    """Change the model and back, and order a broken one: with one replica, then with several."""
    await _wait_for_least(stage)
    with tempfile.TemporaryDirectory(prefix="leafray-roll-") as folder:
        other_dir = copy_as_other_version(stage.artifact_dir, Path(folder) / "other")
        broken_dir = copy_as_broken(stage.artifact_dir, Path(folder) / "broken")
        num_wrong = 0
        for connections, name, artifact_dir, is_wanted in (
            (_FEW_CONNECTIONS, "another model", other_dir, True),
            (_FEW_CONNECTIONS, "the first model", stage.artifact_dir, True),
            (_FEW_CONNECTIONS, "a broken model", broken_dir, False),
            (BUSY_CONNECTIONS, "another model", other_dir, True),
            (BUSY_CONNECTIONS, "a broken model", broken_dir, False),
            (BUSY_CONNECTIONS, "the first model", stage.artifact_dir, True),
        ):
            stage.load.set_connections(connections)
            await asyncio.sleep(_STEADY_S)
            stage.mark(f"{connections} connections, {name}")
            status, said = await stage.run_cluster("up", "--artifact", str(artifact_dir))
            stage.mark("done" if status == 0 else f"refused: {said[:160]}")
            num_wrong += (status == 0) is not is_wanted
        await asyncio.sleep(_STEADY_S)
    return (at_most("orders that ended otherwise than they should", num_wrong, limit=0),)


async def kill(stage: Stage) -> tuple[Figure, ...]:
    """Kill the only replica under a small load, then one of all under a large one."""
    await _wait_for_least(stage)
    stage.load.set_connections(1)
    await asyncio.sleep(_STEADY_S)
    await _kill_one(stage)
    await asyncio.sleep(_STEADY_S)
    stage.mark(f"{BUSY_CONNECTIONS} connections")
    stage.load.set_connections(BUSY_CONNECTIONS)
    most = stage.settings.most_replicas
    await stage.wait_until(lambda: stage.num_running >= most, timeout_s=_SCALE_TIMEOUT_S)
    await asyncio.sleep(_STEADY_S)
    await _kill_one(stage)
    await asyncio.sleep(_STEADY_S)
    return ()


async def _wait_for_least(stage: Stage) -> None:
    """Wait until an earlier load's replicas are gone."""
    timeout_s = stage.settings.downscale_delay_s + _SCALE_TIMEOUT_S
    await stage.wait_until(
        lambda: len(stage.watch.looks[-1].replicas) == stage.settings.min_replicas,
        timeout_s=timeout_s,
    )


async def _kill_one(stage: Stage) -> None:
    before = stage.watch.list_running()
    victim = next((replica for replica in before if replica.pid is not None), None)
    if victim is None or victim.pid is None:
        stage.mark("there is no replica to kill")
        return
    os.kill(victim.pid, signal.SIGKILL)
    stage.mark(f"killed one of {len(before)} replicas")

    def is_healed() -> bool:
        running = stage.watch.list_running()
        ids = {replica.replica_id for replica in running}
        return len(ids) >= len(before) and victim.replica_id not in ids

    if await stage.wait_until(is_healed, timeout_s=_SCALE_TIMEOUT_S):
        stage.mark(f"{len(before)} replicas again")


def create_soak(minutes: float) -> Drill:
    """Return the drill that loads the service at 80 % of what it can for so long."""

    async def soak(stage: Stage) -> tuple[Figure, ...]:
        stage.load.set_connections(BUSY_CONNECTIONS)
        most = stage.settings.most_replicas
        await stage.wait_until(lambda: stage.num_running >= most, timeout_s=_SCALE_TIMEOUT_S)
        stage.mark("measuring the capacity")
        num_before = len(stage.load.questions)
        await asyncio.sleep(_CAPACITY_S)
        capacity_rps = (len(stage.load.questions) - num_before) / _CAPACITY_S
        stage.load.pause_s = BUSY_CONNECTIONS / (_SOAK_SHARE * capacity_rps)
        began_s = stage.mark(f"{_SOAK_SHARE:.0%} of {capacity_rps:.0f} requests/s")
        await asyncio.sleep(60 * minutes)
        stage.mark("end")
        return judge_memory([look for look in stage.watch.looks if look.at_s >= began_s])

    return soak
