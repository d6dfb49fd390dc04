"""What pip is told reaches uv, and the right torch is chosen."""

import platform
import shutil
import sys
from pathlib import Path

import pytest

from requirements import install
from requirements.pip_settings import (
    PipSettings,
    parse_pip_settings,
    to_uv_environment,
    to_uv_options,
)
from requirements.torch_choice import TorchChoiceError, choose_torch, has_cpu_wheel

VERSION = "2.13.0"


@pytest.fixture
def wheels_dir(tmp_path):
    name = f"torch-{VERSION}+cpu-cp311-cp311-manylinux_2_28_{platform.machine()}.whl"
    (tmp_path / name).touch()
    return tmp_path


@pytest.fixture
def no_graphics_card(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)


def test_the_environment_wins_over_pips_files():
    listing = ":env:.find-links='one two'\nglobal.find-links='three'\nglobal.cert='ca.crt'"
    settings = parse_pip_settings(listing)
    assert settings == PipSettings(find_links=("one", "two"), certificate_path="ca.crt")


def test_what_is_no_setting_is_passed_over():
    assert parse_pip_settings("") == PipSettings()
    assert parse_pip_settings("a warning\nfreeze.timeout='9'") == PipSettings()


def test_uv_is_told_the_same():
    settings = PipSettings(("wheels",), "https://mirror.example.org/simple", "ca.crt")
    assert to_uv_options(settings) == [
        "--find-links=wheels",
        "--default-index=https://mirror.example.org/simple",
    ]
    assert to_uv_environment(settings) == {"SSL_CERT_FILE": "ca.crt"}
    assert to_uv_options(PipSettings()) == []
    assert to_uv_environment(PipSettings()) == {}


def test_the_cpu_wheel_is_found_by_path_and_by_address(wheels_dir, tmp_path):
    assert has_cpu_wheel(str(wheels_dir), VERSION)
    assert has_cpu_wheel(wheels_dir.as_uri(), VERSION)
    assert not has_cpu_wheel(str(wheels_dir), "2.13.1")
    assert not has_cpu_wheel(str(tmp_path / "missing"), VERSION)


def test_auto_takes_the_cpu_build_where_it_can_be_found(wheels_dir, no_graphics_card):
    assert choose_torch("auto", [str(wheels_dir)], version=VERSION) == ("cpu", "")
    assert choose_torch("auto", [], version=VERSION).name == "cuda"


def test_auto_takes_the_cuda_build_beside_a_graphics_card(wheels_dir, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: name)
    assert choose_torch("auto", [str(wheels_dir)], version=VERSION) == ("cuda", "")


@pytest.mark.parametrize(("wish", "hint"), [("cpu", "PIP_FIND_LINKS"), ("gpu", "auto, cpu, cuda")])
def test_a_wish_that_cannot_be_met_says_what_to_do(wish, hint, no_graphics_card):
    with pytest.raises(TorchChoiceError, match=hint):
        choose_torch(wish, [], version=VERSION)


def test_the_stamp_tells_the_sets_apart():
    assert install.to_stamp("cpu") == install.to_stamp("cpu")
    assert install.to_stamp("cpu") != install.to_stamp("cuda")


@pytest.fixture
def stamp_path(tmp_path, monkeypatch):
    """An environment that is made by nothing but its stamp; `install` would begin to work."""

    def refuse():
        raise install.SetupError("would install")

    monkeypatch.setattr(install, "STAMP_PATH", tmp_path / "stamp")
    monkeypatch.setattr(install, "UNFINISHED_PATH", tmp_path / "unfinished")
    monkeypatch.setattr(install, "VENV_PYTHON", Path(sys.executable))
    monkeypatch.setattr(install, "_find_python", refuse)
    return tmp_path / "stamp"


@pytest.mark.parametrize("name", ["gui", "cpu", "cuda"])
def test_any_whole_environment_is_enough_for_the_window(stamp_path, name):
    stamp_path.write_text(install.to_stamp(name))
    install.install("auto", is_window_enough=True)


def test_the_windows_packages_are_not_enough_for_the_rest(stamp_path):
    stamp_path.write_text(install.to_stamp("gui"))
    with pytest.raises(install.SetupError, match="would install"):
        install.install("auto")


@pytest.mark.parametrize("content", [None, "gui of older pins\n", "cpu of older pins\n"])
def test_what_is_missing_or_old_is_installed(stamp_path, content):
    if content is not None:
        stamp_path.write_text(content)
    with pytest.raises(install.SetupError, match="would install"):
        install.install("auto", is_window_enough=True)
