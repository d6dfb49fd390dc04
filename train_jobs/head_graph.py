"""The last layer inside an artifact's files: read from the graph, and put into graph and weights.

The graph's last step is ``Gemm(pooled features, weights, biases) -> logits``; both operands are
initializers named as in the weights file, behind a prefix.
"""

from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper
from safetensors.numpy import load_file, save_file

from models.artifact import ONNX_FILE, WEIGHTS_FILE, ArtifactError
from train_jobs.head import Head

_LOGITS = "logits"
_PREFIX = "backbone."
_MAX_DIFFERENCE = 1e-3


def load_head(artifact_dir: Path) -> Head:
    """Read the last layer.

    Raises:
        ArtifactError: the graph does not end in one, or the weights file says another.
    """
    graph = onnx.load(artifact_dir / ONNX_FILE).graph
    values = [numpy_helper.to_array(_find(graph, name)) for name in _find_names(graph)]
    stored = load_file(artifact_dir / WEIGHTS_FILE)
    for name, value in zip(_find_names(graph), values, strict=True):
        if not np.array_equal(stored.get(name.removeprefix(_PREFIX), np.nan), value):
            raise ArtifactError(
                f"{artifact_dir}: {ONNX_FILE} and {WEIGHTS_FILE} differ in {name}; package the "
                "model again"
            )
    return Head(weights_cf=values[0].astype(np.float32), biases_c=values[1].astype(np.float32))


def write_with_head(artifact_dir: Path, head: Head, draft: Path) -> None:
    """Write graph and weights of an artifact into a draft, with another last layer."""
    model = onnx.load(artifact_dir / ONNX_FILE)
    stored = load_file(artifact_dir / WEIGHTS_FILE)
    names = _find_names(model.graph)
    for name, value in zip(names, (head.weights_cf, head.biases_c), strict=True):
        _find(model.graph, name).CopyFrom(numpy_helper.from_array(value, name))
        stored[name.removeprefix(_PREFIX)] = value
    onnx.save(model, draft / ONNX_FILE)
    save_file(stored, draft / WEIGHTS_FILE)


def check_same(graph_logits_bc: NDArray[np.floating], logits_bc: NDArray[np.floating]) -> None:
    """Check that the graph with the new layer says what the layer alone says of the same features.

    Raises:
        ArtifactError: it does not.
    """
    difference = float(np.abs(graph_logits_bc - logits_bc).max())
    if difference > _MAX_DIFFERENCE * max(1.0, float(np.abs(logits_bc).max())):
        raise ArtifactError(
            f"the graph with the new last layer differs from it by {difference:.2e}; do not serve "
            "it, report the version of onnx"
        )


def _find_names(graph: onnx.GraphProto) -> tuple[str, str]:
    for node in graph.node:
        if _LOGITS in node.output:
            attributes = {item.name: item.i for item in node.attribute}
            if node.op_type == "Gemm" and attributes.get("transB") == 1 and len(node.input) == 3:
                return node.input[1], node.input[2]
    raise ArtifactError(
        f"{ONNX_FILE} does not end in one linear layer; retrain with --config finetune"
    )


def _find(graph: onnx.GraphProto, name: str) -> onnx.TensorProto:
    for initializer in graph.initializer:
        if initializer.name == name:
            return initializer  # type: ignore[no-any-return]
    raise ArtifactError(f"{ONNX_FILE} does not hold {name}; package the model again")
