"""A multipart form of photographs, or of one zip, taken apart as it comes.

Starlette's own form reader spools every file of a form before the first can be looked at, and keeps
an open file for each: 10,000 photographs would need 10,000 descriptors.
"""

from http import HTTPStatus

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from cluster.uploads.inbox import Part, UploadInbox
from serve_app.errors import BodyTooLargeError, InvalidRequestError
from serve_app.uploads.limits import UploadLimits
from serve_app.uploads.names import clean_name, is_label_file

ZIP_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
HOW = "send a multipart form with image files, or with one zip"
_MIB = 1024 * 1024


class UploadForm:
    """Takes the bytes of a form and puts its files into an inbox; a file counts when it is whole.

    A file that is too large is refused by itself; everything else that is wrong ends the request.
    """

    def __init__(self, content_type: str, inbox: UploadInbox, limits: UploadLimits) -> None:
        """Begin a form.

        Raises:
            InvalidRequestError: the type names no usable boundary.
        """
        self._inbox = inbox
        self._limits = limits
        self._part: Part | None = None
        self._name = ""
        self._header: tuple[bytearray, bytearray] = (bytearray(), bytearray())
        self._disposition = b""
        self._is_refused = False
        self._has_archive = False
        self._is_whole = False
        boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
        if not boundary:
            raise _bad_form("its Content-Type names no boundary")
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._add_to_header_name,
                    "on_header_value": self._add_to_header_value,
                    "on_header_end": self._end_header,
                    "on_headers_finished": self._begin_file,
                    "on_part_data": self._write,
                    "on_part_end": self._end_file,
                    "on_end": self._end,
                },
            )
        except FormParserError as error:
            raise _bad_form(str(error)) from None

    @property
    def has_archive(self) -> bool:
        """Whether a zip came."""
        return self._has_archive

    def write(self, data: bytes) -> None:
        """Take the next bytes.

        Raises:
            InvalidRequestError: this is no form, or not one of files alone.
            BodyTooLargeError: more files or bytes than an upload may have.
            OSError: a file cannot be written.
        """
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise _bad_form(str(error)) from None

    def finish(self) -> None:
        """Check that the form came to its end; raises as ``write`` does."""
        if not self._is_whole:
            raise _bad_form("it ends before its last boundary")

    def close(self) -> None:
        """Drop the file that did not come to its end."""
        if self._part is not None:
            self._part.drop()
            self._part = None

    def _begin(self) -> None:
        self._disposition = b""
        self._header = (bytearray(), bytearray())

    def _add_to_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header[0].extend(data[start:end])

    def _add_to_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1].extend(data[start:end])

    def _end_header(self) -> None:
        name, value = self._header
        if name.lower() == b"content-disposition":
            self._disposition = bytes(value)
        self._header = (bytearray(), bytearray())

    def _begin_file(self) -> None:
        file_name = parse_options_header(self._disposition)[1].get(b"filename")
        if file_name is None:
            raise InvalidRequestError(
                "The form has fields that are no files: give each part a file name.",
                code="unexpected_field",
            )
        if self._inbox.num_files >= self._limits.max_files:
            raise BodyTooLargeError(
                f"An upload has at most {self._limits.max_files} files: make several uploads.",
                code="too_many_files",
            )
        self._name = clean_name(file_name.decode("utf-8", "replace"))
        self._is_refused = False
        self._part = self._inbox.create_part()

    def _write(self, data: bytes, start: int, end: int) -> None:
        if self._part is None or self._is_refused:
            return
        self._part.write(data[start:end])
        if self._inbox.num_bytes + self._part.num_bytes > self._limits.max_total_bytes:
            raise BodyTooLargeError(
                f"An upload has at most {self._limits.max_total_bytes // _MIB} MiB: make several "
                "uploads.",
                code="too_many_bytes",
            )
        self._is_refused = self._part.num_bytes > self._get_max_bytes(self._part)

    def _get_max_bytes(self, part: Part) -> int:
        if is_label_file(self._name):
            return self._limits.max_label_bytes
        if part.head.startswith(ZIP_SIGNATURES):
            return self._limits.max_total_bytes
        return self._limits.max_file_bytes

    def _end_file(self) -> None:
        part, self._part = self._part, None
        if part is None:
            return
        if self._is_refused:
            max_mib = self._get_max_bytes(part) / _MIB
            reason = f"the file is larger than {max_mib:g} MiB; send a smaller copy"
            self._inbox.refuse(part, self._name, "too_many_bytes", reason)
        elif is_label_file(self._name):
            self._inbox.keep_labels(part)
        elif part.head.startswith(ZIP_SIGNATURES):
            self._keep_archive(part)
        else:
            self._inbox.keep_image(part, self._name)
        if self._has_archive and self._inbox.num_files:
            raise _mixed()

    def _keep_archive(self, part: Part) -> None:
        if self._has_archive:
            part.drop()
            raise _mixed()
        self._inbox.keep_archive(part)
        self._has_archive = True

    def _end(self) -> None:
        self._is_whole = True


def _mixed() -> InvalidRequestError:
    return InvalidRequestError(
        "A zip comes alone, with a labels.csv at most: put the photographs into the zip, or make "
        "several uploads.",
        code="mixed_form",
    )


def _bad_form(why: str) -> InvalidRequestError:
    return InvalidRequestError(
        f"The multipart form cannot be used ({why[:120]}): {HOW}.",
        code="bad_form",
        status=HTTPStatus.BAD_REQUEST,
    )
