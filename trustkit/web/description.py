"""The OpenAPI document, corrected where FastAPI's guess is not what this service answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from trustkit.web.problem import MEDIA_TYPE

if TYPE_CHECKING:
    from fastapi import FastAPI

_GUESSED: Final = "HTTPValidationError"
_REFUSED: Final = {"description": "A parameter is missing or of the wrong form", "content": {MEDIA_TYPE: {}}}


def describe(api: FastAPI) -> None:
    """Make the application's document say what its refusals are: a parameter of the wrong form is 400, a problem document."""
    guess = api.openapi

    def corrected() -> dict[str, Any]:
        document = guess()
        for operations in document["paths"].values():
            for operation in operations.values():
                answers = operation["responses"]
                if _GUESSED in str(answers.get("422")):
                    del answers["422"]
                    answers["400"] = _REFUSED
        for name in (_GUESSED, "ValidationError"):
            document.get("components", {}).get("schemas", {}).pop(name, None)
        return document

    api.openapi = corrected  # type: ignore[method-assign]  # how FastAPI is told
