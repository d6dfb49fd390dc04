"""Let torchvision be imported next to a CPU build of torch.

The registry's torchvision is compiled against CUDA's torch; beside the CPU build its compiled
operators cannot load, and its import then fails for want of their declarations. Declaring the two
that it looks for is enough: nothing here calls them.
"""

import importlib.util
from functools import cache

import torch

_OPERATORS = ("nms", "qnms")
_SIGNATURE = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


@cache
def declare_torchvision_ops() -> None:
    """Declare torchvision's operators if its compiled ones cannot be loaded; call before timm."""
    spec = importlib.util.find_spec("torchvision")
    if spec is None or torch.version.cuda is not None:
        return
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in _OPERATORS:
        if not hasattr(torch.ops.torchvision, name):
            library.define(name + _SIGNATURE)
    _KEPT_ALIVE.append(library)


# A library's declarations vanish with the object.
_KEPT_ALIVE: list[torch.library.Library] = []
