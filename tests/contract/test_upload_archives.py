"""Zips that mean harm, or were packed badly: nothing is lost, and each file has its reason."""

import gc
import io
import stat
import struct
import zipfile

import psutil
import pytest

from models.leaf_drawing import draw_leaf, encode_jpeg
from tests.contract.upload_service import (
    HEALTHY,
    list_codes,
    make_zip,
    start_control,
    upload_zip,
    wait_until_checked,
)

MIB = 2**20


def leaf(seed):
    return encode_jpeg(draw_leaf(seed, size_px=96))


@pytest.fixture(scope="module")
def control(champion_dir, tmp_path_factory):
    with start_control(champion_dir, tmp_path_factory.mktemp("archives")) as control:
        yield control


def check_zip(control, content):
    upload = wait_until_checked(control.http, upload_zip(control, content).json()["upload_id"])
    return upload, list_codes(control.http, upload)


def set_encrypted(archive):
    """Set the bit that says so, in the local heads and in the directory."""
    content = bytearray(archive)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(signature)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(signature, at + 4)
    return bytes(content)


def test_what_is_no_photograph_is_refused_by_itself(control):
    link = zipfile.ZipInfo(f"{HEALTHY}/link.jpg")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{HEALTHY}/good.jpg", leaf(0))
        archive.writestr(link, "/etc/passwd")
        archive.writestr(f"../../{HEALTHY}/slip.jpg", leaf(1))
        archive.writestr(f"/{HEALTHY}/root.jpg", leaf(2))
        archive.writestr(f"C:\\{HEALTHY}\\drive.jpg", leaf(3))
        archive.writestr(f"{HEALTHY}/inner.zip", make_zip({"a.jpg": leaf(4)}))
        archive.writestr(f"{HEALTHY}/bomb.jpg", bytes(15 * MIB))
        archive.writestr(f"{HEALTHY}/large.jpg", bytes(30 * MIB))
        archive.writestr(f"{HEALTHY}/rare.jpg", leaf(5), compress_type=zipfile.ZIP_LZMA)
        archive.writestr(f"{HEALTHY}/readme.txt", "hello")
        archive.writestr("__MACOSX/._good.jpg", b"litter")
        archive.writestr(f"{HEALTHY}/.DS_Store", b"litter")
        archive.mkdir("empty folder")
    upload, codes = check_zip(control, buffer.getvalue())
    assert (upload["status"], upload["accepted"], upload["total"]) == ("checked", 1, 10)
    assert codes == {
        f"{HEALTHY}/link.jpg": "symlink",
        f"../../{HEALTHY}/slip.jpg": "unsafe_name",
        f"/{HEALTHY}/root.jpg": "unsafe_name",
        f"C:/{HEALTHY}/drive.jpg": "unsafe_name",
        f"{HEALTHY}/inner.zip": "nested_zip",
        f"{HEALTHY}/bomb.jpg": "compressed_too_much",
        f"{HEALTHY}/large.jpg": "too_many_bytes",
        f"{HEALTHY}/rare.jpg": "unsupported_compression",
        f"{HEALTHY}/readme.txt": "not_an_image",
    }
    folder = control.layout.upload_dir(upload["upload_id"])
    kept = [path for path in folder.rglob("*") if path.is_file() and path.parent != folder]
    assert [path.read_bytes() for path in kept] == [leaf(0)]


def test_a_locked_zip_is_named_as_such(control):
    _, codes = check_zip(control, set_encrypted(make_zip({f"{HEALTHY}/a.jpg": leaf(10)})))
    assert codes == {f"{HEALTHY}/a.jpg": "encrypted"}


def test_a_byte_that_changed_spoils_its_file_alone(control):
    archive = bytearray(make_zip({f"{HEALTHY}/{seed}.jpg": leaf(seed) for seed in (11, 12)}))
    archive[200] ^= 0xFF
    upload, codes = check_zip(control, bytes(archive))
    assert upload["accepted"] == 1
    assert codes == {f"{HEALTHY}/11.jpg": "damaged_in_zip"}


def test_names_in_other_scripts_are_kept(control):
    names = [f"番茄/{HEALTHY}/叶子.jpg", f"{HEALTHY}/лист.jpg", f"{HEALTHY}/ورقة.jpg"]
    archive = make_zip({name: leaf(20 + index) for index, name in enumerate(names)})
    upload, _ = check_zip(control, archive)
    items = control.http.get(f"/v1/uploads/{upload['upload_id']}/items").json()["items"]
    assert [item["name"] for item in items] == names
    assert upload["accepted"] == 3
    # Many programs write UTF-8 without setting the bit that says so.
    unsaid = bytearray(make_zip({names[1]: leaf(30)}))
    for at in (unsaid.find(b"PK\x03\x04") + 6, unsaid.find(b"PK\x01\x02") + 8):
        flags = struct.unpack_from("<H", unsaid, at)[0]
        struct.pack_into("<H", unsaid, at, flags & ~0x800)
    upload, _ = check_zip(control, bytes(unsaid))
    items = control.http.get(f"/v1/uploads/{upload['upload_id']}/items").json()["items"]
    assert [item["name"] for item in items] == [names[1]]


def test_a_hundred_thousand_files_are_refused_before_they_take_memory(control):
    archive = make_zip({f"{number}.jpg": b"" for number in range(100_000)})
    check_zip(control, make_zip({f"{HEALTHY}/a.jpg": leaf(40)}))  # The model is loaded.
    gc.collect()
    before = psutil.Process().memory_info().rss
    upload, _ = check_zip(control, archive)
    assert upload["status"] == "failed"
    assert "more than 20000 files" in upload["reason"]
    # Python's own reader of zips makes 70 MB of its directory.
    assert psutil.Process().memory_info().rss - before < 40 * MIB


def forge_end(archive, num_directory_bytes):
    content = bytearray(archive)
    struct.pack_into("<L", content, content.rfind(b"PK\x05\x06") + 12, num_directory_bytes)
    return bytes(content)


@pytest.mark.parametrize(
    "content",
    [
        make_zip({}),
        make_zip({"a/": b""}),
        make_zip({"a.jpg": b"x" * 5000})[:3000],
        b"PK\x03\x04" + bytes(100),
        forge_end(make_zip({"a.jpg": b"x"}), 2**31),
        forge_end(make_zip({"a.jpg": b"x"}), 3),
        make_zip({"a/labels.csv": b"path,label", "labels.csv": b"path,label", "a.jpg": b""}),
    ],
)
def test_a_zip_that_cannot_be_used_fails_with_a_reason_and_leaves_nothing(control, content):
    upload, _ = check_zip(control, content)
    assert upload["status"] == "failed"
    assert upload["reason"]
    files = {path.name for path in control.layout.upload_dir(upload["upload_id"]).iterdir()}
    assert files <= {"upload.json", "lock", "items.jsonl"}


def test_a_zip_comes_as_the_body_itself(control):
    archive = make_zip({f"{HEALTHY}/a.jpg": leaf(50)})
    headers = {"Content-Type": "application/zip"}
    answer = control.http.post("/v1/uploads", content=archive, headers=headers)
    assert answer.status_code == 202
    assert wait_until_checked(control.http, answer.json()["upload_id"])["accepted"] == 1
