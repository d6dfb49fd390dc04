"""How much larger than usual things must be drawn on this screen."""

import ctypes

_MIN_SCALE, _MAX_SCALE = 1.0, 3.0


def find_screen_scale() -> float:
    """Return the scale that the system has set for the first monitor, 1.0 where it tells none.

    Dear PyGui does not pass it on, but GLFW inside its library knows it. Main thread only.
    """
    # Imported here because the compiled module must not load before the display was checked.
    import dearpygui._dearpygui as compiled

    try:
        glfw = ctypes.CDLL(compiled.__file__)
        glfw.glfwGetPrimaryMonitor.restype = ctypes.c_void_p
        glfw.glfwGetMonitorContentScale.argtypes = [
            ctypes.c_void_p,
            ctypes.c_void_p,
            ctypes.c_void_p,
        ]
    except (OSError, AttributeError, TypeError):
        return _MIN_SCALE
    # Dear PyGui calls it again when it shows its window; the second call does nothing.
    if not glfw.glfwInit():
        return _MIN_SCALE
    monitor = glfw.glfwGetPrimaryMonitor()
    if not monitor:
        return _MIN_SCALE
    scale_x = ctypes.c_float(_MIN_SCALE)
    glfw.glfwGetMonitorContentScale(monitor, ctypes.byref(scale_x), None)
    return min(max(round(scale_x.value, 2), _MIN_SCALE), _MAX_SCALE)
