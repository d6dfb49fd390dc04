"""Words that every tab uses."""


def as_sentence(text: str) -> str:
    """Return ``text`` with a capital and a full stop."""
    text = text.strip()
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def say_crash(error: Exception) -> str:
    """Return what to tell of an error that nobody foresaw."""
    return (
        f"Something went wrong inside Leafray ({type(error).__name__}: {str(error)[:160]}). "
        "Try again; if it stays, report it with the lines in the terminal."
    )
