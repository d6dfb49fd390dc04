"""What can run the network: ONNX Runtime as served, int8, and OpenVINO where it is installed."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from models.artifact import ONNX_FILE
from models.images import decode_image, read_image_bytes
from models.predictor import Outputs, Predictor

Run = Callable[[NDArray[np.float32]], Outputs]
"""Runs one preprocessed batch; each thread has one of its own."""
CreateRun = Callable[[], Run]

_OUTPUTS = ["logits", "feature_map"]
_INPUT = "images"
_NUM_CALIBRATION_PHOTOS = 256


def create_runtimes(
    predictor: Predictor,
    artifact_dir: Path,
    calibration_paths: Sequence[Path],
    *,
    num_threads: int,
    work_dir: Path,
) -> Iterator[tuple[str, CreateRun]]:
    """Yield each runtime by name; the served one comes first."""
    fp32_path = artifact_dir / ONNX_FILE
    int8_path = quantize(predictor, fp32_path, calibration_paths, work_dir)
    yield "onnxruntime fp32", lambda: predictor.infer
    yield "onnxruntime int8", _create_onnx(int8_path)
    try:
        import openvino
    except ImportError:
        return
    core = openvino.Core()
    for name, path, precision in (
        ("openvino fp32", fp32_path, "f32"),
        ("openvino bf16", fp32_path, "bf16"),
        ("openvino int8", int8_path, "f32"),
    ):
        options = {
            "INFERENCE_NUM_THREADS": num_threads,
            "NUM_STREAMS": num_threads,
            "INFERENCE_PRECISION_HINT": precision,
        }
        model = core.compile_model(core.read_model(path), "CPU", options)
        yield name, _create_openvino(model)


def quantize(
    predictor: Predictor, fp32_path: Path, photo_paths: Sequence[Path], work_dir: Path
) -> Path:
    """Write the graph with 8-bit weights and activations, their ranges taken from photographs."""
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    step = max(1, len(photo_paths) // _NUM_CALIBRATION_PHOTOS)
    batches = iter(photo_paths[::step])

    class Photographs(CalibrationDataReader):  # type: ignore[misc]
        def get_next(self) -> dict[str, NDArray[np.float32]] | None:
            path = next(batches, None)
            if path is None:
                return None
            return {_INPUT: predictor.preprocess([decode_image(read_image_bytes(path))])}

    folded_path, int8_path = work_dir / "folded.onnx", work_dir / "int8.onnx"
    quant_pre_process(str(fp32_path), str(folded_path))
    quantize_static(
        str(folded_path),
        str(int8_path),
        Photographs(),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
    )
    return int8_path


def _create_onnx(path: Path) -> CreateRun:
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def run(images_bchw: NDArray[np.float32]) -> Outputs:
        logits_bc, feature_maps_bchw = session.run(_OUTPUTS, {_INPUT: images_bchw})
        return Outputs(logits_bc=logits_bc, feature_maps_bchw=feature_maps_bchw)

    return lambda: run


def _create_openvino(model: Any) -> CreateRun:
    def create() -> Run:
        request = model.create_infer_request()

        def run(images_bchw: NDArray[np.float32]) -> Outputs:
            found = request.infer({_INPUT: images_bchw})
            # Copied: the next call writes into the same memory.
            logits_bc, feature_maps_bchw = (np.array(found[name]) for name in _OUTPUTS)
            return Outputs(logits_bc=logits_bc, feature_maps_bchw=feature_maps_bchw)

        return run

    return create
