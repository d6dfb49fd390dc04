"""Features of photographs with Ray Data: what an artifact's last layer sees of each."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from ray.data import ActorPoolStrategy

from cluster.storage import Layout
from models.images import decode_image, read_image_bytes
from models.predictor import Predictor
from train_jobs.data_context import CPUS_PER_ACTOR, configure_ray_data, create_dataset
from train_jobs.manifest import Sample

_BATCH_SIZE = 32
_ROWS_PER_TASK = 128


def extract_features(
    layout: Layout, artifact_dir: Path, samples: Sequence[Sample], *, num_actors: int
) -> NDArray[np.float32]:
    """Return the features (samples, channels) of stored photographs, in their order.

    Raises:
        models.images.ImageError: a photograph cannot be read; validate the version first.
    """
    configure_ray_data()
    paths = [str(layout.image_path(sample.sha256)) for sample in samples]
    table = pa.table({"path": paths, "row": list(range(len(paths)))})
    batches = (
        create_dataset(table, rows_per_block=_ROWS_PER_TASK)
        .map_batches(
            _Extractor,
            fn_constructor_args=(str(artifact_dir.resolve()),),
            batch_size=_BATCH_SIZE,
            num_cpus=CPUS_PER_ACTOR,
            compute=ActorPoolStrategy(
                min_size=1, max_size=min(num_actors, -(-len(paths) // _ROWS_PER_TASK))
            ),
        )
        .iter_batches(batch_size=_ROWS_PER_TASK)
    )
    features_bf: NDArray[np.float32] | None = None
    for batch in batches:
        if features_bf is None:
            features_bf = np.empty((len(paths), batch["features_bf"].shape[1]), np.float32)
        features_bf[batch["row"]] = batch["features_bf"]
    if features_bf is None:
        raise ValueError("there are no photographs to take features of")
    return features_bf


class _Extractor:
    """One loaded artifact in an actor of Ray Data."""

    def __init__(self, artifact_dir: str) -> None:
        self._predictor = Predictor.load(Path(artifact_dir))

    def __call__(self, batch: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        images = [decode_image(read_image_bytes(Path(str(path)))) for path in batch["path"]]
        outputs = self._predictor.infer(self._predictor.preprocess(images))
        return {"row": batch["row"], "features_bf": outputs.features_bf}
