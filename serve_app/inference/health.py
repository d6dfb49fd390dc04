"""Whether the model answers: a real inference, bounded in time and in number."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from models.predictor import Predictor
from serve_app.errors import NotReadyError

_PROBE_SIDE_PX = 64
_CHECK_TIMEOUT_S = 8.0
_FRESH_S = 1.0


class HealthProbe:
    """Runs a small image through the predictor on a thread of its own.

    A full queue of requests is no illness, so the probe does not stand in it. It is open to
    strangers, so answers of the last second are used again and one probe runs at a time.
    """

    def __init__(self, predictor: Predictor, *, timeout_s: float = _CHECK_TIMEOUT_S) -> None:
        self._predictor = predictor
        self._timeout_s = timeout_s
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="health")
        self._lock = asyncio.Lock()
        self._passed_s: float | None = None

    async def check(self) -> None:
        """Return when the model answered.

        Raises:
            NotReadyError: it failed, or took too long.
        """
        try:
            async with asyncio.timeout(self._timeout_s), self._lock:
                if self._passed_s is None or time.monotonic() - self._passed_s > _FRESH_S:
                    await asyncio.get_running_loop().run_in_executor(self._pool, self.infer)
                    self._passed_s = time.monotonic()
        except TimeoutError:
            raise NotReadyError(
                f"The model gave no answer within {self._timeout_s:.0f} s; try again soon."
            ) from None
        except Exception as error:
            # The errors of ONNX Runtime share no base but this one, and whatever it was, the
            # model does not answer.
            raise NotReadyError(f"The model fails: {str(error)[:200]}") from error

    def infer(self) -> None:
        """Let the model answer once, on this thread.

        Raises:
            RuntimeError: what it answers with are no probabilities.
        """
        ramp = np.arange(_PROBE_SIDE_PX * _PROBE_SIDE_PX * 3, dtype=np.uint32) % 251
        image = ramp.astype(np.uint8).reshape(_PROBE_SIDE_PX, _PROBE_SIDE_PX, 3)
        prediction = self._predictor.predict_image(image, top_k=1)
        if not np.isfinite(prediction.top[0].probability):
            raise RuntimeError("its probabilities are no numbers; export the artifact again")

    def close(self) -> None:
        """Take no more probes."""
        self._pool.shutdown(wait=False, cancel_futures=True)
