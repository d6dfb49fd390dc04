"""`python -m train_jobs`: the offline pipeline, one command a stage."""

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from cluster.errors import ClusterError
from cluster.settings import load_settings
from cluster.storage import create_folders
from models.artifact import CHAMPION_DIR, ArtifactError
from models.labels import UnknownLabelError
from train_jobs.bench.errors import BenchError
from train_jobs.config import ConfigError, get_config
from train_jobs.download.errors import DownloadError
from train_jobs.errors import TrainError
from train_jobs.manifest import ManifestError

app = typer.Typer(
    help="Data sets and models: prepare, validate, train, evaluate, register.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
_LOG_COLUMNS = 140

DataOption = Annotated[
    Path, typer.Option("--data", help="A folder per class, or a CSV with columns path,label.")
]
ValDataOption = Annotated[
    Path | None,
    typer.Option(help="Validation folder (default: a sibling val or valid, else 15 %)."),
]


@app.command()
def download(
    to: Annotated[Path, typer.Option(help="Folder that gets a folder per class.")],
    classes: Annotated[
        list[str] | None, typer.Option(help="A class; may be given several times (default: all).")
    ] = None,
    max_images_per_class: Annotated[int | None, typer.Option(min=1)] = None,
) -> None:
    """Fetch the public PlantVillage photographs from GitHub; goes on where it stopped."""
    from train_jobs.download.run import DownloadRequest
    from train_jobs.download.run import download as run_download

    request = DownloadRequest(
        to_dir=to,
        classes=tuple(classes or ()),
        max_images_per_class=max_images_per_class,
        min_free_bytes=load_settings().min_free_bytes,
        token=os.environ.get("GITHUB_TOKEN"),
    )
    done = run_download(request, say=typer.echo)
    typer.echo(f"{to}: {done.num_fetched} fetched, {done.num_present} were there")


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
def summarize(
    dataset_version: str,
    *,
    model: Annotated[Path, typer.Option(help="Artifact directory.")] = CHAMPION_DIR,
    num_actors: Annotated[
        int | None, typer.Option(min=1, max=1024, help="Models at once (default: one a core).")
    ] = None,
    carry: Annotated[
        bool, typer.Option("--carry", help="Put it into the artifact too, with a fresh card.")
    ] = False,
) -> None:
    """Measure what is drawn of a dataset version: sizes, colours, a map, doubtful labels."""
    from train_jobs.ray_session import ray_session
    from train_jobs.summarize import summarize as run_summarize
    from train_jobs.summary import carry_summary

    with ray_session():
        path = run_summarize(
            load_settings().layout,
            dataset_version,
            model,
            num_actors=num_actors or os.cpu_count() or 1,
            say=_say_at_once,
        )
    typer.echo(str(carry_summary(path, model) if carry else path))


@app.command()
def train(
    data: DataOption,
    val_data: ValDataOption = None,
    *,
    config: Annotated[str, typer.Option(help="smoke, baseline, finetune or full.")] = "baseline",
    initial_model: Annotated[
        Path | None, typer.Option(help="Artifact to start from (default: ImageNet weights).")
    ] = None,
    num_workers: Annotated[int, typer.Option(min=1, max=1024)] = 1,
    use_gpu: bool = False,
    fresh: Annotated[bool, typer.Option(help="Forget an earlier run of the same name.")] = False,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", help="field=value of the configuration; may be given several times."),
    ] = None,
) -> None:
    """Train, package and register a model; goes on where a broken-off run stopped."""
    from train_jobs.pipeline import TrainRequest, run_training
    from train_jobs.workers import Workers

    run_training(
        load_settings(),
        get_config(config, changes or ()),
        TrainRequest(
            data_dir=data,
            val_data_dir=val_data,
            workers=Workers(num_workers=num_workers, use_gpu=use_gpu),
            is_fresh=fresh,
            initial_dir=initial_model,
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
    from models.known_photographs import load_known_photographs
    from models.predictor import Predictor
    from train_jobs.evaluate import evaluate as run_evaluate
    from train_jobs.slices import find_slices

    predictor = Predictor.load(model, intra_op_threads=os.cpu_count() or 1)
    trained_on = load_known_photographs(model).trained_on
    evaluation = run_evaluate(predictor, find_slices(data, trained_on))
    if report is not None:
        from train_jobs.report import write_report

        typer.echo(f"wrote {write_report(report, evaluation)}", err=as_json)
    if as_json:
        typer.echo(evaluation.model_dump_json())
        return
    for name, figures in evaluation.metrics.items():
        typer.echo(f"{name}: " + ", ".join(f"{key} {value:.4g}" for key, value in figures.items()))


@app.command()
def predict(
    data: Annotated[str, typer.Option("--data", help="A folder, or a dataset version.")],
    output: Annotated[Path, typer.Option(help="Folder to write Parquet files to; a new one.")],
    *,
    model: Annotated[Path, typer.Option(help="Artifact directory.")] = CHAMPION_DIR,
    num_actors: Annotated[
        int | None, typer.Option(min=1, max=1024, help="Models at once (default: one a core).")
    ] = None,
) -> None:
    """Diagnose many photographs with Ray Data, into Parquet."""
    from train_jobs.predict import find_photographs
    from train_jobs.predict import predict as run_predict
    from train_jobs.ray_session import ray_session

    photographs = find_photographs(load_settings().layout, data)
    with ray_session():
        done = run_predict(
            model, photographs, output, num_actors=num_actors or os.cpu_count() or 1, say=typer.echo
        )
    typer.echo(
        f"{done.output_dir}: {done.num_images} photographs, {done.num_refused} not diagnosed, "
        f"{done.num_errors} not readable; {done.images_per_s:.1f} images/s"
    )


@app.command()
def bench(
    output: Annotated[Path, typer.Option(help="JSON file to write; a plot is put beside it.")],
    data: Annotated[
        Path | None, typer.Option(help="A folder per class, or a CSV (default: drawn leaves).")
    ] = None,
    *,
    quick: Annotated[
        bool, typer.Option(help="Two minutes instead of nine: shows that it works.")
    ] = False,
) -> None:
    """Compare Ray Train and Ray Data with plain torch, on the same cores."""
    from rich.console import Console

    from train_jobs.bench.plan import FULL, QUICK
    from train_jobs.bench.report import print_report, save_report
    from train_jobs.bench.run import run_bench

    measurement = run_bench(QUICK if quick else FULL, data=data, say=_say_at_once)
    save_report(measurement, output)
    # In a log rich would take 80 columns and break the figures' names.
    print_report(measurement, Console(width=None if sys.stdout.isatty() else _LOG_COLUMNS))
    typer.echo(f"written to {output}")


@app.command()
def retrain(
    data: Annotated[
        list[Path] | None,
        typer.Option(help="New photographs, a folder per class; may be given several times."),
    ] = None,
    upload: Annotated[
        list[str] | None, typer.Option(help="An accepted upload; may be given several times.")
    ] = None,
    *,
    config: Annotated[
        str | None,
        typer.Option(help="head, finetune or smoke (default: what there is data for)."),
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", help="field=value of finetune; may be given several times."),
    ] = None,
    num_workers: Annotated[
        int | None,
        typer.Option(min=1, max=1024, help="Of finetune (default: one for each GPU, or one)."),
    ] = None,
    require_approval: Annotated[
        bool, typer.Option(help="Let a person promote what passes the gate.")
    ] = False,
    run_id: Annotated[str | None, typer.Option(help="Of a run that is queued already.")] = None,
    actor: Annotated[str | None, typer.Option(help="Who asks (default: this user).")] = None,
) -> None:
    """Learn from new photographs; promote the outcome if the gate proves it better."""
    from cluster.audit import find_actor
    from train_jobs.retrain import RetrainRequest
    from train_jobs.retrain import retrain as run_retrain

    run_retrain(
        load_settings(),
        RetrainRequest(
            data_dirs=tuple(data or ()),
            upload_ids=tuple(upload or ()),
            config=config,
            changes=tuple(changes or ()),
            num_workers=num_workers,
            require_approval=require_approval,
            run_id=run_id,
            actor=actor or find_actor(),
        ),
        say=_say_at_once,
    )


@app.command()
def register(artifact: Annotated[Path, typer.Argument(help="Artifact directory.")]) -> None:
    """Put an artifact into the registry."""
    from train_jobs.pipeline import register as run_register

    typer.echo(f"registered {run_register(load_settings(), artifact).model_version}")


def _say_at_once(line: str) -> None:
    typer.echo(line)
    sys.stdout.flush()


def main() -> None:
    """Run the command; a refused input ends with one clear line and exit status 2."""
    try:
        app()
    except (
        ArtifactError,
        BenchError,
        ClusterError,
        ConfigError,
        DownloadError,
        FileNotFoundError,
        ManifestError,
        TrainError,
        UnknownLabelError,
    ) as error:
        _fail(str(error))


def _fail(message: str) -> NoReturn:
    typer.echo(f"error: {message}", err=True)
    sys.exit(2)


if __name__ == "__main__":
    main()
