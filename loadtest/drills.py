"""The drills: what is done to a loaded service, and the figures that it must keep."""

import asyncio
import os
import signal
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from loadtest.artifact_copies import copy_as_broken, copy_as_other_version
from loadtest.slo import BUSY_CONNECTIONS, Verdict
from loadtest.stage import Stage
from loadtest.story import judge_memory, judge_scale_up, to_verdict

Drill = Callable[[Stage], Awaitable[tuple[Verdict, ...]]]

# What a saturated machine may need; the figures judge, these only end the waiting.
_SCALE_TIMEOUT_S = 90.0
_STEADY_S = 6.0
_CAPACITY_S = 10.0
_SOAK_SHARE = 0.8


async def step(stage: Stage) -> tuple[Verdict, ...]:
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
    least = stage.settings.min_replicas

    def is_back() -> bool:
        return len(stage.watch.looks[-1].replicas) == least

    timeout_s = stage.settings.downscale_delay_s + _SCALE_TIMEOUT_S
    num_left_over = 0
    if await stage.wait_until(is_back, timeout_s=timeout_s):
        stage.mark(f"{least} replicas, and the others are gone")
        await asyncio.sleep(_STEADY_S)
    else:
        num_left_over = len(stage.watch.looks[-1].replicas) - least
    return (*figures, to_verdict("replicas left over after the load", num_left_over, limit=0))


async def roll(stage: Stage) -> tuple[Verdict, ...]:
    """Change the model under load, then order one that cannot be loaded, then the first again."""
    stage.mark(f"{BUSY_CONNECTIONS} connections")
    stage.load.set_connections(BUSY_CONNECTIONS)
    await asyncio.sleep(_STEADY_S)
    with tempfile.TemporaryDirectory(prefix="leafray-roll-") as folder:
        other_dir = copy_as_other_version(stage.artifact_dir, Path(folder) / "other")
        broken_dir = copy_as_broken(stage.artifact_dir, Path(folder) / "broken")
        num_wrong = 0
        for name, artifact_dir, is_wanted in (
            ("another model", other_dir, True),
            ("a model that is broken", broken_dir, False),
            ("the first model", stage.artifact_dir, True),
        ):
            stage.mark(f"order: {name}")
            status, said = await stage.run_cluster("up", "--artifact", str(artifact_dir))
            stage.mark("done" if status == 0 else f"refused: {said[:160]}")
            num_wrong += (status == 0) is not is_wanted
            await asyncio.sleep(_STEADY_S)
    return (to_verdict("orders that ended otherwise than they should", num_wrong, limit=0),)


async def kill(stage: Stage) -> tuple[Verdict, ...]:
    """Kill the only replica under a small load, then one of all under a large one."""
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


async def _kill_one(stage: Stage) -> None:
    before = stage.watch.list_running()
    victim = before[-1]
    if victim.pid is None:
        return
    os.kill(victim.pid, signal.SIGKILL)
    stage.mark(f"killed one of {len(before)} replicas")

    def is_healed() -> bool:
        running = stage.watch.list_running()
        return len(running) >= len(before) and victim not in running

    if await stage.wait_until(is_healed, timeout_s=_SCALE_TIMEOUT_S):
        stage.mark(f"{len(before)} replicas again")


def create_soak(minutes: float) -> Drill:
    """Return the drill that loads the service at 80 % of what it can for so long."""

    async def soak(stage: Stage) -> tuple[Verdict, ...]:
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
