"""Training configurations: one frozen, complete, named object each."""

import hashlib
from collections.abc import Sequence
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from models.architecture_names import PRETRAINED_NAMES, ArchitectureName
from models.artifact import OodMethod


class TrainConfig(BaseModel):
    """All that decides a training run, but for the data and the machines."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    architecture: ArchitectureName = "tf_efficientnet_lite0"
    pretrained: bool = True
    """Start from ImageNet weights rather than random ones, unless `initial_model` is given."""
    initial_model: str | None = None
    """Version of the model whose weights training starts from."""
    initial_share: float = Field(default=0, ge=0, lt=1)
    """Share of the initial model's weights in the packaged ones (WiSE-FT, Wortsman et al. 2022)."""
    epochs: int = Field(ge=1, le=1000)
    train_size_px: int = Field(ge=32, le=512)
    serve_size_px: int = Field(ge=32, le=512)
    batch_size: int = Field(ge=1, le=4096)
    """Images in one optimiser step, over all workers."""
    micro_batch_size: int | None = Field(default=None, ge=1, le=4096)
    """Images that a worker holds at once; gradients of several are summed (None: all at once)."""
    learning_rate: float = Field(gt=0)
    warmup_fraction: float = Field(default=0.1, ge=0, lt=1)
    weight_decay: float = Field(default=0.02, ge=0)
    label_smoothing: float = Field(default=0.05, ge=0, lt=1)
    drop_rate: float = Field(default=0.2, ge=0, lt=1)
    ema_decay: float = Field(default=0.995, ge=0, lt=1)
    patience_epochs: int | None = Field(default=None, ge=1)
    """Stop after so many epochs without a better validation loss (None: never)."""
    frozen_stages: int = Field(default=0, ge=0, le=7)
    min_images_per_class: int = Field(default=64, ge=1)
    """Rarer classes are repeated (each time augmented anew) until an epoch has so many of them."""
    min_crop_share: float = Field(default=0.4, gt=0, le=1)
    replace_background_probability: float = Field(default=0.4, ge=0, le=1)
    remove_leaf_probability: float = Field(default=0.05, ge=0, le=1)
    blur_probability: float = Field(default=0.15, ge=0, le=1)
    jpeg_probability: float = Field(default=0.2, ge=0, le=1)
    mixup_probability: float = Field(default=0, ge=0, le=0.5)
    """Of one batch: every image is blended with another."""
    cutmix_probability: float = Field(default=0, ge=0, le=0.5)
    """Of one batch: every image gets a piece of another."""
    scene_share: float = Field(default=0.05, ge=0, lt=1)
    """Scenes without leaves among the images of an epoch: strangers, taught as no class at all."""
    outside_train_share: float = Field(default=0.5, ge=0, le=1)
    """Share of the leaves of photographs from outside that is trained on; the rest judges."""
    outside_repeats: int = Field(default=4, ge=1, le=100)
    """How often an epoch shows each photograph from outside, each time augmented anew."""
    replay_images_per_class: int = Field(default=48, ge=1)
    """Photographs of each class and source whose features the artifact carries."""
    ood_method: OodMethod = "knn"
    known_kept_fraction: float = Field(default=0.95, gt=0, lt=1)
    conformal_coverage: float = Field(default=0.95, gt=0, lt=1)
    seed: int = 0
    """Of splits and first weights; order and augmentation are drawn anew by each run."""

    @model_validator(mode="after")
    def _has_weights_to_start_from(self) -> Self:
        needs_imagenet = self.pretrained and self.initial_model is None
        if needs_imagenet and self.architecture not in PRETRAINED_NAMES:
            raise ValueError(
                f"there are no ImageNet weights for {self.architecture}: add pretrained=false, or "
                f"choose one of {', '.join(sorted(PRETRAINED_NAMES))}"
            )
        return self

    def hash(self) -> str:
        """Return eight hexadecimal digits that change with any field."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:8]


CONFIGS: dict[str, TrainConfig] = {
    config.name: config
    for config in (
        # A minute on generated images: proves the pipeline, learns little.
        TrainConfig(
            name="smoke",
            epochs=2,
            train_size_px=64,
            serve_size_px=64,
            batch_size=16,
            learning_rate=2e-3,
            min_images_per_class=8,
            replay_images_per_class=4,
            ema_decay=0.8,
        ),
        # The bundled champion: about an hour on two cores. With three stages frozen and
        # channels-last a step takes a quarter of the plain one's time (15.8 -> 58.7 images/s).
        TrainConfig(
            name="baseline",
            epochs=9,
            train_size_px=160,
            serve_size_px=192,
            batch_size=32,
            learning_rate=1e-3,
            ema_decay=0.998,
            frozen_stages=3,
        ),
        # From a trained model on: larger images, lighter changes, a lower learning rate. What it
        # gains in the laboratory it loses outside; half way back to where it started keeps both.
        TrainConfig(
            name="finetune",
            epochs=10,
            initial_share=0.5,
            train_size_px=176,
            serve_size_px=192,
            batch_size=32,
            learning_rate=6e-4,
            label_smoothing=0.03,
            ema_decay=0.998,
            frozen_stages=3,
            min_crop_share=0.5,
            replace_background_probability=0.35,
        ),
        # The whole data set on several GPUs.
        TrainConfig(
            name="full",
            epochs=30,
            train_size_px=192,
            serve_size_px=224,
            batch_size=512,
            learning_rate=2e-3,
            ema_decay=0.999,
            min_images_per_class=512,
            micro_batch_size=128,
            patience_epochs=8,
        ),
    )
}


class ConfigError(ValueError):
    """A configuration that does not exist or cannot be used."""


def get_config(name: str, changes: Sequence[str] = ()) -> TrainConfig:
    """Return the configuration of this name, with `field=value` changes applied.

    Raises:
        ConfigError: there is no such configuration or field, or a value does not fit.
    """
    if name not in CONFIGS:
        raise ConfigError(f"unknown configuration {name!r}; choose one of {', '.join(CONFIGS)}")
    values = CONFIGS[name].model_dump()
    for change in changes:
        field, is_given, value = change.partition("=")
        if not is_given or field not in values or field == "name":
            raise ConfigError(
                f"{change!r} changes nothing; write field=value with one of "
                f"{', '.join(sorted(values.keys() - {'name'}))}"
            )
        values[field] = None if value == "none" else value
    try:
        return TrainConfig.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = f"{first['loc'][0]}={first['input']}: " if first["loc"] else ""
        raise ConfigError(place + first["msg"]) from None
