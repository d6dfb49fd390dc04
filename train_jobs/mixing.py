"""Two images of a batch in one: MixUp (Zhang et al. 2018) and CutMix (Yun et al. 2019)."""

import torch
from torch import Tensor

from models.torchvision_ops import declare_torchvision_ops

_ALPHA = {"mixup": 0.2, "cutmix": 1.0}


class Mixer:
    """Mixes a share of the batches, each with its own draw of torch's generator."""

    def __init__(
        self, *, mixup_probability: float, cutmix_probability: float, num_classes: int
    ) -> None:
        """Build the transforms; probabilities are for one batch, their sum at most 1."""
        declare_torchvision_ops()
        from torchvision.transforms import v2

        self._transforms = (
            v2.MixUp(alpha=_ALPHA["mixup"], num_classes=num_classes),
            v2.CutMix(alpha=_ALPHA["cutmix"], num_classes=num_classes),
        )
        self._thresholds = (mixup_probability, mixup_probability + cutmix_probability)

    def __call__(self, images_bchw: Tensor, targets_bc: Tensor) -> tuple[Tensor, Tensor]:
        """Return images and the probabilities to learn, mixed or as they are."""
        if len(images_bchw) < 2 or not self._thresholds[-1]:
            return images_bchw, targets_bc
        drawn = float(torch.rand(()))
        for transform, threshold in zip(self._transforms, self._thresholds, strict=True):
            if drawn < threshold:
                mixed_bchw, mixed_bc = transform(images_bchw, targets_bc)
                return mixed_bchw, mixed_bc
        return images_bchw, targets_bc
