"""Other formats for those who need them: TorchScript, a pickled state dict, plain ONNX."""

import shutil
from enum import StrEnum
from pathlib import Path

from models.artifact import ONNX_FILE, WEIGHTS_FILE, verify_artifact


class ExportFormat(StrEnum):
    """What `python -m models export --format` writes."""

    ONNX = "onnx"
    TORCHSCRIPT = "torchscript"
    PKL = "pkl"


def export_artifact(artifact_dir: Path, export_format: ExportFormat, target: Path) -> Path:
    """Write the model of an artifact in another format.

    Raises:
        models.artifact.ArtifactError: the artifact is damaged.
        FileExistsError: `target` exists already.
    """
    if target.exists():
        raise FileExistsError(f"{target} exists already; name another file")
    card = verify_artifact(artifact_dir)
    target.parent.mkdir(parents=True, exist_ok=True)
    if export_format is ExportFormat.ONNX:
        shutil.copyfile(artifact_dir / ONNX_FILE, target)
        return target
    import torch
    from safetensors.torch import load_file

    from models.architectures import create_model

    model = create_model(card.architecture, num_classes=len(card.class_names), pretrained=False)
    model.backbone.load_state_dict(load_file(artifact_dir / WEIGHTS_FILE))
    model.eval()
    if export_format is ExportFormat.PKL:
        torch.save(model.backbone.state_dict(), target)
        return target
    size_px = card.preprocessing.size_px
    with torch.inference_mode():
        traced = torch.jit.trace(model, torch.zeros(1, 3, size_px, size_px))
    traced.save(str(target))
    return target
