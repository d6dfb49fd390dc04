"""Runs work one at a time, in the order in which they were asked for."""

import threading
from pathlib import Path

from cluster.http_probe import wait_for
from cluster.run_status import RunState, RunStatus, describe_process, load_status, write_status
from cluster.settings import Settings
from train_jobs.run_reporter import RunReporter
from train_jobs.run_turn import turn

TIMEOUT_S = 20.0
POLL_S = 0.01


class Queue:
    """Runs of one installation, each waiting on a thread."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings(home=home)
        self.settings.layout.state_dir.mkdir(parents=True)
        self.order: list[str] = []
        self.may_end = {"first": threading.Event()}
        self.threads: list[threading.Thread] = []

    def ask(self, name: str, *, created_s: float) -> str:
        """Let a run wait for its turn and, in it, for a word to end; return its id."""
        status = create_status(name, created_s=created_s)
        may_end = self.may_end.setdefault(name, threading.Event())

        def wait() -> None:
            reporter = RunReporter(self.settings.layout, status, say=lambda line: None)
            with reporter, turn(self.settings, reporter, timeout_s=TIMEOUT_S, poll_s=POLL_S):
                reporter.begin("prepare", "")
                self.order.append(name)
                assert may_end.wait(TIMEOUT_S)
                reporter.end(RunState.REJECTED, "")

        thread = threading.Thread(target=wait, daemon=True)
        self.threads.append(thread)
        thread.start()
        return status.run_id

    def wait_until_waiting(self, run_id: str, *, for_run: str) -> None:
        """Return when a run says for which one it waits."""

        def waits() -> bool:
            path = self.settings.layout.run_status_path(run_id)
            reason = load_status(self.settings.layout, run_id).reason if path.exists() else ""
            return reason == f"waits for {for_run}"

        assert wait_for(waits, timeout_s=TIMEOUT_S, poll_s=POLL_S)

    def end(self) -> None:
        """Let all runs end."""
        for event in self.may_end.values():
            event.set()
        for thread in self.threads:
            thread.join(TIMEOUT_S)


def create_status(name: str, *, created_s: float) -> RunStatus:
    return RunStatus.model_validate(
        {
            "run_id": f"retrain-{name}",
            "status": RunState.QUEUED,
            "config": "head",
            "actor": "test",
            "created_s": created_s,
            "heartbeat_s": created_s,
            **describe_process(),
        }
    )


def test_runs_that_wait_are_served_in_the_order_in_which_they_were_asked_for(
    tmp_path: Path,
) -> None:
    queue = Queue(tmp_path)
    first = queue.ask("first", created_s=1.0)
    assert wait_for(lambda: queue.order == ["first"], timeout_s=TIMEOUT_S, poll_s=POLL_S)
    # Asked for last, and the first to look for its turn.
    last = queue.ask("last", created_s=3.0)
    queue.wait_until_waiting(last, for_run=first)
    second = queue.ask("second", created_s=2.0)
    queue.wait_until_waiting(last, for_run=second)
    queue.end()
    assert queue.order == ["first", "second", "last"]


def test_a_run_that_died_in_the_queue_holds_nobody_up(tmp_path: Path) -> None:
    queue = Queue(tmp_path)
    dead = create_status("dead", created_s=1.0)
    assert dead.process is not None
    gone = dead.process.model_copy(update={"create_time_s": 1.0})
    write_status(queue.settings.layout, dead.model_copy(update={"process": gone}))
    queue.ask("alive", created_s=2.0)
    queue.end()
    assert queue.order == ["alive"]
    assert load_status(queue.settings.layout, "retrain-dead").status is RunState.FAILED
