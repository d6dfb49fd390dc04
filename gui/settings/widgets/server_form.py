"""The form for one server: name, address, key, and a look at whether it works."""

import dearpygui.dearpygui as dpg

from gui.kit import tones
from gui.kit.theme import Item, bind_font
from gui.kit.toolkit import Toolkit
from gui.settings import events
from gui.settings.preferences import MAX_NAME_CHARS, MAX_URL_CHARS
from gui.settings.state import ServerForm as FormState
from gui.settings.state import SettingsState
from gui.settings.widgets.verdict_text import VerdictText
from gui.settings.words import say_key_hint


class ServerForm:
    """Built once; filled when it opens, read when it is saved."""

    def __init__(self, kit: Toolkit[events.Event]) -> None:
        """Build the parts inside the open container."""
        self._kit = kit
        self._opened_for: FormState | None = None
        self._url = ""
        self._name_of_edited: str | None = None
        px, post = kit.px, kit.post
        with dpg.group(show=False) as self.root:
            self._heading = dpg.add_text("", color=tones.MUTED)
            bind_font(self._heading, kit.fonts.section)
            dpg.add_spacer(height=px(4))
            self.name = self._add_field("Name", "For example Plant clinic", "server_name")
            self.address = self._add_field("Address", "https://leaf.example.org", "server_address")
            self.key = self._add_field("Key", "", "server_key", is_secret=True)
            self._problem = dpg.add_text("", color=tones.FAILED, show=False)
            self._verdict = VerdictText(kit)
            dpg.add_spacer(height=px(8))
            with dpg.group(horizontal=True):
                save = dpg.add_button(
                    label="Save", width=px(84), callback=self._save, tag="server_save"
                )
                dpg.add_button(label="Test this server", callback=self._test, tag="server_test")
                dpg.add_button(
                    label="Cancel",
                    callback=lambda: post(events.FormClosed()),
                    tag="server_cancel",
                )
            dpg.add_spacer(height=px(14))
            with dpg.group(horizontal=True) as self._edits:
                self._remove = dpg.add_button(
                    label="Remove this server", callback=self._remove_server, tag="server_remove"
                )
                self._forget = dpg.add_button(
                    label="Forget its key", callback=self._forget_key, tag="server_forget"
                )
        dpg.bind_item_theme(save, kit.themes.primary)

    def _add_field(self, label: str, hint: str, tag: str, *, is_secret: bool = False) -> Item:
        dpg.add_text(label)
        field: Item = dpg.add_input_text(
            hint=hint, password=is_secret, on_enter=True, callback=self._save, tag=tag
        )
        dpg.add_spacer(height=self._kit.px(6))
        return field

    def show(self, state: SettingsState, width_px: int) -> None:
        """Show the form in ``width_px``; what was typed stays until another server is opened."""
        form = state.form
        if form is None:
            self._opened_for = None
            # A key must not wait in a hidden field.
            dpg.set_value(self.key, "")
            return
        server = state.edited
        self._name_of_edited, self._url = form.name, server.url if server else ""
        if self._opened_for is None or self._opened_for.name != form.name:
            dpg.set_value(self.name, server.name if server else "")
            dpg.set_value(self.address, self._url)
            dpg.set_value(self.key, "")
            dpg.focus_item(self.name if server is None else self.key)
        self._opened_for = form
        dpg.set_value(self._heading, "CHANGE A SERVER" if server else "ADD A SERVER")
        for field in (self.name, self.address, self.key):
            dpg.configure_item(field, width=width_px)
        dpg.configure_item(self.key, hint=say_key_hint(state))
        dpg.set_value(self._problem, form.problem or "")
        dpg.configure_item(self._problem, show=form.problem is not None, wrap=width_px)
        self._verdict.show(state.probe, None, width_px)
        dpg.configure_item(self._edits, show=server is not None)
        dpg.configure_item(self._forget, show=server is not None and state.has_key(server.url))

    def _save(self) -> None:
        self._kit.post(
            events.FormSubmitted(
                name=dpg.get_value(self.name)[: MAX_NAME_CHARS + 1],
                address=dpg.get_value(self.address)[: MAX_URL_CHARS + 1],
                key=dpg.get_value(self.key),
            )
        )

    def _test(self) -> None:
        self._kit.post(
            events.ProbeRequested(
                name=None,
                address=dpg.get_value(self.address)[: MAX_URL_CHARS + 1],
                key=dpg.get_value(self.key),
            )
        )

    def _remove_server(self) -> None:
        if self._name_of_edited is not None:
            self._kit.post(events.ServerRemoved(name=self._name_of_edited))

    def _forget_key(self) -> None:
        self._kit.post(events.KeyForgotten(url=self._url))
