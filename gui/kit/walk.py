"""Going through the window by the keyboard alone: Tab begins it, Escape or the pointer ends it.

Dear ImGui moves a frame from one part to the next by Tab and the arrows, and presses what is in it
by Space or Enter. The same arrows go through photographs here, so this is on only while a person
walks. Dear PyGui 2.3.1 can turn it on before the window is shown and never off again; its library
has Dear ImGui inside, and on Linux and macOS exports ``ImGui::GetIO``, which leads to its flags.
Where it is not exported it stays on, and an arrow does both.
"""

import ctypes
from collections.abc import Callable

import dearpygui.dearpygui as dpg

_GET_IO = "_ZN5ImGui5GetIOEv"
# Of ImGuiConfigFlags, the first field of ImGuiIO.
_NAV_ENABLE_KEYBOARD = 1

Switch = Callable[[bool], None]


class Walk:
    """Whether a person walks; main thread only."""

    def __init__(self, switch: Switch | None) -> None:
        """Take what turns Dear ImGui's part on and off, None where it is always on."""
        self._switch = switch
        self._is_on = False

    def take_keys(self) -> bool:
        """Look at the frame just drawn; True while keys belong to the walk."""
        is_ended = dpg.is_key_pressed(dpg.mvKey_Escape) or any(
            dpg.is_mouse_button_clicked(button)
            for button in (dpg.mvMouseButton_Left, dpg.mvMouseButton_Right)
        )
        if is_ended:
            self._turn(is_on=False)
        elif dpg.is_key_pressed(dpg.mvKey_Tab):
            self._turn(is_on=True)
        return self._is_on

    def _turn(self, *, is_on: bool) -> None:
        if is_on != self._is_on and self._switch is not None:
            self._switch(is_on)
        self._is_on = is_on


def find_switch() -> Switch | None:
    """Return what turns walking on and off, None where the library does not export it.

    Called between the making of the context and the showing of the viewport.
    """
    # Imported here because the compiled module must not load before the display was checked.
    import dearpygui._dearpygui as compiled

    try:
        get_io = getattr(ctypes.CDLL(compiled.__file__), _GET_IO)
    except (OSError, AttributeError, TypeError):
        dpg.configure_app(keyboard_navigation=True)
        return None
    get_io.argtypes = []
    get_io.restype = ctypes.c_void_p

    def switch(is_on: bool) -> None:
        flags = ctypes.c_int.from_address(get_io())
        flags.value = flags.value & ~_NAV_ENABLE_KEYBOARD | (_NAV_ENABLE_KEYBOARD if is_on else 0)

    return switch
