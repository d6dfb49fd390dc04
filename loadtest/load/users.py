"""Who asks: photographs one by one, batches, uploads that are given up again, a dashboard.

A shape changes the number of `PhotoUser` alone; of the others there is one each.
"""

import time

from loadtest.load.answers import Check, check_batch, check_schema, check_upload
from loadtest.load.shapes import PHOTOS_PER_USER_S
from loadtest.load.user import LeafUser
from loadtest.photos import find_fault
from serve_app.loop_schemas import ModelList, RunList
from serve_app.schemas import ModelResponse, ReadinessResponse, UploadList, UploadResponse

_MAX_CHECK_S = 30.0
_POLL_S = 0.5
_CHECKED = frozenset({"checked"})
_AT_WORK = frozenset({"receiving", "checking"})
_DASHBOARD = (
    ("/v1/model", ModelResponse),
    ("/v1/models", ModelList),
    ("/v1/uploads?limit=20", UploadList),
    ("/v1/retraining-jobs?limit=20", RunList),
    ("/readyz", ReadinessResponse),
)


class PhotoUser(LeafUser):
    """Sends `PHOTOS_PER_USER_S` photographs a second, one by one or several by a request."""

    kind = "prediction"
    num_photos = 1
    period_s = 1 / PHOTOS_PER_USER_S

    def ask_next(self) -> None:
        """Send what comes next."""
        if self.num_photos == 1:
            photo = self.kit.photos[self.turn % len(self.kit.photos)]
            self.ask(
                "POST",
                "/v1/predictions?top_k=5",
                lambda status, body: find_fault(
                    status, body, photo=photo, model_version=self.kit.model_version
                ),
                data=photo.image_bytes,
                headers={"Content-Type": "image/jpeg"},
            )
        else:
            self._send_batch()

    def _send_batch(self) -> None:
        batch = self.kit.get_batch(self.turn, size=self.num_photos)
        self.ask(
            "POST",
            "/v1/predictions/batch",
            check_batch(batch.photos, model_version=self.kit.model_version),
            data=batch.form.body,
            headers={"Content-Type": batch.form.content_type},
        )


class BatchUser(PhotoUser):
    """Sends two photographs a second, eight by a request."""

    kind = "batch"
    num_photos = 8
    period_s = 4.0
    fixed_count = 1


class UploadUser(LeafUser):
    """Uploads two photographs, waits for their check and gives them up: nothing is left."""

    kind = "upload"
    period_s = 5.0
    fixed_count = 1

    def ask_next(self) -> None:
        """One upload from its form to its end."""
        form = self.kit.upload
        body = self.ask(
            "POST",
            "/v1/uploads",
            self._check(202, _AT_WORK | _CHECKED),
            data=form.body,
            headers={"Content-Type": form.content_type},
        )
        if body is None:
            return
        upload = UploadResponse.model_validate_json(body)
        path = f"/v1/uploads/{upload.upload_id}"
        until_s = time.monotonic() + _MAX_CHECK_S
        while upload.status in _AT_WORK:
            time.sleep(_POLL_S)
            allowed = _CHECKED if time.monotonic() > until_s else _AT_WORK | _CHECKED
            body = self.ask("GET", path, self._check(200, allowed), is_due=False)
            if body is None:
                break
            upload = UploadResponse.model_validate_json(body)
        self.ask("DELETE", path, self._check(200, frozenset({"discarded"})), is_due=False)

    def _check(self, status: int, upload_statuses: frozenset[str]) -> Check:
        return check_upload(
            status=status, num_files=self.kit.num_uploaded, upload_statuses=upload_statuses
        )


class DashboardUser(LeafUser):
    """Asks what a window shows, twice a second."""

    kind = "dashboard"
    period_s = 0.5
    fixed_count = 1

    def ask_next(self) -> None:
        """Ask for the next part."""
        path, answer_type = _DASHBOARD[self.turn % len(_DASHBOARD)]
        self.ask("GET", path, check_schema(answer_type))
