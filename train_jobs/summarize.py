"""Measure the photographs of a dataset version for its summary, with Ray Data."""

import colorsys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from PIL import Image
from ray.data import ActorPoolStrategy

from cluster.storage import Layout
from models.artifact import verify_artifact
from models.calibration import softmax
from models.images import ImageError, decode_image, read_image_bytes
from models.near_duplicates import find_near_duplicates
from models.predictor import Predictor
from train_jobs.data_context import CPUS_PER_ACTOR, configure_ray_data, create_dataset
from train_jobs.dataset import load_lineage, load_samples
from train_jobs.manifest import ManifestError, Sample
from train_jobs.near_duplicates import hash_images
from train_jobs.summary import (
    MAX_LISTED,
    DoubtfulLabel,
    DrawnImages,
    Growth,
    NearPair,
    Summary,
    choose_drawn,
    count_classes,
    write_summary,
)

MAX_DRAWN = 3000
DOUBTFUL_PROBABILITY = 0.9
_BATCH_SIZE = 16
_ROWS_PER_TASK = 128
_THUMBNAIL_PX = 64
# Without it t-SNE computes distances in 1280 dimensions, most of which are noise.
_PCA_DIMENSIONS = 32
_PERPLEXITY = 30.0
_MIN_MAPPED = 5
_MAX_STEPS = 1000

Measured = dict[str, NDArray[Any]]


def summarize(
    layout: Layout,
    dataset_version: str,
    artifact_dir: Path,
    *,
    num_actors: int,
    say: Callable[[str], None],
    max_drawn: int = MAX_DRAWN,
) -> Path:
    """Write `summary.json` beside the manifest; a photograph that cannot be read is left out.

    Raises:
        ManifestError: there is no such version, or nothing in it can be read.
        models.artifact.ArtifactError: the artifact is damaged.
    """
    samples = load_samples(layout, dataset_version)
    card = verify_artifact(artifact_dir)
    drawn = choose_drawn(samples, max_drawn)
    if not drawn:
        raise ManifestError(f"{dataset_version} holds no photographs; prepare it again")
    say(f"looking at {len(drawn)} of {len(samples)} photographs with {card.model_version}")
    measured = measure(layout, drawn, artifact_dir, num_actors=num_actors)
    kept = [drawn[row] for row in measured["row"]]
    say("drawing the map")
    places_n2 = to_map(measured["features"])
    pairs = find_pairs(layout, samples)
    doubtful = find_doubtful(kept, measured, card.class_names)
    summary = Summary(
        dataset_version=dataset_version,
        model_version=card.model_version,
        num_images=len(samples),
        counts=count_classes(samples),
        images=DrawnImages(
            sha256=tuple(sample.sha256 for sample in kept),
            class_name=tuple(sample.class_name for sample in kept),
            source=tuple(sample.source for sample in kept),
            split=tuple(sample.split for sample in kept),
            width_px=tuple(measured["width_px"].tolist()),
            height_px=tuple(measured["height_px"].tolist()),
            brightness=_round(measured["brightness"]),
            saturation=_round(measured["saturation"]),
            hue_deg=_round(measured["hue_deg"]),
            x=_round(places_n2[:, 0]),
            y=_round(places_n2[:, 1]),
        ),
        num_near_duplicates=len(pairs),
        near_duplicates=tuple(pairs[:MAX_LISTED]),
        num_doubtful_labels=len(doubtful),
        doubtful_labels=tuple(doubtful[:MAX_LISTED]),
        growth=find_growth(layout, dataset_version, num_images=len(samples)),
    )
    return write_summary(layout.dataset_dir(dataset_version), summary)


def find_growth(layout: Layout, dataset_version: str, *, num_images: int) -> tuple[Growth, ...]:
    """Return the steps by which a version grew, the first one first, as far as they lie here."""
    steps: list[Growth] = []
    name = dataset_version
    while len(steps) < _MAX_STEPS and (lineage := load_lineage(layout, name)) is not None:
        steps.append(
            Growth(
                dataset_version=name, upload_ids=lineage.upload_ids, num_images=lineage.num_added
            )
        )
        name = lineage.parent
    num_before = num_images - sum(step.num_images for step in steps)
    if num_before > 0:
        steps.append(Growth(dataset_version=name, upload_ids=(), num_images=num_before))
    return tuple(reversed(steps))


