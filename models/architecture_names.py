"""The allow-list of networks, light enough for every command line."""

from typing import Literal, get_args

ArchitectureName = Literal[
    "tf_efficientnet_lite0",
    "tf_efficientnet_lite1",
    "mobilenetv3_large_100",
    "mobilenetv3_small_100",
]
ARCHITECTURE_NAMES: tuple[str, ...] = get_args(ArchitectureName)

# ImageNet weights come in packages, and none carries MobileNetV3's.
PRETRAINED_NAMES = frozenset({"tf_efficientnet_lite0", "tf_efficientnet_lite1"})
