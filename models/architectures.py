"""The networks that we train, by name from an allow-list."""

from typing import Any

import torch
from torch import Tensor, nn

from models.architecture_names import ARCHITECTURE_NAMES
from models.imagenet_weights import load_imagenet_weights
from models.torchvision_ops import declare_torchvision_ops

_CLASSIFIER = "classifier"


class LeafClassifier(nn.Module):
    """A timm backbone that returns what an artifact promises: logits and the last feature map.

    The logits are one linear layer on the map's mean, whichever the network: heat maps, replay
    features and the unknown score rest on that.
    """

    def __init__(self, backbone: nn.Module) -> None:
        """Wrap a network made by `create_model`."""
        super().__init__()
        self.backbone = backbone

    def forward(self, images_bchw: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (batch, classes) and feature maps (batch, channels, height, width)."""
        backbone: Any = self.backbone  # timm's networks have no common type
        feature_maps_bchw = backbone.forward_features(images_bchw)
        return backbone.forward_head(feature_maps_bchw), feature_maps_bchw


class LateHeadClassifier(LeafClassifier):
    """A MobileNetV3 whose last convolution stands before the average, not after it."""

    def forward(self, images_bchw: Tensor) -> tuple[Tensor, Tensor]:
        """Return what a `LeafClassifier` returns."""
        backbone: Any = self.backbone
        feature_maps_bchw = backbone.forward_features(images_bchw)
        feature_maps_bchw = backbone.act2(backbone.norm_head(backbone.conv_head(feature_maps_bchw)))
        features_bf = feature_maps_bchw.mean(dim=(2, 3))
        dropped = nn.functional.dropout(features_bf, backbone.drop_rate, self.training)
        return backbone.classifier(dropped), feature_maps_bchw


def create_model(
    architecture: str, *, num_classes: int, pretrained: bool, drop_rate: float = 0.0
) -> LeafClassifier:
    """Build a network of the allow-list, with ImageNet weights below a new last layer if asked.

    Raises:
        ValueError: the architecture is not in the allow-list, or has no ImageNet weights.
    """
    if architecture not in ARCHITECTURE_NAMES:
        raise ValueError(
            f"unknown architecture {architecture!r}; choose one of {', '.join(ARCHITECTURE_NAMES)}"
        )
    declare_torchvision_ops()
    import timm

    backbone = timm.create_model(architecture, num_classes=num_classes, drop_rate=drop_rate)
    if pretrained:
        own = backbone.state_dict()
        weights = load_imagenet_weights(architecture, own)
        if own[f"{_CLASSIFIER}.weight"].shape != weights[f"{_CLASSIFIER}.weight"].shape:
            for part in ("weight", "bias"):
                weights[f"{_CLASSIFIER}.{part}"] = own[f"{_CLASSIFIER}.{part}"]
        backbone.load_state_dict(weights)
    has_late_head = architecture.startswith("mobilenetv3")
    return LateHeadClassifier(backbone) if has_late_head else LeafClassifier(backbone)


def freeze_stages(model: LeafClassifier, num_stages: int) -> None:
    """Stop training the stem and the first `num_stages` stages (0: nothing is frozen).

    Their filters (edges, colours) transfer as they are, and they cost most of a training step:
    with three stages frozen a step on a CPU takes half the time. Call after every `train()`:
    a frozen stage's batch-norm statistics must stay as they are, too.
    """
    if num_stages == 0:
        return
    backbone: Any = model.backbone
    frozen = [backbone.conv_stem, backbone.bn1, *list(backbone.blocks)[:num_stages]]
    for module in frozen:
        module.eval()
        module.requires_grad_(requires_grad=False)


def count_parameters(model: nn.Module) -> int:
    """Return the number of weights."""
    return sum(parameter.numel() for parameter in model.parameters())


def to_channels_last(model: nn.Module) -> None:
    """Lay the weights out as (height, width, channel): twice as fast for depthwise layers."""
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
