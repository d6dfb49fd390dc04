"""Several photographs of one plant: the bad ones do not spoil the answer."""

import numpy as np

from models.fusion import fuse
from models.predictor import Outputs
from models.refusal import Refusal

OUTPUTS = Outputs(
    logits_bc=np.array([[1, 3], [5, 5], [3, 1]], np.float32),
    feature_maps_bchw=np.arange(3, dtype=np.float32).reshape(3, 1, 1, 1),
)
FAULT = Refusal(code="blurred", reason="hold still", threshold=1.3)


def test_usable_photographs_are_averaged() -> None:
    fused, fault = fuse(OUTPUTS, [None, FAULT, None])
    assert fault is None
    assert fused.logits_bc.tolist() == [[2, 2]]
    assert fused.feature_maps_bchw.tolist() == [[[[1]]]]


def test_where_none_is_usable_the_first_fault_stands() -> None:
    fused, fault = fuse(OUTPUTS, [FAULT, FAULT, FAULT])
    assert fault == FAULT
    assert fused.logits_bc.tolist() == [[3, 3]]
