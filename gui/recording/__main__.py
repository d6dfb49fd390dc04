"""``python -m gui.recording``: films the window's story; ``make demo-video`` is this."""

import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from gui.recording.film import cut, filming
from gui.recording.material import prepare
from gui.recording.programs import find_missing
from gui.recording.screen import Hands, RecordingError, open_screen, open_window
from gui.recording.service import running_service
from gui.recording.story import Cast, tell
from serve_app.client import ClientError, LeafrayClient
from serve_app.key_file import load_secret

_GUI_DIR = Path(__file__).resolve().parents[1]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    output: Annotated[Path, typer.Option(help="The video, H.264.")] = _GUI_DIR / "demo.mp4",
    data: Annotated[
        Path | None,
        typer.Option(
            help="Data set with a folder val of photographs; without one leaves are drawn.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
) -> None:
    """Film the window on a screen of its own, with a cluster of its own behind it."""
    missing = find_missing()
    if missing:
        raise RecordingError(f"Programs are missing; as root: apt-get install {' '.join(missing)}")
    with tempfile.TemporaryDirectory(prefix="leafray-demo-") as name:
        length_s = _record(Path(name), data, output)
    _report(f"{output}: {length_s:.0f} s, {output.stat().st_size / 1e6:.1f} MB")


def _record(folder: Path, data_dir: Path | None, video_path: Path) -> float:
    material = prepare(folder / "leaves", data_dir)
    raw_path = folder / "raw.mkv"
    _report("starting a cluster of its own")
    with running_service(folder / "home") as service, open_screen() as display:
        environment = {
            **service.environment,
            "DISPLAY": display,
            # Neither settings nor photographs of whoever records this.
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder / "config"),
        }
        with (
            open_window(environment, service.url, service.key_path),
            LeafrayClient(service.url, load_secret(service.key_path)) as client,
            filming(display, raw_path) as film,
        ):
            hands = Hands(environment)
            tell(Cast(hands=hands, film=film, client=client, material=material), _report)
    _report("cutting")
    return cut(raw_path, film.waits, video_path)


def _report(line: str) -> None:
    typer.echo(line)
    sys.stdout.flush()


def run() -> None:
    """Run the command; an expected error is one message on stderr and exit status 1."""
    try:
        app()
    except (RecordingError, ClientError, OSError) as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    run()
