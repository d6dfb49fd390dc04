"""What rings of tests need from the system: lists by name."""

import pytest

from requirements.system_packages import SETS, PackageSet, find_missing, main, read_names


@pytest.mark.parametrize("name", SETS)
def test_every_set_names_packages(name):
    names = read_names(SETS[name].list_path)
    assert names
    assert all(word.isascii() and " " not in word for word in names)


def test_a_package_that_cannot_be_there_is_missing(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("# a comment\n\nleafray-no-such-package\n")
    packages = PackageSet(path, "leafray-no-such-program")
    assert find_missing(packages) == ["leafray-no-such-package"]


@pytest.mark.parametrize("arguments", [[], ["moon"], ["window", "nodes"]])
def test_another_set_is_told_which_there_are(arguments, capsys):
    assert main(arguments) == 2
    assert "window or nodes" in capsys.readouterr().err
