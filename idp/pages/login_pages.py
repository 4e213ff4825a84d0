"""A login as pages: each stage of `idp.login_view` is one page, and each refusal the same page with its sentence."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from idp.factors.port import FactorKind
from idp.levels.explain import level_text
from idp.login_view import LoginStage
from idp.pages.render import page
from idp.pages.views import AnswerPage, Elsewhere, LoginPage, Problem, StepPage
from idp.stepup import Shortfall
from trustkit.web.problem import status_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from idp.connectors.port import Prompt
    from idp.login_view import LoginView
    from idp.pages.asked import Asked
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.errors import TrustError
    from trustkit.texts.catalogue import Language

MAX_NUMBER: Final = 4
TYPED: Final = (FactorKind.PASSWORD, FactorKind.TOTP, FactorKind.RECOVERY)


def login_page(
    asked: Asked, view: LoginView, *, options: Mapping[str, JsonValue] | None = None, error: TrustError | None = None
) -> Response:
    """Return the page of a login's stage. `options` are what a passkey is asked, where one would lead on."""
    error = error or view.refusal
    values: dict[str, object] = {"problem": None if error is None else Problem.of(error, asked.language)}
    status = HTTPStatus.OK if error is None else status_of(error.code)
    here = f"/login?i={view.interaction.id}"
    if view.stage is LoginStage.START:
        values["view"] = _start(asked, view, options)
        return page("login.html", values, language=asked.language, status=status, here=here)
    chosen = asked.query.get("means", "")
    if (
        view.stage is LoginStage.STEP and chosen in view.kinds and chosen != FactorKind.CONFIRMATION
    ):  # asked for by a form
        values["view"] = AnswerPage(
            csrf=view.form,
            interaction=view.interaction.id,
            kind=chosen,
            options="" if options is None else json.dumps(options),
            others=len(view.kinds) + len(view.connectors) > 1,
        )
        return page("answer.html", values, language=asked.language, status=status, here=f"{here}&means={chosen}")
    values["view"] = _step(asked, view)
    return page("step.html", values, language=asked.language, status=status, here=here)


def prompt_page(asked: Asked, view: LoginView, name: str, prompt: Prompt, *, back: str = "") -> Response:
    """Return the page on which a connector asks something of the browser or an app, by the kind of what it asks.

    `back` is where who gives it up goes, where that is not the login.
    """
    shown = AnswerPage(
        csrf=view.form,
        interaction=view.interaction.id,
        kind=prompt.kind,
        challenge=prompt.parameters.get("challenge", ""),
        password=prompt.parameters.get("type", "") == "1",
        connector=name,
        back=back,
    )
    return page("answer.html", {"view": shown}, language=asked.language)


def confirmation_page(asked: Asked, view: LoginView, number: str, error: TrustError | None = None) -> Response:
    """Return the page that shows a number and waits for the person's app."""
    shown = AnswerPage(
        csrf=view.form,
        interaction=view.interaction.id,
        kind=FactorKind.CONFIRMATION.value,
        number=number[:MAX_NUMBER],
        others=len(view.kinds) + len(view.connectors) > 1,
    )
    problem = None if error is None else Problem.of(error, asked.language)
    status = HTTPStatus.OK if error is None else status_of(error.code)
    return page("answer.html", {"view": shown, "problem": problem}, language=asked.language, status=status)


def going_page(language: Language, url: str) -> Response:
    """Return the page that goes on to a URL by itself, to answer a form that leads to another site in the end."""
    return page("going.html", {}, language=language, goes_to=url)


def _start(asked: Asked, view: LoginView, options: Mapping[str, JsonValue] | None) -> LoginPage:
    return LoginPage(
        csrf=view.form,
        interaction=view.interaction.id,
        client_name=view.interaction.client_name,
        password=FactorKind.PASSWORD in view.kinds,
        passkey_options="" if options is None else json.dumps(options),
        elsewhere=_elsewhere(asked, view),
        again=view.interaction.reauthenticate,
        login_name=asked.text("login_name")[:64],
    )


def _step(asked: Asked, view: LoginView) -> StepPage:
    return StepPage(
        csrf=view.form,
        interaction=view.interaction.id,
        means=tuple(each.value for each in view.kinds),
        go_on=view.go_on if view.stage is LoginStage.IMPOSSIBLE else "",
        client_name=view.interaction.client_name,
        stale=view.missing is Shortfall.AGE,
        real_name=view.missing is Shortfall.IDENTITY,
        bound=view.missing is Shortfall.PHISHING,
        aim="" if view.aim is None else level_text(view.aim, asked.language),
        elsewhere=_elsewhere(asked, view),
    )


def _elsewhere(asked: Asked, view: LoginView) -> tuple[Elsewhere, ...]:
    language = asked.language.value
    return tuple(
        Elsewhere(name=each.name, title=each.title.get(language) or next(iter(each.title.values()), each.name))
        for each in view.connectors
    )
