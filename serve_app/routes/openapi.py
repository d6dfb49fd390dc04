"""What the OpenAPI document says of bodies that we read ourselves, and of errors."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from serve_app.schemas import MAX_BATCH_IMAGES, MAX_IMAGES, ErrorBody

# Of the HTTP contract, not of the model: that one changes while this application lives.
CONTRACT_VERSION = "1"

SUMMARY = "Plant diseases recognised from leaf photographs, and models that learn from new ones."
_BINARY = {"type": "string", "format": "binary"}


def _describe_form(max_images: int) -> dict[str, Any]:
    images = {"type": "array", "items": _BINARY, "minItems": 1, "maxItems": max_images}
    schema = {"type": "object", "properties": {"image": images}, "required": ["image"]}
    return {"multipart/form-data": {"schema": schema}}


PHOTO_BODY = {
    "requestBody": {
        "required": True,
        "description": f"One photo, or a form with up to {MAX_IMAGES} photos of one plant.",
        "content": {
            "image/jpeg": {"schema": _BINARY},
            "image/png": {"schema": _BINARY},
            "image/webp": {"schema": _BINARY},
            "application/octet-stream": {"schema": _BINARY},
            **_describe_form(MAX_IMAGES),
        },
    }
}
BATCH_BODY = {
    "requestBody": {
        "required": True,
        "description": f"A form with up to {MAX_BATCH_IMAGES} photos, each a file with a name.",
        "content": _describe_form(MAX_BATCH_IMAGES),
    }
}
UPLOAD_BODY = {
    "requestBody": {
        "required": False,
        "description": (
            "A form with photographs (file names with folders, such as Tomato___healthy/1.jpg) or "
            "with one zip, and labels.csv where folders do not tell; or the bytes of a zip. "
            "With no body: an upload whose files come by further requests."
        ),
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "array", "items": _BINARY}},
                }
            },
            "application/zip": {"schema": _BINARY},
        },
    }
}


def describe_both(api: FastAPI, other: FastAPI) -> dict[str, Any]:
    """Return one document of an application and of another one beside it."""
    document, added = (
        get_openapi(
            title=item.title, version=item.version, summary=item.summary, routes=item.routes
        )
        for item in (api, other)
    )
    document["paths"] = {**added["paths"], **document["paths"]}
    for kind, found in added.get("components", {}).items():
        document["components"][kind] = {**found, **document["components"].get(kind, {})}
    return document


def describe_errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what FastAPI wants to know of the statuses that a route may answer."""
    return {
        status: {"model": ErrorBody, "description": HTTPStatus(status).phrase}
        for status in statuses
    }
