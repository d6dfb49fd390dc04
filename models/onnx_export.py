"""From a trained network to `model.onnx`, with proof that both give the same answers."""

import logging
import warnings
from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch
from numpy.typing import NDArray

from models.architectures import LeafClassifier

MAX_PARITY_ERROR = 1e-4


class ParityError(Exception):
    """The exported graph does not give the network's answers."""


def export_onnx(model: LeafClassifier, path: Path, *, size_px: int) -> None:
    """Write the graph with a free batch size; outputs `logits` and `feature_map`."""
    model.eval().to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    example = torch.zeros(2, 3, size_px, size_px)
    batch = torch.export.Dim("batch", min=1, max=4096)
    logging.getLogger("onnxscript").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        # The exporter warns about its own internals (copyreg, tree specs), nothing of ours.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            (example,),
            path,
            input_names=["images"],
            output_names=["logits", "feature_map"],
            dynamic_shapes=({0: batch},),
            dynamo=True,
            external_data=False,
            verbose=False,
        )


def check_parity(model: LeafClassifier, path: Path, images_bchw: NDArray[np.float32]) -> float:
    """Compare network and graph on preprocessed images, relative to the logits' spread.

    Returns:
        The largest difference of a probability.

    Raises:
        ParityError: it is above `MAX_PARITY_ERROR`.
    """
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    with torch.inference_mode():
        expected, _ = model.eval()(torch.from_numpy(images_bchw))
    actual = session.run(["logits"], {"images": images_bchw})[0]
    expected_probs = torch.softmax(expected, dim=1).numpy()
    actual_probs = torch.softmax(torch.from_numpy(actual), dim=1).numpy()
    difference = float(np.abs(expected_probs - actual_probs).max())
    if difference > MAX_PARITY_ERROR:
        raise ParityError(
            f"{path} differs from the network by {difference:.2e} (allowed {MAX_PARITY_ERROR:.0e});"
            " do not serve it, report the versions of torch and onnxruntime"
        )
    return difference