def measure(
    layout: Layout, samples: Sequence[Sample], artifact_dir: Path, *, num_actors: int
) -> Measured:
    """Look at photographs; one that cannot be read is left out.

    Returns:
        Columns row (index of the sample), width_px, height_px, brightness, saturation, hue_deg,
        predicted_idx, probability (photographs,) and features (photographs, channels).

    Raises:
        ManifestError: not one can be read.
    """
    configure_ray_data()
    table = pa.table(
        {
            "path": [str(layout.image_path(sample.sha256)) for sample in samples],
            "row": list(range(len(samples))),
        }
    )
    batches = (
        create_dataset(table, rows_per_block=_ROWS_PER_TASK)
        .map_batches(
            _Measurer,
            fn_constructor_args=(str(artifact_dir.resolve()),),
            batch_size=_BATCH_SIZE,
            num_cpus=CPUS_PER_ACTOR,
            # A cluster that serves has no core for each: the first one begins, others join.
            compute=ActorPoolStrategy(
                min_size=1, max_size=min(num_actors, -(-len(samples) // _ROWS_PER_TASK))
            ),
        )
        .iter_batches(batch_size=None)
    )
    parts: list[Measured] = [part for part in batches if len(part["row"])]  # type: ignore[misc]
    if not parts:
        raise ManifestError("no photograph of the version can be read; prepare it again")
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.argsort(joined["row"])
    return {name: column[order] for name, column in joined.items()}


def to_map(features_nf: NDArray[np.floating]) -> NDArray[np.float64]:
    """Place features on a plane (photographs, 2), within -1 and 1 and each time alike."""
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    num = len(features_nf)
    if num < _MIN_MAPPED:
        return np.zeros((num, 2))
    features = np.asarray(features_nf, np.float32)
    dimensions = min(_PCA_DIMENSIONS, num - 1, features.shape[1])
    reduced = PCA(dimensions, random_state=0).fit_transform(features)
    perplexity = min(_PERPLEXITY, (num - 1) / 3)
    places = TSNE(2, perplexity=perplexity, init="pca", random_state=0).fit_transform(reduced)
    places = places - places.mean(axis=0)
    return np.asarray(places / max(float(np.abs(places).max()), 1e-9), np.float64)


def find_pairs(layout: Layout, samples: Sequence[Sample]) -> list[NearPair]:
    """Find photographs of a version that hardly differ; pairs with two labels come first."""
    hashes, is_hashed = hash_images([layout.image_path(sample.sha256) for sample in samples])
    pairs = [
        NearPair(
            first_sha256=samples[first].sha256,
            second_sha256=samples[second].sha256,
            first_class_name=samples[first].class_name,
            second_class_name=samples[second].class_name,
        )
        for first, second in find_near_duplicates(hashes, is_hashed)
    ]
    return sorted(pairs, key=lambda pair: pair.first_class_name == pair.second_class_name)


def find_doubtful(
    samples: Sequence[Sample], measured: Measured, class_names: Sequence[str]
) -> list[DoubtfulLabel]:
    """List the photographs whose label the model contradicts with confidence, surest first."""
    found = [
        DoubtfulLabel(
            sha256=sample.sha256,
            class_name=sample.class_name,
            predicted_class_name=class_names[predicted_idx],
            probability=round(float(probability), 4),
        )
        for sample, predicted_idx, probability in zip(
            samples, measured["predicted_idx"], measured["probability"], strict=True
        )
        if probability >= DOUBTFUL_PROBABILITY and class_names[predicted_idx] != sample.class_name
    ]
    return sorted(found, key=lambda item: -item.probability)


class _Measurer:
    """One actor: a loaded artifact."""

    def __init__(self, artifact_dir: str) -> None:
        self._predictor = Predictor.load(Path(artifact_dir))

    def __call__(self, batch: Measured) -> Measured:
        rows, images = [], []
        for row, path in zip(batch["row"], batch["path"], strict=True):
            try:
                images.append(decode_image(read_image_bytes(Path(path))))
            except ImageError:
                continue  # `validate` has told it already
            rows.append(row)
        if not rows:
            return {"row": np.zeros(0, np.int64)}
        predictor = self._predictor
        outputs = predictor.infer(predictor.preprocess(images))
        probs_bc = softmax(outputs.logits_bc, predictor.card.temperature)
        colours = [measure_colours(image) for image in images]
        return {
            "row": np.asarray(rows),
            "width_px": np.asarray([image.shape[1] for image in images]),
            "height_px": np.asarray([image.shape[0] for image in images]),
            "brightness": np.asarray([brightness for brightness, _, _ in colours]),
            "saturation": np.asarray([saturation for _, saturation, _ in colours]),
            "hue_deg": np.asarray([hue_deg for _, _, hue_deg in colours]),
            "predicted_idx": probs_bc.argmax(axis=1),
            "probability": probs_bc.max(axis=1),
            "features": outputs.features_bf.astype(np.float16),
        }


def measure_colours(image: NDArray[np.uint8]) -> tuple[float, float, float]:
    """Return brightness and saturation (0 to 1) and the hue of the mean colour (degrees)."""
    small = Image.fromarray(image)
    small.thumbnail((_THUMBNAIL_PX, _THUMBNAIL_PX))
    pixels = np.asarray(small, np.float32) / 255
    red, green, blue = (float(value) for value in pixels.mean(axis=(0, 1)))
    grey = 0.299 * red + 0.587 * green + 0.114 * blue
    saturation = float((pixels.max(axis=2) - pixels.min(axis=2)).mean())
    return grey, saturation, 360 * colorsys.rgb_to_hsv(red, green, blue)[0]


def _round(values: NDArray[np.floating]) -> tuple[float, ...]:
    return tuple(np.round(np.asarray(values, np.float64), 4).tolist())
