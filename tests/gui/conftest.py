"""A private X server for the session, and artifacts small enough to make here."""

import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file

from models.artifact import (
    ONNX_FILE,
    WEIGHTS_FILE,
    Card,
    OodCard,
    PreprocessingCard,
    write_card,
)
from models.labels import CLASS_NAMES
from models.leaf_drawing import draw_leaf, encode_jpeg
from tests.gui.screen import HEIGHT_PX, TIMEOUT_S, WIDTH_PX, Display, User

START_TIMEOUT_S = 30.0
SIZE_PX = 32
# Large enough to tell two colours apart, small enough that no class takes everything.
LOGIT_GAIN = 8.0


@pytest.fixture(scope="session")
def display(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Display]:
    """Start an X server on a free number, and end it."""
    for program in ("Xvfb", "xdotool"):
        if shutil.which(program) is None:
            pytest.skip(f"tests of a real window need {program} (Debian package {program.lower()})")
    try:
        ctypes.CDLL("libGL.so.1")
    except OSError:
        pytest.skip("tests of a real window need OpenGL (Debian packages libgl1, libgl1-mesa-dri)")
    folder = tmp_path_factory.mktemp("screen")
    read_end, write_end = os.pipe()
    command = ["Xvfb", "-displayfd", str(write_end), "-screen", "0", "1920x1080x24"]
    server = subprocess.Popen(
        [*command, "-nolisten", "tcp", "-fbdir", str(folder)],
        pass_fds=[write_end],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write_end)
    try:
        ready, _, _ = select.select([read_end], [], [], START_TIMEOUT_S)
        number = os.read(read_end, 16).decode().strip() if ready else ""
        assert number, "Xvfb did not start"
        yield Display(
            name=f":{number}",
            frame_buffer_path=folder / "Xvfb_screen0",
            config_dir=write_settings(folder),
        )
    finally:
        os.close(read_end)
        server.terminate()
        server.wait(START_TIMEOUT_S)


def write_settings(folder: Path) -> Path:
    """Make the settings of a person who was here before; return the folder of all settings."""
    path = folder / "config" / "leafray" / "settings.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"is_welcomed": true}')
    return path.parents[1]


@pytest.fixture
def open_window(display: Display, tmp_path: Path) -> Iterator[Callable[..., User]]:
    """Return what starts the command and waits for its window, and ends the one before."""
    processes: list[subprocess.Popen[str]] = []

    def end() -> None:
        while processes:
            process = processes.pop()
            is_alive = process.poll() is None
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=TIMEOUT_S)
            assert is_alive, "the window has ended by itself"

    def start(*arguments: str | Path, module: str = "gui", **variables: str) -> User:
        end()
        size = ["--width", str(WIDTH_PX), "--height", str(HEIGHT_PX)]
        process = subprocess.Popen(
            [sys.executable, "-m", module, "--timing", *size, *map(str, arguments)],
            env={**display.environment, "LEAFRAY_HOME": str(tmp_path / "own"), **variables},
            stdout=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        assert process.stdout is not None
        assert process.stdout.readline().startswith("first frame after ")
        found = subprocess.run(
            ["xdotool", "search", "--sync", "--name", "^Leafray$"],
            env=display.environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=True,
        )
        return User(display, found.stdout.split()[0])

    yield start
    end()


@pytest.fixture(scope="session")
def make_artifact(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return what writes an artifact that looks at the mean colour only, in the right format."""

    def make(*, knows_everything: bool, model_version: str) -> Path:
        artifact_dir = tmp_path_factory.mktemp("artifact")
        rng = np.random.default_rng(3)
        weights_cf = (LOGIT_GAIN * rng.normal(size=(len(CLASS_NAMES), 3))).astype(np.float32)
        onnx.save(create_graph(weights_cf), artifact_dir / ONNX_FILE)
        save_file({"classifier.weight": weights_cf}, artifact_dir / WEIGHTS_FILE)
        card = Card(
            model_version=model_version,
            architecture="mean_colour",
            class_names=CLASS_NAMES,
            preprocessing=PreprocessingCard(
                size_px=SIZE_PX, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5)
            ),
            temperature=1.0,
            ood=OodCard(
                method="max_probability",
                threshold=1.0 if knows_everything else 1e-9,
                known_kept_fraction=0.95,
            ),
            conformal_min_probability=0.2,
            dataset_version="drawn",
            train_config="none",
            code_commit="none",
            created="2026-01-01T00:00:00Z",
            metrics={},
            files={},
        )
        write_card(artifact_dir, card)
        return artifact_dir

    return make


@pytest.fixture
def leaf_path(tmp_path: Path) -> Path:
    """Return a file with a drawn leaf."""
    path = tmp_path / "drawn leaf.jpg"
    path.write_bytes(encode_jpeg(draw_leaf(7, size_px=400, class_idx=3)))
    return path


def create_graph(weights_cf: NDArray[np.float32]) -> onnx.ModelProto:
    """Build images -> mean colour -> a linear layer with these weights (classes, features)."""
    nodes = [
        helper.make_node("GlobalAveragePool", ["images"], ["feature_map"]),
        helper.make_node("Flatten", ["feature_map"], ["features"], axis=1),
        helper.make_node("MatMul", ["features", "weights"], ["logits"]),
    ]
    float32 = TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "mean_colour",
        [helper.make_tensor_value_info("images", float32, ["n", 3, SIZE_PX, SIZE_PX])],
        [
            helper.make_tensor_value_info("logits", float32, ["n", len(CLASS_NAMES)]),
            helper.make_tensor_value_info("feature_map", float32, ["n", 3, 1, 1]),
        ],
        [numpy_helper.from_array(np.ascontiguousarray(weights_cf.T), "weights")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
