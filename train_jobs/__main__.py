"""`python -m train_jobs`: the offline pipeline, one command a stage."""

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from cluster.errors import ClusterError
from cluster.settings import load_settings
from cluster.storage import create_folders
from models.artifact import ArtifactError
from models.labels import UnknownLabelError
from train_jobs.config import ConfigError, get_config
from train_jobs.manifest import ManifestError

app = typer.Typer(
    help="Data sets and models: prepare, validate, train, evaluate, register.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
DataOption = Annotated[
    Path, typer.Option("--data", help="A folder per class, or a CSV with columns path,label.")
]
ValDataOption = Annotated[
    Path | None,
    typer.Option(help="Validation folder (default: a sibling val or valid, else 15 %)."),
]


@app.command()
def prepare(data: DataOption, val_data: ValDataOption = None) -> None:
    """Write an immutable dataset version."""
    from train_jobs.prepare import prepare as run_prepare

    settings = load_settings()
    create_folders(settings.layout, min_free_bytes=settings.min_free_bytes)
    prepared = run_prepare(settings.layout, data, val_data_dir=val_data)
    for rejection in prepared.rejections[:20]:
        typer.echo(f"refused {rejection.path}: {rejection.reason}")
    for line in prepared.report.say():
        typer.echo(line)
    typer.echo(
        f"{prepared.dataset_version}: {len(prepared.rejections)} refused; "
        f"{settings.layout.dataset_dir(prepared.dataset_version)}"
    )


@app.command()
def validate(dataset_version: str) -> None:
    """Decode every image of a dataset version with Ray Data."""
    from train_jobs.dataset import load_samples, load_scenes
    from train_jobs.ray_session import ray_session
    from train_jobs.validate import validate as run_validate

    layout = load_settings().layout
    samples = load_samples(layout, dataset_version)
    scenes = [path.name for path in load_scenes(layout, dataset_version)]
    with ray_session():
        refused = run_validate(layout, dataset_version, samples, scenes)
    for sha256, reason in refused.items():
        typer.echo(f"refused {sha256[:12]}: {reason}")
    typer.echo(f"{len(refused)} of {len(samples)} photographs refused")


@app.command()
def train(
    data: DataOption,
    val_data: ValDataOption = None,
    *,
    config: Annotated[str, typer.Option(help="smoke, baseline or full.")] = "baseline",
    num_workers: Annotated[int, typer.Option(min=1, max=1024)] = 1,
    use_gpu: bool = False,
    fresh: Annotated[bool, typer.Option(help="Forget an earlier run of the same name.")] = False,
) -> None:
    """Train, package and register a model; goes on where a broken-off run stopped."""
    from train_jobs.pipeline import TrainRequest, run_training

    run_training(
        load_settings(),
        get_config(config),
        TrainRequest(
            data_dir=data,
            val_data_dir=val_data,
            num_workers=num_workers,
            use_gpu=use_gpu,
            is_fresh=fresh,
        ),
        say=typer.echo,
    )


@app.command()
def evaluate(
    data: DataOption,
    model: Annotated[Path, typer.Option(help="Artifact directory.")],
    *,
    as_json: Annotated[bool, typer.Option("--json")] = False,
    report: Annotated[
        Path | None, typer.Option(help="Folder to write report.json, report.md and plots to.")
    ] = None,
) -> None:
    """Judge an artifact on a folder per class, without what it was trained on.

    Beside a folder named val, the folders field, domain and ood (strangers) are judged too.
    """
    from models.predictor import Predictor
    from train_jobs.evaluate import evaluate as run_evaluate
    from train_jobs.slices import find_slices, load_trained_on

    predictor = Predictor.load(model, intra_op_threads=os.cpu_count() or 1)
    evaluation = run_evaluate(predictor, find_slices(data, load_trained_on(model)))
    if report is not None:
        from train_jobs.report import write_report

        typer.echo(f"wrote {write_report(report, evaluation)}", err=as_json)
    if as_json:
        typer.echo(evaluation.model_dump_json())
        return
    for name, figures in evaluation.metrics.items():
        typer.echo(f"{name}: " + ", ".join(f"{key} {value:.4g}" for key, value in figures.items()))


@app.command()
def register(artifact: Annotated[Path, typer.Argument(help="Artifact directory.")]) -> None:
    """Put an artifact into the registry."""
    from train_jobs.pipeline import register as run_register

    typer.echo(f"registered {run_register(load_settings(), artifact).model_version}")


def main() -> None:
    """Run the command; a refused input ends with one clear line and exit status 2."""
    try:
        app()
    except (
        ArtifactError,
        ClusterError,
        ConfigError,
        FileNotFoundError,
        ManifestError,
        UnknownLabelError,
    ) as error:
        _fail(str(error))


def _fail(message: str) -> NoReturn:
    typer.echo(f"error: {message}", err=True)
    sys.exit(2)


if __name__ == "__main__":
    main()
