"""A network small enough for unit tests of training."""

import pytest
from torch import Tensor, nn

from train_jobs import learner


class TinyNet(nn.Module):
    """A network with the outputs of ours, and no batch norm."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.head = nn.Linear(4, 38)

    def forward(self, images_bchw: Tensor) -> tuple[Tensor, Tensor]:
        maps = self.conv(images_bchw)
        return self.head(maps.mean(dim=(2, 3))), maps


@pytest.fixture
def tiny_net(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every learner be made of a `TinyNet`."""
    monkeypatch.setattr(learner, "create_model", lambda *args, **options: TinyNet())
