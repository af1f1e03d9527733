"""Signing in and out, and setting a password by a one-time link: the pages that nobody must be known for."""

from __future__ import annotations

from typing import Annotated, Any, Final
from urllib.parse import quote, unquote

from litestar import Request, Response, Router
from litestar.datastructures import Cookie
from litestar.params import FromPath, FromQuery, QueryParameter
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
TICKET: Final = "__Host-hardwon-ticket"
"""Binds a sign-in elsewhere to the browser that began it."""
_TICKET_SECONDS: Final = 600
_MOST: Final = 16 * 1024


@pages("/sign-in")
def sign_in_page(
    request: AnyRequest, back: Annotated[str, QueryParameter(name="next")] = "/"
) -> Response[Any]:
    """Show the form, or lead on where there is nothing to sign in to."""
    if not _has_accounts(request):
        return Redirect("/")
    return _door(request, own_path(back))


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
        return _door(request, back, name, error)
    return _entered(secret, back)


@pages("/sign-in/elsewhere")
def begin_elsewhere(
    request: AnyRequest, back: Annotated[str, QueryParameter(name="next")] = "/"
) -> Response[Any]:
    """Lead to the identity provider, and bind what comes of it to this browser.

    A link and no form: a form's answer may lead to this site alone.
    """
    back = own_path(back)
    try:
        address, secret = sign_in.begin_elsewhere(app_of(request), _callback(request))
    except HardwonError as error:
        return _door(request, back, "", error)
    answer = Redirect(address, status_code=303)
    answer.set_cookie(_cookie(TICKET, f"{secret}.{quote(back, safe='')}", _TICKET_SECONDS))
    return answer


@pages("/sign-in/answer")
def answer_from_elsewhere(
    request: AnyRequest,
    code: FromQuery[str] = "",
    told: Annotated[str, QueryParameter(name="state")] = "",
) -> Response[Any]:
    """Take the identity provider's answer, which the browser brings."""
    secret, _, back = request.cookies.get(TICKET, "").partition(".")
    back = own_path(unquote(back))
    try:
        session = sign_in.enter_from_elsewhere(
            app_of(request),
            _callback(request),
            ticket=secret,
            code=code,
            state=told,
            agent=request.headers.get("user-agent", ""),
        )
    except HardwonError as error:
        answer: Response[Any] = _door(request, back, "", error)
    else:
        answer = _entered(session, back)
    answer.set_cookie(_cookie(TICKET, "", 0))
    return answer


@forms("/sign-out")
def leave(request: AnyRequest) -> Response[Any]:
    """End this session and forget its cookie."""
    _expect_accounts(request)
    if secret := request.cookies.get(COOKIE):
        sign_in.sign_out(app_of(request), secret)
    answer = Redirect("/sign-in", status_code=303)
    answer.set_cookie(_cookie(COOKIE, "", 0))
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


def _door(
    request: AnyRequest, back: str, name: str = "", error: HardwonError | None = None
) -> Response[bytes]:
    """Show where one signs in, with what was wrong."""
    page = {
        "next": back,
        "name": name,
        "problem": f"{error.message} {error.fix}" if error else "",
        "elsewhere": app_of(request).settings.sign_in == "oidc",
    }
    return show_plain(request, "sign_in.html", page, status=status_of(error) if error else 200)


def _callback(request: AnyRequest) -> str:
    base = app_of(request).settings.base_url or str(request.base_url)
    return f"{base.rstrip('/')}/sign-in/answer"


def _entered(secret: str, back: str) -> Response[Any]:
    answer = Redirect(back, status_code=303)
    answer.set_cookie(_cookie(COOKIE, secret, int(LONGEST.total_seconds())))
    return answer


def _cookie(name: str, value: str, seconds: int) -> Cookie:
    return Cookie(
        key=name, value=value, max_age=seconds, path="/", secure=True, httponly=True, samesite="lax"
    )


def _has_accounts(request: AnyRequest) -> bool:
    return app_of(request).settings.has_accounts


def _expect_accounts(request: AnyRequest) -> None:
    if not _has_accounts(request):
        raise NotFoundError("Nobody signs in here.", fix="Set sign_in to accounts.")


sign_in_router: Final = Router(
    "/",
    route_handlers=[
        *sign_in_page,
        *enter,
        *begin_elsewhere,
        *answer_from_elsewhere,
        *leave,
        *invitation_page,
        *redeem,
    ],
    guards=[refuse_foreign],
    exception_handlers=HANDLERS,
    response_headers=HEADERS,
    request_max_body_size=_MOST,
    include_in_schema=False,
)
"""The pages that are open to anybody; they carry the headers of all the others."""
