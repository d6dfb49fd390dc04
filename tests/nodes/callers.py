"""Callers who ask on and on while nodes are lost beneath them."""

import threading
import time
from dataclasses import dataclass

from cluster.http_probe import wait_for
from models.leaf_drawing import draw_leaf, encode_jpeg
from serve_app.client import ClientError


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One question of a caller: when it was answered, how long it took, and by which model."""

    ended_s: float
    took_s: float
    model_version: str


class Callers:
    """Two callers with our client, who ask again and again for as long as the block runs."""

    def __init__(self, nodes):
        self._nodes = nodes
        self._image_bytes = encode_jpeg(draw_leaf(7))
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(2)]
        self.answers: list[Answer] = []
        self.failures: list[str] = []

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def again(self):
        """Return callers who have asked nothing yet."""
        return Callers(self._nodes)

    @property
    def versions(self):
        return {answer.model_version for answer in self.answers}

    def describe(self):
        """Return how many were answered, and how long one waited with the client's own attempts."""
        longest_s = max(answer.took_s for answer in self.answers)
        return f"{len(self.answers)} answers, the slowest after {longest_s:.1f} s"

    def wait_for_answers(self, count, timeout_s=60):
        """Wait until so many more answers have come."""
        wanted = len(self.answers) + count
        assert wait_for(lambda: len(self.answers) >= wanted, timeout_s=timeout_s), self.failures

    def _ask(self):
        with self._nodes.connect() as client:
            # Half the machine is left to the nodes that start again.
            while not self._is_over.wait(0.05):
                started_s = time.monotonic()
                try:
                    prediction = client.predict(self._image_bytes)
                except ClientError as error:
                    took_s = time.monotonic() - started_s
                    self.failures.append(f"{type(error).__name__} after {took_s:.1f} s: {error}")
                    continue
                ended_s = time.monotonic()
                self.answers.append(
                    Answer(
                        ended_s=ended_s,
                        took_s=ended_s - started_s,
                        model_version=prediction.model_version,
                    )
                )
