"""One look at a server: its figures, its model, whether it answers. Runs on workers."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gui.kit.connection import Connection
from gui.service import events
from gui.service.facts import ModelFacts
from gui.service.reading import read_page

if TYPE_CHECKING:
    from serve_app.schemas import ModelResponse

# `/readyz` is a real inference, and a model is not changed every second.
_ROUNDS_A_MODEL = 5


class ServerLook:
    """Looks again and again; posts what it saw under the address that it asked."""

    def __init__(self, connection: Connection, post: Callable[[events.Event], None]) -> None:
        """Take the server, and where to post."""
        self._connection = connection
        self._post = post
        self._round = 0

    def look(self) -> None:
        """Read the figures, and every fifth time the model."""
        from serve_app.client import ClientError
        from serve_app.key_file import KeyFileUnusableError

        url = self._connection.url
        try:
            client = self._connection.get_client()
            reading = read_page(client.read_metrics(), time_s=time.monotonic())
        except (ClientError, KeyFileUnusableError) as error:
            self._post(events.FiguresMissed(url=url, problem=str(error)))
            return
        except ValueError:
            problem = "What the server tells are no figures that this window can read."
            self._post(events.FiguresMissed(url=url, problem=problem))
            return
        self._post(events.FiguresRead(url=url, reading=reading))
        if self._round % _ROUNDS_A_MODEL == 0:
            self._look_at_model(url)
        self._round += 1

    def _look_at_model(self, url: str) -> None:
        from serve_app.client import ClientError
        from serve_app.key_file import KeyFileUnusableError

        facts, problem = None, None
        try:
            client = self._connection.get_client()
            facts = _to_facts(client.get_model())
            client.get_readiness()
        except (ClientError, KeyFileUnusableError) as error:
            problem = str(error)
        self._post(
            events.ModelTold(url=url, facts=facts, is_ready=problem is None, problem=problem)
        )


def _to_facts(model: "ModelResponse") -> ModelFacts:
    drift: dict[str, Any] = model.drift or {}
    candidate = model.candidate
    return ModelFacts(
        version=model.model_version,
        since=model.since,
        drift=drift.get("summary"),
        is_drift_strong=bool(drift.get("is_strong")),
        candidate=candidate.model_version if candidate else None,
        canary_percent=candidate.canary_percent if candidate else 0.0,
    )
