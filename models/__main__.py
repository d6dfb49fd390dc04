"""`python -m models`: diagnose, judge, export and describe models; no Ray, no server."""

import json
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from models.artifact import CHAMPION_DIR, ArtifactError, verify_artifact
from models.evaluation import evaluate_folder
from models.explain import encode_png, load_classifier_weights, overlay, to_activation_map
from models.export import ExportFormat, export_artifact
from models.images import ImageError, decode_image, list_images, read_image_bytes
from models.knowledge.library import (
    DEFAULT_LANGUAGE,
    KnowledgeError,
    get_page,
    load_knowledge,
)
from models.knowledge.printing import print_page
from models.labels import LABELS, UnknownLabelError, find_label
from models.prediction_rows import Row, error_row, format_row, to_row
from models.predictor import Predictor

app = typer.Typer(
    help="Diagnose leaves and judge models, without Ray or a server.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
ModelOption = Annotated[Path, typer.Option("--model", help="Artifact directory.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


@app.command()
def predict(
    paths: Annotated[list[Path], typer.Argument(help="Photographs or folders of them.")],
    *,
    as_json: JsonOption = False,
    model: ModelOption = CHAMPION_DIR,
    explain: Annotated[
        Path | None, typer.Option(help="Folder for heat maps (one PNG a photograph).")
    ] = None,
    top_k: Annotated[int, typer.Option(min=1, max=38)] = 5,
) -> None:
    """Diagnose photographs; the exit status is 1 if one of them could not be read."""
    predictor = _load(model)
    weights = load_classifier_weights(model) if explain else None
    if explain:
        explain.mkdir(parents=True, exist_ok=True)
    found = list_images(paths)
    if not found:
        _fail(f"no photographs in {', '.join(map(str, paths))}; name JPEG, PNG or WebP files")
    num_refused = 0
    for path in found:
        row: Row
        try:
            image = decode_image(read_image_bytes(path))
        except ImageError as error:
            num_refused += 1
            row = error_row(str(path), str(error))
        else:
            outputs = predictor.infer(predictor.preprocess([image]))
            fault = predictor.find_fault(image)
            prediction = predictor.to_predictions(outputs, [fault], top_k=top_k)[0]
            row = to_row(
                str(path),
                predictions=prediction.top,
                refusal_code=prediction.refusal.code if prediction.refusal else None,
                ood_score=prediction.ood_score,
                model_version=prediction.model_version,
            )
            if explain is not None and weights is not None:
                class_idx = int(outputs.logits_bc[0].argmax())
                heat = to_activation_map(outputs.feature_maps_bchw[0], weights[class_idx])
                picture = encode_png(overlay(image, heat))
                (explain / f"{path.stem}.png").write_bytes(picture)
        typer.echo(json.dumps(row, ensure_ascii=False) if as_json else format_row(row))
    if num_refused:
        raise typer.Exit(1)


@app.command()
def evaluate(
    data: Annotated[Path, typer.Argument(help="A folder per class.")],
    *,
    as_json: JsonOption = False,
    model: ModelOption = CHAMPION_DIR,
) -> None:
    """Judge a model on labelled photographs."""
    try:
        report = evaluate_folder(_load(model), data)
    except (FileNotFoundError, UnknownLabelError) as error:
        _fail(str(error))
    if as_json:
        typer.echo(json.dumps(report))
        return
    metrics = report["metrics"]
    assert isinstance(metrics, dict)  # noqa: S101  (for the type checker)
    for name, value in metrics.items():
        typer.echo(f"{name:<28} {value:.4f}")


@app.command()
def export(
    target: Annotated[Path, typer.Argument(help="File to write.")],
    *,
    export_format: Annotated[ExportFormat, typer.Option("--format")] = ExportFormat.ONNX,
    model: ModelOption = CHAMPION_DIR,
) -> None:
    """Write a model in another format."""
    try:
        typer.echo(f"wrote {export_artifact(model, export_format, target)}")
    except (ArtifactError, OSError) as error:
        _fail(str(error))


@app.command()
def card(*, as_json: JsonOption = False, model: ModelOption = CHAMPION_DIR) -> None:
    """Check an artifact's files and print its card."""
    try:
        checked = verify_artifact(model)
    except ArtifactError as error:
        _fail(str(error))
    if as_json:
        typer.echo(checked.model_dump_json())
        return
    typer.echo(
        f"{checked.model_version}: {checked.architecture}, {len(checked.class_names)} classes"
    )
    typer.echo(f"trained by {checked.train_config!r} on {checked.dataset_version}")
    for slice_name, metrics in checked.metrics.items():
        figures = ", ".join(f"{name} {value:.4g}" for name, value in metrics.items())
        typer.echo(f"{slice_name}: {figures}")
    typer.echo(f"all {len(checked.files)} files are as the card describes them")


@app.command()
def labels() -> None:
    """List the classes."""
    for label in LABELS:
        typer.echo(f"{label.class_name:<34} {label.dataset_label:<52} {label.display_name}")


@app.command()
def describe(
    name: Annotated[str, typer.Argument(metavar="CLASS", help="A class, by any of its names.")],
    *,
    as_json: JsonOption = False,
    language: Annotated[str, typer.Option(help="Language of the page.")] = DEFAULT_LANGUAGE,
) -> None:
    """Tell what a class looks like, what to do and how to prevent it."""
    try:
        page = get_page(find_label(name).class_name, language)
        words = load_knowledge(language).words
    except (UnknownLabelError, KnowledgeError) as error:
        _fail(str(error))
    if as_json:
        typer.echo(page.model_dump_json())
    else:
        print_page(page, words)


def _load(artifact_dir: Path) -> Predictor:
    try:
        return Predictor.load(artifact_dir)
    except ArtifactError as error:
        _fail(str(error))


def _fail(message: str) -> NoReturn:
    typer.echo(f"error: {message}", err=True)
    sys.exit(2)


if __name__ == "__main__":
    app()
