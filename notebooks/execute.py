"""Run the notebooks from top to bottom and keep their outputs: ``make notebooks``.

A notebook is written back as a whole or not at all. What a cell prints (the log lines of Ray, with
names of this machine) goes to the terminal and not into the notebook, which shows results.
"""

import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import nbformat
import typer
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, DeadKernelError
from nbformat import NotebookNode

NOTEBOOKS_DIR = Path(__file__).parent
_MAX_CELL_S = 600
_MAX_SHUTDOWN_S = 60


class NotebookError(Exception):
    """A cell that failed; the message names it."""


def main(
    notebooks: Annotated[
        list[Path] | None, typer.Argument(help="Notebooks to run (default: all of them).")
    ] = None,
    *,
    to: Annotated[
        Path | None, typer.Option(help="Folder to write them to (default: in place).")
    ] = None,
    cell_timeout_s: Annotated[int, typer.Option(min=1, max=86_400)] = _MAX_CELL_S,
) -> None:
    """Run notebooks from top to bottom and keep their outputs."""
    for path in notebooks or sorted(NOTEBOOKS_DIR.glob("*.ipynb")):
        try:
            run_notebook(path, (to or path.parent) / path.name, cell_timeout_s=cell_timeout_s)
        except NotebookError as error:
            typer.echo(f"error: {error}", err=True)
            sys.exit(1)


def run_notebook(path: Path, target: Path, *, cell_timeout_s: int) -> None:
    """Run a notebook in a kernel of its own and write it, with its outputs, to `target`.

    Raises:
        NotebookError: a cell failed, or took longer than `cell_timeout_s`.
    """
    notebook = nbformat.read(path, as_version=4)
    started_s = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="leafray-kernel-") as folder:
        client = NotebookClient(
            notebook,
            # Sockets in a private folder: a port on the loopback interface is open to every user.
            km=AsyncKernelManager(
                kernel_name="python3",
                transport="ipc",
                connection_file=f"{folder}/kernel.json",
                # Ray is shut down and temporary folders are removed at the kernel's exit.
                shutdown_wait_time=_MAX_SHUTDOWN_S,
            ),
            timeout=cell_timeout_s,
            record_timing=False,  # a second run changes outputs, not clocks
            resources={"metadata": {"path": str(path.parent)}},
        )
        with client.setup_kernel(cleanup_kc=True):
            for index, cell in enumerate(notebook.cells):
                _run_cell(client, cell, index, where=f"{path.name}, cell {index + 1}")
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, target)
    elapsed_s, size_kb = time.perf_counter() - started_s, target.stat().st_size / 1000
    typer.echo(f"{path.name}: {elapsed_s:.0f} s, {size_kb:.0f} kB")


def _run_cell(client: NotebookClient, cell: NotebookNode, index: int, *, where: str) -> None:
    if cell.cell_type != "code":
        return
    started_s = time.perf_counter()
    try:
        client.execute_cell(cell, index)
    except (CellControlSignal, DeadKernelError) as error:
        raise NotebookError(f"{where} of {len(client.nb.cells)} failed: {error}") from None
    typer.echo(f"{where} of {len(client.nb.cells)}  {time.perf_counter() - started_s:.1f} s")
    for output in cell.outputs:
        if output.output_type == "stream":
            typer.echo(output.text.rstrip(), err=True)
    cell.outputs = [output for output in cell.outputs if output.output_type != "stream"]


if __name__ == "__main__":
    typer.run(main)
