"""Which model answers a request: the champion, or for a share of them the candidate.

A request holds the model that it began with until it ends, so an answer is never of two models,
and a model that was replaced is closed after its last request. Everything here runs on one event
loop, so nothing is locked.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from serve_app.errors import NotReadyError
from serve_app.inference.engine import Outcome
from serve_app.inference.micro_batch import TimedPrediction
from serve_app.inference.served_model import ServedModel
from serve_app.inference.shadow import Shadow


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Who answers: `canary_fraction` of the requests go to the candidate, where there is one.

    With `shadow` the candidate also computes a share of the champion's requests, unseen.
    """

    champion: ServedModel
    candidate: ServedModel | None = None
    canary_fraction: float = 0.0
    shadow: Shadow | None = None

    @property
    def models(self) -> tuple[ServedModel, ...]:
        """The models that this line keeps loaded."""
        return (self.champion,) if self.candidate is None else (self.champion, self.candidate)


class ModelSlot:
    """Holds the line that answers now; `draw` returns numbers from 0 to 1."""

    def __init__(self, *, draw: Callable[[], float] = random.random) -> None:
        self._draw = draw
        self._line: Line | None = None
        self._num_requests: Counter[ServedModel] = Counter()
        self._retired: set[ServedModel] = set()

    @property
    def is_empty(self) -> bool:
        """Whether no model was set yet."""
        return self._line is None

    @property
    def line(self) -> Line:
        """Who answers now.

        Raises:
            NotReadyError: no model was loaded yet.
        """
        if self._line is None:
            raise NotReadyError("No model is loaded yet; try again soon.")
        return self._line

    @property
    def champion(self) -> ServedModel:
        """The model of most requests; raises as `line` does."""
        return self.line.champion

    def set_line(self, line: Line) -> None:
        """Answer with these models from the next request on."""
        previous, self._line = self._line, line
        if previous is None:
            return
        if previous.shadow is not None and previous.shadow is not line.shadow:
            previous.shadow.close()
        self._retired.update(set(previous.models) - set(line.models))
        for model in tuple(self._retired):
            self._close_if_unused(model)

    @property
    def model_version(self) -> str:
        """The champion's version; "none" before the first."""
        return "none" if self._line is None else self._line.champion.model_version

    async def predict(
        self, photos: Sequence[bytes], *, top_k: int, with_heatmap: bool = False
    ) -> TimedPrediction:
        """Diagnose one plant wholly by one model; raises as `InferenceEngine.predict` does."""
        line = self.line
        with self._hold(self._choose(line)) as model:
            timed = await model.engine.predict(photos, top_k=top_k, with_heatmap=with_heatmap)
        if line.shadow is not None and model is line.champion:
            line.shadow.offer(photos, timed.prediction)
        return timed

    async def predict_each(self, photos: Sequence[bytes], *, top_k: int) -> list[Outcome]:
        """Diagnose photos of different plants, all by one model; raises as `InferenceEngine` does.

        A batch is not computed by a shadow: it would take the place of many single requests.
        """
        with self._hold(self._choose(self.line)) as model:
            return await model.engine.predict_each(photos, top_k=top_k)

    async def check(self) -> str:
        """Return the version of the champion, which just answered; else raise NotReadyError."""
        champion = self.champion
        await champion.probe.check()
        return champion.model_version

    def close(self) -> None:
        """Close all models; what has begun is finished."""
        if self._line is not None:
            if self._line.shadow is not None:
                self._line.shadow.close()
            self._retired.update(self._line.models)
        for model in self._retired:
            model.close()
        self._retired.clear()

    def _choose(self, line: Line) -> ServedModel:
        if line.candidate is not None and self._draw() < line.canary_fraction:
            return line.candidate
        return line.champion

    @contextmanager
    def _hold(self, model: ServedModel) -> Iterator[ServedModel]:
        self._num_requests[model] += 1
        try:
            yield model
        finally:
            self._num_requests[model] -= 1
            self._close_if_unused(model)

    def _close_if_unused(self, model: ServedModel) -> None:
        if model in self._retired and not self._num_requests[model]:
            self._retired.remove(model)
            del self._num_requests[model]
            model.close()
