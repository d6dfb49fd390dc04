"""Which version is shown, and where it comes from in words."""

from gui.dataset.lineage import choose_version, order_versions, say_lineage, say_version
from gui.dataset.material import Origin
from tests.unit.gui.dataset.summary_values import VERSION, make_material, make_version

OLD = make_version("ds-old", num_images=900)
CURRENT = make_version(VERSION, parent="ds-old", upload_ids=("up-1",), is_current=True)
NEW = make_version("ds-new", parent=VERSION, has_summary=False)


def test_the_version_in_use_comes_first_then_the_newest() -> None:
    assert order_versions([NEW, CURRENT, OLD]) == (CURRENT, NEW, OLD)


def test_the_version_in_use_is_shown_unless_another_is_wanted() -> None:
    versions = [NEW, CURRENT, OLD]
    assert choose_version(versions, None) == VERSION
    assert choose_version(versions, "ds-old") == "ds-old"
    assert choose_version(versions, "ds-gone") == VERSION
    assert choose_version([NEW, OLD], None) == "ds-old"
    assert choose_version([NEW], None) == "ds-new"
    assert choose_version([], None) is None


def test_the_list_says_what_each_version_is() -> None:
    assert say_version(CURRENT) == f"{VERSION}  ·  10 photographs  ·  in use"
    assert say_version(NEW) == "ds-new  ·  10 photographs  ·  not measured"


def test_a_version_says_what_it_grew_from() -> None:
    assert say_lineage(make_material(versions=[CURRENT, OLD])) == (
        "Grew from ds-old (900 photographs), by 1 upload. The model in use has learned from it."
    )
    assert say_lineage(make_material(versions=[CURRENT])) == (
        "Grew from ds-old, by 1 upload. The model in use has learned from it."
    )
    alone = make_version(VERSION)
    assert say_lineage(make_material(versions=[alone])) == (
        "The beginning: it grew from no other version. The model in use has learned from another "
        "one."
    )


def test_what_was_read_from_the_laptop_says_so_and_why() -> None:
    material = make_material(origin=Origin.BUNDLED, remark="The server said no.")
    said = say_lineage(material)
    assert said.startswith("The server said no. Read from this laptop")
    assert say_lineage(make_material(versions=[])) == ""
