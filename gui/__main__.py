"""``python -m gui [PATH...]``: opens the window."""

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from gui.display import find_display_problem
from gui.kit.layout import MIN_HEIGHT_PX, MIN_WIDTH_PX
from gui.kit.look import MAX_SCALE, MIN_SCALE
from gui.kit.tabs import Tab
from gui.options import Options

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Photos or folders to diagnose at once.")
    ] = None,
    server: Annotated[
        str | None,
        typer.Option(help="Base URL of the service for this run (default: as in the settings)."),
    ] = None,
    key_file: Annotated[
        Path | None,
        typer.Option(help="File with your API key (default: the one of this installation)."),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(help="Artifact used without the service (default: the bundled champion)."),
    ] = None,
    watch: Annotated[
        Path | None, typer.Option(help="Diagnose what arrives in this folder.")
    ] = None,
    tab: Annotated[
        Tab | None, typer.Option(case_sensitive=False, help="Open this tab first.")
    ] = None,
    screenshot: Annotated[
        Path | None,
        typer.Option(help="Write the window as a PNG once all photos are done, then leave."),
    ] = None,
    width: Annotated[
        int | None, typer.Option(min=MIN_WIDTH_PX, max=7680, help="Pixels (default: 1200).")
    ] = None,
    height: Annotated[
        int | None, typer.Option(min=MIN_HEIGHT_PX, max=4320, help="Pixels (default: 800).")
    ] = None,
    scale: Annotated[
        float | None,
        typer.Option(
            min=MIN_SCALE,
            max=MAX_SCALE,
            help="Size of text and spacing for this run (default: as in the settings).",
        ),
    ] = None,
    welcome: Annotated[
        bool, typer.Option("--welcome", help="Show the welcome of the first start again.")
    ] = False,
    timing: Annotated[
        bool, typer.Option("--timing", help="Print the seconds up to the first frame.")
    ] = False,
) -> None:
    """Diagnose plant diseases from photos of leaves, by the service or on this machine."""
    problem = find_display_problem()
    if problem is not None:
        typer.echo(problem, err=True)
        raise typer.Exit(1)
    # A window that sleeps would answer Ctrl+C only at its next event; it has nothing to save.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # Imported only now: without a display Dear PyGui's library must not be loaded.
    from gui.start import run_window

    raise typer.Exit(
        run_window(
            Options(
                paths=tuple(paths or ()),
                server_url=server,
                key_path=key_file,
                artifact_dir=model,
                watched_dir=watch,
                screenshot_path=screenshot,
                width_px=width,
                height_px=height,
                scale=scale,
                is_timed=timing,
                is_welcome=welcome,
                tab=tab,
            )
        )
    )


if __name__ == "__main__":
    sys.exit(app())
