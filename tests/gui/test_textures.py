"""A texture shows what it was given last, and rests when it does not change."""

import subprocess
import sys
from pathlib import Path

from tests.gui.screen import Display

# In a process of its own: Dear PyGui has one context, and keeps what it was told of the display.
PROGRAM = """
import sys, time
from pathlib import Path
import dearpygui.dearpygui as dpg
import numpy as np
from PIL import Image
from gui.kit.textures import TextureYard

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
path = Path(sys.argv[1])
dpg.create_context()
dpg.create_viewport(title="Textures", width=300, height=300)
yard = TextureYard()
slots = [yard.add_slot(64, 64) for _ in range(2)]
with dpg.window() as root:
    for slot in slots:
        dpg.add_image(slot.tag, pos=(10, 10 + 100 * (slot is slots[1])))
dpg.set_primary_window(root, True)
dpg.setup_dearpygui()
dpg.show_viewport()

def draw(num_frames):
    for _ in range(num_frames):
        dpg.render_dearpygui_frame()
        yard.settle()

def see():
    path.unlink(missing_ok=True)
    path.touch()
    dpg.output_frame_buffer(str(path))
    while not path.stat().st_size:
        draw(1)
    time.sleep(0.1)
    with Image.open(path) as picture:
        rgb = picture.convert("RGB")
        return rgb.getpixel((40, 40)), rgb.getpixel((40, 140))

def fill(slot, colour):
    slot.show(np.full((64, 64, 3), colour, dtype=np.uint8))

registry = dpg.get_item_parent(slots[0].tag)
fill(slots[0], RED); fill(slots[1], GREEN)
draw(4)
assert see() == (RED, GREEN), see()
assert all(dpg.get_item_parent(slot.tag) != registry for slot in slots)
for colour in (BLUE, RED, BLUE):
    fill(slots[0], colour)
    assert dpg.get_item_parent(slots[0].tag) == registry
    assert dpg.get_item_parent(slots[1].tag) != registry
    draw(4)
    assert dpg.get_item_parent(slots[0].tag) != registry
    assert see() == (colour, GREEN), see()
# Without a frame, as in a minimised window, nothing is uploaded and nothing goes to rest.
fill(slots[1], RED)
for _ in range(9):
    yard.settle()
draw(4)
assert see() == (BLUE, RED), see()
print("seen")
dpg.destroy_context()
"""


def test_what_is_at_rest_is_shown_as_it_was_and_changes_when_it_is_told(
    display: Display, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "seen.png")],
        env=display.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "seen\n", done.stderr
