"""Texts that take a page over where they are not escaped, written into every field, and the eye that sees it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from typing import Any, Final
from urllib.parse import quote

import httpx
from playwright.sync_api import Page

RUN: Final = "window.__hit=1"
PAYLOADS: Final = (
    f"<script>{RUN}</script>",
    f"<img src=x onerror={RUN}>",
    f"<svg onload={RUN}>",
    f"<svg><animate onbegin={RUN} attributeName=x dur=1s>",
    f"<svg><script>{RUN}</script></svg>",
    f"<math><mtext><table><mglyph><style><!--</style><img title='--><img src=x onerror={RUN}>'>",
    f"<noscript><p title='</noscript><img src=x onerror={RUN}>'>",
    f"</title><body onload={RUN}>",
    f"</textarea><input autofocus onfocus={RUN}>",
    f"</script><script>{RUN}</script>",
    f"<details open ontoggle={RUN}>x</details>",
    f"<scr<script>ipt>{RUN}</scr</script>ipt>",
    f"<img src=x\nonerror\n=\n{RUN}>",
    f"<a href='java&#x0A;script:{RUN}'>entity</a>",
    f'" onmouseover="{RUN}" autofocus onfocus="{RUN}',
    f"' onpointerenter='{RUN}' x='",
    f"x onfocus={RUN} tabindex=1 autofocus",
    f"[link](javascript:{RUN})",
    f"[link](JaVaScRiPt&colon;{RUN})",
    "[data](data:text/html;base64,PHNjcmlwdD53aW5kb3cuX19oaXQ9MTwvc2NyaXB0Pg==)",
    f'![picture](x" onerror="{RUN})',
    f"<javascript:{RUN}>",
    f"[ref][r]\n\n[r]: vbscript:{RUN}",
    f"[title](https://a.example '\"onmouseover={RUN} x=\"')",
    "<iframe srcdoc='<script>parent.__hit=1</script>'></iframe>",
    f"<meta http-equiv=refresh content='0;url=javascript:{RUN}'>",
    "<base href=https://evil.example/>",
    f"<form action=javascript:{RUN}><button>go</button></form>",
    f'<p style="background:url(javascript:{RUN});width:expression({RUN})">style</p>',
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<div hx-get=/inbox hx-trigger=load hx-on:load='window.__hit=1'>htmx</div>",
    "{{7*7}}${7*7}{% print 7*7 %}<%= 7*7 %>#{7*7}",
    f"\u202e>tpircs/<\u200b<script\u200d>{RUN}<\ufeff/script>",
    f"&lt;script&gt;{RUN}&lt;/script&gt;&#60;img src=x onerror={RUN}&#62;",
    f"`<img src=x onerror={RUN}>` ~~<b onclick={RUN}>~~ | <i onclick={RUN}> |",
    f'```"><img src=x onerror={RUN}>\n<script>{RUN}</script>\n```',
)
MERMAID: Final = (
    f'```mermaid\ngraph TD; A["<img src=x onerror={RUN}>"] --> B["</text><script>{RUN}</script>"]; '
    f'click A "javascript:{RUN}"\n```'
)
PROSE: Final = "\n\n".join((*PAYLOADS, MERMAID, "\n".join(f"- {text}" for text in PAYLOADS)))
"""Every payload as a paragraph of its own, then as a line of a list."""

LISTEN: Final = """
window.__seen = [];
const told = e => window.__seen.push(`CSP ${e.violatedDirective} ${e.blockedURI} ${e.sample}`);
addEventListener('securitypolicyviolation', told, true);
"""
LOOK: Final = r"""
() => {
  const seen = [...window.__seen];
  if (window.__hit) seen.push('a script ran');
  const runs = /^[\s\u0000-\u001f]*(javascript|vbscript|data)\s*:/i;
  const foreign = /^(IFRAME|OBJECT|EMBED|BASE|STYLE|MATH|MARQUEE|FRAME|ANIMATE|SET|FOREIGNOBJECT)$/;
  const leads = /^(href|src|action|formaction|xlink:href|srcdoc|ping)$/i;
  const ours = address => new URL(address || 'x:', location).pathname.startsWith('/static/');
  const drawn = address => address.startsWith('data:image/svg+xml;base64,');
  for (const e of document.querySelectorAll('*')) {
    const name = e.tagName.toUpperCase();
    const tell = what => seen.push(`${what}: ${e.outerHTML.slice(0, 120)}`);
    if (foreign.test(name) || (name === 'META' && e.httpEquiv)) tell('an element');
    if (name === 'SCRIPT' && !ours(e.src)) tell('a script');
    if (name === 'LINK' && !ours(e.href)) tell('a link');
    if (name === 'IMG' && !drawn(e.src)) tell('a picture');
    for (const a of e.attributes) {
      if (/^(on|hx-)/i.test(a.name) && !(e.id === 'search' && a.name.startsWith('hx-'))) tell(a.name);
      if (leads.test(a.name) && runs.test(a.value) && !(name === 'IMG' && drawn(a.value))) tell(a.name);
    }
  }
  return seen;
}
"""


def look(page: Page, address: str) -> list[str]:
    """Open a page and return whatever on it came from a text and not from a template."""
    answer = page.goto(address, wait_until="load")
    assert answer is not None
    assert answer.status in {200, 404, 422}, f"{address} answers {answer.status}"
    found: list[str] = page.evaluate(LOOK)
    return [f"{address}: {what}" for what in found]


class Pen:
    """Writes payloads over HTTP: a long field takes all of them, a short one the next that fits."""

    def __init__(self, http: httpx.Client) -> None:
        """Begin with the first payload; the client is based at the API."""
        self.http = http
        self._round = cycle(PAYLOADS)

    def word(self, most: int = 200) -> str:
        """Return the next payload of at most `most` characters."""
        return next(text for text in self._round if len(text) <= most)

    def words(self, most: int = 200) -> list[str]:
        """Return every payload of at most `most` characters."""
        return [text for text in PAYLOADS if len(text) <= most]

    def post(self, path: str, *, expected: int = 0, **body: Any) -> dict[str, Any]:
        """Send a record and return it as kept."""
        return self._send("POST", path, expected, body)

    def put(self, path: str, *, expected: int = 0, **body: Any) -> dict[str, Any]:
        """Replace a record, or add one of the catalogue (revision 0), and return it."""
        return self._send("PUT", path, expected, body)

    def _send(self, method: str, path: str, expected: int, body: dict[str, Any]) -> dict[str, Any]:
        match = {"If-Match": f'"{expected}"'} if expected else {"If-None-Match": "*"}
        answer = self.http.request(method, path, json=body, headers=match)
        assert answer.is_success, f"{method} {path}: {answer.text[:500]}"
        kept: dict[str, Any] = answer.json()
        return kept


def write_everything(pen: Pen) -> Iterator[str]:
    """Write hostile text into each free text field of every kind of record; yield where it is shown."""
    service, person = PAYLOADS[1], "mallory"
    pen.put(
        f"/services/{quote(service, safe='')}",
        id=service,
        name=pen.word(),
        tags=pen.words(100),
        calls=[pen.word()],
    )
    pen.put("/teams/t", id="t", name=pen.word())
    pen.put("/environments/e", id="e", name=pen.word())
    pen.put(f"/people/{person}", id=person, name=pen.word(), email=pen.word(), teams=["t"])
    yield from (f"/services/{quote(name)}" for name in (service, PAYLOADS[0], PAYLOADS[4]))
    yield from ("/services", "/people", f"/people/{person}")
    entry = {"text": PROSE, "at": "2026-11-23T09:00:00Z", "lane": pen.word(), "human_factor": pen.word()}
    entry |= {"written_at": pen.word(), "zone": pen.word(), "kind": "decision"}
    entry |= {"consequence": {"text": pen.word(), "kind": "unknown"}, "evidence": [evidence(pen)]}
    more = [{"text": text, "at": "2026-11-23T09:05:00Z", "lane": text[:80]} for text in PAYLOADS]
    shared = {"services": pen.words(), "environments": pen.words()[:20], "tags": pen.words(100)}
    links = [{"url": "https://a.example/x?'\"><script>", "title": pen.word()}]
    incident = pen.post(
        "/incidents",
        title=pen.word(),
        severity=2,
        summary=PROSE,
        zone=pen.word(),
        timeline=[entry, *more],
        **shared,
    )
    name = incident["id"]
    deployment = pen.post("/deployments", **deployment_of(pen))["id"]
    times = {"started_at": "2026-11-23T08:00:00Z", "resolved_at": "2026-11-23T11:00:00Z"}
    incident |= {
        "title": " ".join(PAYLOADS[:6])[:500],
        "times": times,
        "impact": {
            "text": PROSE,
            "figures": [{"label": text, "value": text, "note": text} for text in PAYLOADS],
        },
        "factors": [factor(pen, text) for text in (*PAYLOADS, PROSE)],
        "deployments": [{"deployment": deployment, "relation": "caused", "note": pen.word()}],
        "errors": list(PAYLOADS),
        "alerts": list(PAYLOADS),
        "evidence": [evidence(pen), {"kind": "excerpt", "title": pen.word(), "excerpt": PROSE}],
        "references": links,
    }
    pen.put(
        f"/incidents/{name}",
        expected=1,
        **{key: value for key, value in incident.items() if key not in {"id", "revision"}},
    )
    yield from (f"/deployments/{deployment}", "/deployments", "/incidents")
    faces = ("", "/edit", "/timeline", "/timeline?entry=0", "/brief", "/appendix", "/summary", "/history")
    yield from (f"/incidents/{name}{face}" for face in faces)
    yield from _artifacts(pen, name, shared, links)
    yield from _around(pen, name)


def evidence(pen: Pen) -> dict[str, str]:
    """Return evidence whose address runs where it is clicked."""
    return {"kind": "link", "title": pen.word(), "url": f"javascript:{RUN}", "filename": pen.word()}


def factor(pen: Pen, text: str) -> dict[str, Any]:
    """Return a factor of that text."""
    return {"text": text, "code": pen.word(100), "note": pen.word(), "evidence": [evidence(pen)]}


def deployment_of(pen: Pen) -> dict[str, Any]:
    """Return a deployment with a hostile change."""
    change = {
        "commit": pen.word(),
        "text": PROSE,
        "repository": f"javascript:{RUN}",
        "files": list(PAYLOADS),
        "tickets": list(PAYLOADS),
    }
    return {
        "title": pen.word(),
        "service": pen.word(),
        "environment": pen.word(),
        "version": pen.word(),
        "package": pen.word(),
        "description": PROSE,
        "url": f"javascript:{RUN}",
        "changes": [change],
        "versions": {"model": pen.word(), "data": pen.word(), "feature": pen.word(), "prompt": pen.word()},
        "finished_at": "2026-11-23T07:50:00Z",
    }


def _artifacts(pen: Pen, incident: str, shared: dict[str, Any], links: list[dict[str, str]]) -> Iterator[str]:
    """Write an artifact of each kind, with its actions, threads and revisions."""
    common = {
        "body": PROSE,
        "owner": pen.word(),
        "retire_when": pen.word(),
        "incidents": [incident],
        "references": links,
        "evidence": [evidence(pen)],
        **shared,
    }
    what_ifs = [
        {"trigger": text, "effect": text, "early_signal": text, "response": text} for text in PAYLOADS
    ]
    signal = {"metric": pen.word(), "comparison": ">", "threshold": 1, "unit": pen.word()}
    applies = {
        key: list(PAYLOADS)
        for key in ("services", "environments", "factors", "errors", "files", "alerts", "models", "tags")
    }
    sections = [{"name": key, "text": PROSE} for key in ("summary", "impact", "went_wrong", "lessons")]
    sections.append({"name": "own_words", "title": pen.word(), "text": PROSE})
    steps = [{"text": PROSE, "command": text, "expect": text} for text in PAYLOADS[:12]]
    bodies: dict[str, dict[str, Any]] = {
        "lessons": {"claim": PROSE, "applies": applies, "signals": [signal], "what_ifs": what_ifs},
        "runbooks": {"steps": steps, "lessons": [pen.word()]},
        "notes": {},
        "postmortems": {
            "incident": incident,
            "sections": sections,
            "what_ifs": what_ifs,
            "checklist": [{"text": pen.word()}],
            "authors": [pen.word()],
        },
    }
    for folder, body in bodies.items():
        kept = pen.post(f"/{folder}", title=pen.word(), **common, **body)["id"]
        pen.put(f"/{folder}/{kept}", expected=1, title=pen.word(), **{**common, "body": PROSE[::-1]}, **body)
        for kind in ("comment", "question"):
            thread = pen.post("/threads", artifact=kept, kind=kind, text=PROSE)["id"]
            pen.post(f"/threads/{thread}/replies", text=PROSE)
        yield from (f"/{folder}", f"/{folder}/{kept}", f"/{folder}/{kept}/edit", f"/{folder}/{kept}/history")
    criterion = {"metric": pen.word(), "comparison": "<", "threshold": 1, "unit": pen.word()}
    action = pen.post(
        "/actions",
        title=pen.word(),
        incident=incident,
        description=PROSE,
        owner=pen.word(),
        team=pen.word(),
        outcome=pen.word(),
        url=f"javascript:{RUN}",
        criterion=criterion,
        references=links,
        due_on="2026-01-01",
        services=pen.words(),
        tags=pen.words(100),
    )["id"]
    yield from ("/actions", f"/actions/{action}", f"/actions/{action}/edit", f"/actions/{action}/history")


def _around(pen: Pen, incident: str) -> Iterator[str]:
    """Write what governs the writing: a review, a template, a term; then the pages that list everything."""
    agenda = [{"title": text, "ask": text, "minutes": 3} for text in PAYLOADS[:20]]
    plan = {
        "title": pen.word(),
        "place": pen.word(),
        "zone": "UTC",
        "facilitator": pen.word(),
        "agenda": agenda,
    }
    review = pen.post("/reviews", subject=incident, starts_at="2026-11-25T09:00:00Z", **plan)["id"]
    pen.http.patch(
        f"/reviews/{review}", json={"step": "begin"}, headers={"If-Match": '"1"'}
    ).raise_for_status()
    held = pen.post(f"/reviews/{review}/questions", expected=2, text=pen.word())
    held = pen.put(f"/reviews/{review}/questions/1", expected=held["revision"], text=pen.word())
    held = pen.post(f"/reviews/{review}/decisions", expected=held["revision"], text=pen.word())
    seat = held["seats"][0]["perspective"]
    pen.put(
        f"/reviews/{review}/signatures/{seat}", expected=held["revision"], verdict="dissents", note=pen.word()
    )
    guide = "\n\n".join(
        f"## {n} {' '.join(text.split())}\n\n> {text}\n\n- [ ] {text}" for n, text in enumerate(PAYLOADS[:20])
    )
    template = pen.post("/templates", title=pen.word(), about=pen.word(), text=guide)["id"]
    crosswalk = [{"scheme": text, "code": text} for text in PAYLOADS[:20]]
    term = pen.post(
        "/terms",
        word=pen.word(100),
        title=pen.word(),
        definition=PROSE,
        synonyms=pen.words(100)[:50],
        crosswalk=crosswalk,
    )["id"]
    seen = {"title": pen.word(), "text": PROSE, "url": f"https://a.example/?q={quote(pen.word())}"}
    seen |= {"services": pen.words(), "environments": pen.words()[:20], "tags": pen.words(100)}
    noted = pen.post("/observations", **seen)["id"]
    dropped = pen.post("/observations", **seen)["id"]
    because = {"to": "dismissed", "because": pen.word()}
    pen.http.patch(f"/observations/{dropped}", json=because, headers={"If-Match": '"1"'}).raise_for_status()
    yield from (f"/observations/{dropped}", "/observations?state=all")
    places = (("reviews", review), ("templates", template), ("glossary", term), ("observations", noted))
    for folder, kept in places:
        yield from (f"/{folder}", f"/{folder}/{kept}", f"/{folder}/{kept}/edit")
    yield from (
        "/",
        "/inbox",
        "/links",
        "/freshness",
        "/calendar",
        "/check",
        "/standard",
        "/search?q=script+window+onerror",
    )
