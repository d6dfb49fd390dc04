"""Another peer of the benchmark: the same predictor behind LitServe, two workers.

No key, no limits, no Ray. Run with
``LEAFRAY_BENCH_ARTIFACT=DIR python -m serve_app.peers.lit_app PORT``.
"""

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import litserve
from fastapi import Body

from models.predictor import Prediction, Predictor
from serve_app.peers.bare_app import ARTIFACT_VARIABLE, to_bare_answer

_NUM_WORKERS = 2

ImageBody = Annotated[bytes, Body(media_type="image/jpeg")]


class PredictionApi(litserve.LitAPI):  # type: ignore[misc]
    """Takes the image as the raw body, as the other servers do."""

    def setup(self, device: str) -> None:  # noqa: ARG002  (LitServe names the argument)
        """Load the artifact, once a worker."""
        artifact_dir = Path(os.environ[ARTIFACT_VARIABLE])
        self._predictor = Predictor.load(artifact_dir, intra_op_threads=1)

    def decode_request(self, request: ImageBody) -> bytes:
        """Return the image's bytes."""
        return request

    def predict(self, x: bytes) -> Prediction:
        """Diagnose one photo."""
        return self._predictor.predict_bytes(x)

    def encode_response(self, output: Prediction) -> dict[str, Any]:
        """Return the answer's JSON."""
        return to_bare_answer(output)


def main() -> None:
    """Serve until stopped."""
    api = PredictionApi(api_path="/v1/predictions")
    server = litserve.LitServer(
        api, accelerator="cpu", workers_per_device=_NUM_WORKERS, healthcheck_path="/healthz"
    )
    server.run(
        host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", generate_client_file=False
    )


if __name__ == "__main__":
    main()
