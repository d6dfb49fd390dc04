"""Memory of the service while many small photographs come and are checked.

``LEAFRAY_UPLOAD_FILES=10000 pytest -s tests/contract/test_upload_memory.py`` prints the figures
that stand in ``serve_app/README.md``.
"""

import os
import time
import zipfile

import numpy as np
import psutil
import pytest
from PIL import Image

from models.leaf_drawing import encode_jpeg
from serve_app.upload_session import list_files
from tests.contract.upload_service import HEALTHY, start_process

NUM_FILES = int(os.environ.get("LEAFRAY_UPLOAD_FILES", "400"))
NUM_WARM_UP = 50
MIB = 2**20
# What a check must remember of a file, and of its neighbours in the heap.
MAX_GROWTH_PER_FILE_BYTES = 2048
MAX_GROWTH_BYTES = 24 * MIB


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    (folder / HEALTHY).mkdir()
    rng = np.random.default_rng(0)
    for number in range(NUM_FILES):
        noise = Image.fromarray(rng.integers(0, 256, (12, 12, 3), dtype=np.uint8))
        picture = np.asarray(noise.resize((128, 128), Image.Resampling.BICUBIC))
        (folder / HEALTHY / f"{number:05}.jpg").write_bytes(encode_jpeg(picture))
    return folder


def send_folder(client, files, folder):
    upload_id = client.uploads.begin().upload_id
    client.uploads.send_files(upload_id, files)
    return client.uploads.finish(upload_id).upload_id


def send_zip(client, files, folder):
    path = folder.parent / f"{len(files)}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in files:
            archive.write(file.path, file.name)
    return client.uploads.send_archive(path).upload_id


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("send", [send_folder, send_zip])
def test_memory_stays_while_many_files_come_and_are_checked(champion_dir, tmp_path, folder, send):
    files = list_files(folder)
    with start_process(champion_dir, tmp_path) as (pid, client):
        server = psutil.Process(pid)
        first_id = send(client, files[:NUM_WARM_UP], folder)
        client.uploads.wait_until_checked(first_id)
        client.uploads.discard(first_id)
        before, largest = server.memory_info().rss, 0

        def note_memory(_):
            nonlocal largest
            largest = max(largest, server.memory_info().rss)

        started_s = time.monotonic()
        upload_id = send(client, files, folder)
        sent_s = time.monotonic() - started_s
        note_memory(None)
        upload = client.uploads.wait_until_checked(upload_id, on_progress=note_memory)
        checked_s = time.monotonic() - started_s - sent_s
        started_s = time.monotonic()
        accepted = client.uploads.accept(upload_id)
        accepted_s = time.monotonic() - started_s
    growth = largest - before
    print(  # noqa: T201 - for -s
        f"\n{send.__name__}: {len(files)} files, sent in {sent_s:.1f} s "
        f"({len(files) / sent_s:.0f}/s), checked in {checked_s:.1f} s "
        f"({len(files) / checked_s:.0f}/s), accepted in {accepted_s:.1f} s; "
        f"memory {before / MIB:.0f} MiB + {growth / MIB:.0f} MiB"
    )
    assert upload.accepted == accepted.accepted == len(files)
    assert growth < MAX_GROWTH_BYTES + MAX_GROWTH_PER_FILE_BYTES * len(files)
