"""Diagnose many photographs at once with Ray Data, into Parquet."""

import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from ray.data import ActorPoolStrategy, DataContext

from cluster.storage import Layout
from models.artifact import verify_artifact
from models.images import ImageError, decode_image, list_images, read_image_bytes
from models.prediction_rows import Row, error_row, to_row
from models.predictor import Prediction, Predictor
from train_jobs.data_context import CPUS_PER_ACTOR, configure_ray_data, create_dataset
from train_jobs.dataset import load_samples
from train_jobs.manifest import ManifestError

_BATCH_SIZE = 32
_ROWS_PER_TASK = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotographRef:
    """A photograph to diagnose, and its true class where it is known."""

    path: str
    true_class_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictSummary:
    """What a run has done."""

    output_dir: Path
    num_images: int
    num_errors: int
    """Files that could not be read; their rows name the reason."""
    num_refused: int
    """Photographs that were read and not diagnosed (too blurred, unknown leaf, ...)."""
    images_per_s: float


def find_photographs(layout: Layout, source: str) -> list[PhotographRef]:
    """List the photographs of a folder, a file, or a dataset version.

    Raises:
        ManifestError: the source is neither, or holds no photographs.
    """
    path = Path(source)
    if path.exists():
        found = [PhotographRef(path=str(item.resolve())) for item in list_images([path])]
        if not found:
            raise ManifestError(f"{path} holds no photographs; name a folder with JPEG files")
        return found
    if not layout.dataset_dir(source).exists():
        raise ManifestError(f"{source} is neither a folder nor a dataset version; check the name")
    return [
        PhotographRef(path=str(layout.image_path(item.sha256)), true_class_name=item.class_name)
        for item in load_samples(layout, source)
    ]


def predict(
    artifact_dir: Path,
    photographs: Sequence[PhotographRef],
    output_dir: Path,
    *,
    num_actors: int,
    say: Callable[[str], None],
) -> PredictSummary:
    """Write one row a photograph; a bad file is a row with an `error`.

    Columns: path, true_class_name, class_name, dataset_label, probability, top (list of class_name,
    dataset_label, probability), is_known, refusal_code, ood_score, model_version, error.

    Raises:
        ManifestError: the output folder is there already.
        models.artifact.ArtifactError: the artifact is damaged.
    """
    if output_dir.exists():
        raise ManifestError(f"{output_dir} is there already; name a folder that is not")
    card = verify_artifact(artifact_dir)
    configure_ray_data()
    DataContext.get_current().enable_progress_bars = True
    table = pa.table(
        {
            "path": [photograph.path for photograph in photographs],
            "true_class_name": pa.array(
                [photograph.true_class_name for photograph in photographs], pa.string()
            ),
        }
    )
    num_actors = min(num_actors, -(-len(photographs) // _ROWS_PER_TASK))
    draft = output_dir.with_name(f".{output_dir.name}.{os.getpid()}")
    say(
        f"diagnosing {len(photographs)} photographs with {card.model_version}, {num_actors} at once"
    )
    started_s = time.perf_counter()
    try:
        (
            create_dataset(table, rows_per_block=_ROWS_PER_TASK)
            .map_batches(
                _Diagnoser,
                fn_constructor_args=(str(artifact_dir.resolve()),),
                batch_size=_BATCH_SIZE,
                batch_format="pyarrow",
                num_cpus=CPUS_PER_ACTOR,
                # A cluster that serves has no core for each: the first one begins, others join.
                compute=ActorPoolStrategy(min_size=1, max_size=num_actors),
            )
            .write_parquet(str(draft.resolve()))
        )
        elapsed_s = time.perf_counter() - started_s
        rows = pq.read_table(draft, columns=["is_known", "error"])
        draft.rename(output_dir)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    num_errors = rows.num_rows - rows["error"].null_count
    return PredictSummary(
        output_dir=output_dir,
        num_images=rows.num_rows,
        num_errors=num_errors,
        num_refused=sum(known is False for known in rows["is_known"].to_pylist()),
        images_per_s=rows.num_rows / elapsed_s,
    )


_RANKED = pa.struct(
    [("class_name", pa.string()), ("dataset_label", pa.string()), ("probability", pa.float64())]
)
# Named, so that a block of errors alone has the types of all others.
_SCHEMA = pa.schema(
    [
        ("path", pa.string()),
        ("true_class_name", pa.string()),
        ("class_name", pa.string()),
        ("dataset_label", pa.string()),
        ("probability", pa.float64()),
        ("top", pa.list_(_RANKED)),
        ("is_known", pa.bool_()),
        ("refusal_code", pa.string()),
        ("ood_score", pa.float64()),
        ("model_version", pa.string()),
        ("error", pa.string()),
    ]
)


class _Diagnoser:
    """One actor: a loaded artifact."""

    def __init__(self, artifact_dir: str) -> None:
        self._predictor = Predictor.load(Path(artifact_dir))

    def __call__(self, batch: pa.Table) -> pa.Table:
        paths: list[str] = batch["path"].to_pylist()
        errors, images = {}, {}
        for path in paths:
            try:
                images[path] = decode_image(read_image_bytes(Path(path)))
            except ImageError as error:
                errors[path] = error_row(path, str(error))
        rows = errors | dict(zip(images, self._diagnose(images), strict=True))
        return pa.Table.from_pylist(
            [
                {**rows[path], "true_class_name": true_class_name}
                for path, true_class_name in zip(
                    paths, batch["true_class_name"].to_pylist(), strict=True
                )
            ],
            schema=_SCHEMA,
        )

    def _diagnose(self, images: dict[str, NDArray[np.uint8]]) -> list[Row]:
        if not images:
            return []
        outputs = self._predictor.infer(self._predictor.preprocess(list(images.values())))
        faults = [self._predictor.find_fault(image) for image in images.values()]
        predictions = self._predictor.to_predictions(outputs, faults)
        return [
            _to_row(path, prediction) for path, prediction in zip(images, predictions, strict=True)
        ]


def _to_row(path: str, prediction: Prediction) -> Row:
    return to_row(
        path,
        predictions=prediction.top,
        refusal_code=prediction.refusal.code if prediction.refusal else None,
        ood_score=prediction.ood_score,
        model_version=prediction.model_version,
    )
