"""A user: asks by a schedule, again where our client does, and says how long it took.

Every user asks by a schedule (`loadtest.load.schedule`) and again as our client does
(`loadtest.patience`): what Locust counts as one request is one question with all of its attempts,
and its response time counts from when the question was due, so waiting behind a slow answer is part
of it. Locust's own pages and files therefore show response times free of coordinated omission.
Importing Locust lets gevent replace ``time.sleep`` and sockets: a user that waits holds up nobody.
"""

import random
import time
from collections.abc import Sequence
from typing import Any, ClassVar

from locust import FastHttpUser, task
from locust.env import Environment
from locust.exception import StopTest

from loadtest.load.answers import Check, find_failure
from loadtest.load.kit import Kit
from loadtest.load.request_log import NEVER_ASKED, Asked
from loadtest.load.schedule import Schedule
from loadtest.patience import Failure, get_wait_s
from serve_app.address import is_loopback

CONTEXT_KEY = "leafray"
# How long a user that was stopped goes on with what was due before.
_CATCH_UP_S = 3.0


class NeverAskedError(Exception):
    """A question was due, and the user was stopped before it came to ask it."""


class LeafUser(FastHttpUser):
    """One who asks every `period_s` seconds over one connection."""

    abstract = True
    # As our client: longer than the service lets anybody wait.
    network_timeout = 30.0
    connection_timeout = 3.0
    kind: ClassVar[str]
    num_photos: ClassVar[int] = 0
    period_s: ClassVar[float]
    # Set by the locustfile before the first user is made.
    kit: ClassVar[Kit]

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        if self.kit.is_own_key and not is_loopback(str(self.host)):
            raise StopTest(
                f"The key of this installation is for this machine, not for {self.host}. Name "
                "another with --key-file."
            )
        # Each with a phase of its own: users that start together must not ask together.
        phase_s = random.random() * self.period_s  # noqa: S311 - no secret
        self._schedule = Schedule(first_s=time.monotonic() + phase_s, period_s=self.period_s)
        self._unix_offset_s = time.time() - time.monotonic()
        self._question_idx = 0
        # They begin at different photographs.
        self._first_idx = random.randrange(len(self.kit.photos))  # noqa: S311 - no secret
        self._stopped_s: float | None = None

    def on_start(self) -> None:
        """Wait for the first question's time."""
        time.sleep(self._schedule.get_wait_s(0, now_s=time.monotonic()))

    @task
    def act(self) -> None:
        """Ask the next question."""
        self.ask_next()

    def ask_next(self) -> None:
        """Ask one question, by `ask`."""
        raise NotImplementedError

    def wait_time(self) -> float:
        """Return how long to wait before the next question."""
        return self._schedule.get_wait_s(self._question_idx, now_s=time.monotonic())

    def stop(self, force: bool = False) -> bool:
        """Ask nothing that is due later; the question at hand is finished unless forced."""
        self._stopped_s = time.monotonic()
        return bool(super().stop(force))

    def on_stop(self) -> None:
        """Ask what was due before the stop; what time is too short for is a failure each."""
        until_s = self._stopped_s or time.monotonic()
        while self._list_missed(until_s) and time.monotonic() < until_s + _CATCH_UP_S:
            self.ask_next()
        for idx in self._list_missed(until_s):
            due_s = self._schedule.get_due_s(idx)
            self.environment.events.request.fire(
                request_type="POST" if self.num_photos else "GET",
                name=self.kind,
                response_time=(until_s - due_s) * 1000,
                response_length=0,
                exception=NeverAskedError(NEVER_ASKED),
                context={
                    CONTEXT_KEY: self._describe(self.kind, due_s, until_s, until_s, NEVER_ASKED)
                },
            )

    def ask(
        self, method: str, path: str, check: Check, *, is_due: bool = True, **options: Any
    ) -> bytes | None:
        """Ask as our client does; return the right answer's body, None if none came.

        `is_due` False: a part of a question that goes on, counted from when it is sent.
        """
        sent_s = due_s = time.monotonic()
        kind = self.kind if is_due else f"{self.kind} check"
        if is_due:
            due_s = self._schedule.get_due_s(self._question_idx)
            self._question_idx += 1
        failures: list[Failure] = []
        headers = {"Authorization": f"Bearer {self.kit.api_key}"} | options.pop("headers", {})
        while True:
            answer = self.client.request(
                method,
                path,
                name=kind,
                catch_response=True,
                headers=headers,
                **options,
            )
            failure = find_failure(answer, check)
            if failure is None:
                break
            failures.append(failure)
            wait_s = get_wait_s(failure, num_attempts=len(failures))
            if wait_s is None:
                break
            time.sleep(wait_s)
        ended_s = time.monotonic()
        fault = "" if failure is None else failure.reason
        with answer:
            answer.request_meta["response_time"] = (ended_s - due_s) * 1000
            answer.request_meta["context"] = {
                CONTEXT_KEY: self._describe(kind, due_s, sent_s, ended_s, fault, failures)
            }
            if fault:
                answer.failure(fault)
            else:
                answer.success()
        return None if fault else answer.content

    def _list_missed(self, until_s: float) -> range:
        return self._schedule.list_missed(self._question_idx, until_s=until_s)

    def _describe(
        self,
        kind: str,
        due_s: float,
        sent_s: float,
        ended_s: float,
        fault: str,
        failures: Sequence[Failure] = (),
    ) -> Asked:
        return Asked(
            kind=kind,
            due_s=due_s + self._unix_offset_s,
            sent_s=sent_s + self._unix_offset_s,
            ended_s=ended_s + self._unix_offset_s,
            num_photos=self.num_photos,
            fault=fault,
            failures=" | ".join(item.reason for item in failures),
        )

    @property
    def turn(self) -> int:
        """A number that grows with every question, for taking turns."""
        return self._first_idx + self._question_idx
