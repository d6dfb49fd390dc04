"""Named configurations, and changes to them."""

import pytest

from train_jobs.config import CONFIGS, ConfigError, get_config


def test_a_change_makes_another_run_of_the_same_name() -> None:
    changed = get_config("smoke", ["epochs=5", "outside_train_share=0"])
    assert (changed.name, changed.epochs, changed.outside_train_share) == ("smoke", 5, 0)
    assert changed.hash() != CONFIGS["smoke"].hash()


def test_nothing_changed_is_the_same_run() -> None:
    assert get_config("smoke", ["epochs=2"]).hash() == CONFIGS["smoke"].hash()


def test_none_can_be_given() -> None:
    assert get_config("full", ["patience_epochs=none"]).patience_epochs is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (["epoch=5"], "write field=value with one of .*epochs"),
        (["name=mine"], "write field=value"),
        (["epochs"], "write field=value"),
        (["epochs=0"], "epochs=0: .*greater than or equal to 1"),
        (["ood_method=guess"], "ood_method=guess"),
    ],
)
def test_a_change_that_means_nothing_is_refused(changes: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        get_config("smoke", changes)


def test_an_unknown_name_lists_those_that_exist() -> None:
    with pytest.raises(ConfigError, match="baseline, finetune, full"):
        get_config("nonesuch")


def test_a_network_without_imagenet_weights_needs_another_start() -> None:
    with pytest.raises(ConfigError, match="pretrained=false"):
        get_config("smoke", ["architecture=mobilenetv3_small_100"])
    changes = ["architecture=mobilenetv3_small_100", "pretrained=false"]
    assert get_config("smoke", changes).architecture == "mobilenetv3_small_100"


def test_an_unknown_architecture_is_refused_with_the_list() -> None:
    with pytest.raises(ConfigError, match="mobilenetv3_large_100"):
        get_config("smoke", ["architecture=resnet50"])
