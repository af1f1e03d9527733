"""Where a request comes from: this machine, for which the embedded owner answers, or a page of this site."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final

_HOST: Final = re.compile(r"(?:\[(?P<v6>[0-9a-f:.]+)\]|(?P<name>[a-z0-9.-]+))(?::[0-9]{1,5})?")
_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
_SAME_SITE: Final = {"same-origin", "none"}


def is_local(client: str | None, headers: Mapping[str, str], *, navigation: bool = False) -> bool:
    """Tell whether the request was made on this machine, for this machine, and by no foreign page.

    The Host guards against DNS rebinding, Origin and Sec-Fetch-Site against other sites' forms and
    scripts, and a forwarding header tells that a proxy stands between. `navigation` lets a person
    follow a link from another site; it is for reads alone. Header names are lower-case.
    """
    if client is None or not is_loopback(client) or any(name in headers for name in _FORWARDED):
        return False
    host = headers.get("host", "")
    if not is_loopback(_hostname(host)):
        return False
    if navigation and headers.get("sec-fetch-mode") == "navigate":
        return True
    origin = headers.get("origin")
    if origin is not None and _netloc(origin) != host.lower():
        return False
    return headers.get("sec-fetch-site", "none").lower() in _SAME_SITE


def is_same_site(headers: Mapping[str, str]) -> bool:
    """Tell whether a request that changes something comes from a page of this site.

    Browsers say so in Sec-Fetch-Site, older ones in Origin; a request that says neither does not pass.
    Header names are lower-case.
    """
    told = headers.get("sec-fetch-site")
    if told is not None:
        return told.lower() in _SAME_SITE
    origin = headers.get("origin")
    return origin is not None and _netloc(origin) == headers.get("host", "").lower()


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _hostname(host: str) -> str:
    match = _HOST.fullmatch(host.lower())
    return (match["v6"] or match["name"]) if match else ""


def _netloc(origin: str) -> str | None:
    scheme, separator, netloc = origin.lower().partition("://")
    return netloc if separator and scheme in {"http", "https"} else None
