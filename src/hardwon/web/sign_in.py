"""Signing in and out, and setting a password by a one-time link: the pages that nobody must be known for."""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Request, Response, Router
from litestar.datastructures import Cookie
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect

from hardwon.domain.errors import HardwonError, NotFoundError
from hardwon.domain.sign_in import LONGEST
from hardwon.usecases import sign_in
from hardwon.web.fields import Form
from hardwon.web.headers import HEADERS
from hardwon.web.identity import COOKIE, app_of, client_of, refuse_foreign
from hardwon.web.pages import forms, pages
from hardwon.web.problem import HANDLERS, status_of
from hardwon.web.view import show_plain

AnyRequest = Request[Any, Any, Any]
_MOST: Final = 16 * 1024


@pages("/sign-in")
def sign_in_page(
    request: AnyRequest, back: Annotated[str, QueryParameter(name="next")] = "/"
) -> Response[Any]:
    """Show the form, or lead on where there is nothing to sign in to."""
    if not _has_accounts(request):
        return Redirect("/")
    return show_plain(request, "sign_in.html", {"next": own_path(back), "name": "", "problem": ""})


@forms("/sign-in", status=200)
def enter(request: AnyRequest, data: Form) -> Response[Any]:
    """Sign in; with a mistake the form comes back without the password."""
    _expect_accounts(request)
    name, back = data.get("name", ""), own_path(data.get("next", "/"))
    try:
        secret = sign_in.sign_in(
            app_of(request),
            name,
            data.get("password", ""),
            agent=request.headers.get("user-agent", ""),
            address=client_of(request),
        )
    except HardwonError as error:
        values = {"next": back, "name": name, "problem": f"{error.message} {error.fix}"}
        return show_plain(request, "sign_in.html", values, status=status_of(error))
    return _entered(secret, back)


@forms("/sign-out")
def leave(request: AnyRequest) -> Response[Any]:
    """End this session and forget its cookie."""
    _expect_accounts(request)
    if secret := request.cookies.get(COOKIE):
        sign_in.sign_out(app_of(request), secret)
    answer = Redirect("/sign-in", status_code=303)
    answer.set_cookie(_cookie("", 0))
    return answer


@pages("/invitation/{secret:str}")
def invitation_page(request: AnyRequest, secret: FromPath[str]) -> Response[Any]:
    """Show whom a one-time link was made for, and the form of a password."""
    _expect_accounts(request)
    person = sign_in.get_invited(app_of(request), secret)
    return show_plain(request, "invitation.html", {"person": person, "problem": ""})


@forms("/invitation/{secret:str}", status=200)
def redeem(request: AnyRequest, secret: FromPath[str], data: Form) -> Response[Any]:
    """Set the password and sign in; with a mistake the form comes back empty."""
    _expect_accounts(request)
    app = app_of(request)
    person = sign_in.get_invited(app, secret)
    password, problem, status = data.get("password", ""), "The two are not the same.", 422
    if password == data.get("again", ""):
        try:
            return _entered(sign_in.redeem(app, secret, password, request.headers.get("user-agent", "")), "/")
        except NotFoundError:
            raise
        except HardwonError as error:
            problem, status = f"{error.message} {error.fix}", status_of(error)
    return show_plain(request, "invitation.html", {"person": person, "problem": problem}, status=status)


def own_path(path: str) -> str:
    """Return a path of this site; for anything that leads elsewhere, the first page."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and "\\" not in path
    return path if plain and path.isprintable() else "/"


def _entered(secret: str, back: str) -> Response[Any]:
    answer = Redirect(back, status_code=303)
    answer.set_cookie(_cookie(secret, int(LONGEST.total_seconds())))
    return answer


def _cookie(value: str, seconds: int) -> Cookie:
    return Cookie(
        key=COOKIE, value=value, max_age=seconds, path="/", secure=True, httponly=True, samesite="lax"
    )


def _has_accounts(request: AnyRequest) -> bool:
    return app_of(request).settings.sign_in == "accounts"


def _expect_accounts(request: AnyRequest) -> None:
    if not _has_accounts(request):
        raise NotFoundError("Nobody signs in here.", fix="Set sign_in to accounts.")


sign_in_router: Final = Router(
    "/",
    route_handlers=[*sign_in_page, *enter, *leave, *invitation_page, *redeem],
    guards=[refuse_foreign],
    exception_handlers=HANDLERS,
    response_headers=HEADERS,
    request_max_body_size=_MOST,
    include_in_schema=False,
)
"""The pages that are open to anybody; they carry the headers of all the others."""
