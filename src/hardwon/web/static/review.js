// A review while it goes on: a clock for the point that is talked about, and word of what others write down.
const list = document.querySelector("#agenda[data-review]"), news = document.querySelector("#news");
const own = document.querySelector("script[data-revision]"), key = `hardwon-clock-${list?.dataset.review}`;
const read = () => { try { return JSON.parse(sessionStorage.getItem(key)) ?? {}; } catch { return {}; } };
const keep = now => { try { sessionStorage.setItem(key, JSON.stringify(now)); } catch { /* off */ } };
let now = read();

function show() {
  [...(list?.children ?? [])].forEach((point, number) => {
    const button = point.querySelector("[data-start]"), clock = point.querySelector("[data-clock]"), runs = now.point === number;
    button.hidden = false; button.setAttribute("aria-pressed", String(runs)); button.firstElementChild.textContent = runs ? "Stop" : "Start";
    runs ? point.setAttribute("aria-current", "step") : point.removeAttribute("aria-current");
    const left = Number(point.dataset.minutes) * 60 - Math.floor((Date.now() - now.since) / 1000), some = Math.abs(left);
    clock.textContent = runs ? `${Math.floor(some / 60)}:${String(some % 60).padStart(2, "0")} ${left < 0 ? "over" : "left"}` : "";
    clock.classList.toggle("red", runs && left < 0);
  });
}

list?.addEventListener("click", e => {
  const point = e.target.closest("[data-start]")?.closest("li"); if (!point) return;
  const number = [...list.children].indexOf(point);
  now = now.point === number ? {} : { point: number, since: Date.now() };
  keep(now); show();
});

async function listen() {
  try {
    const answer = await fetch(`${location.origin}/reviews/${list.dataset.review}.json`, { cache: "no-store" });
    if (answer.ok) news.hidden = (await answer.json()).review.revision <= Number(own.dataset.revision);
  } catch { /* no network: ask again */ }
}

if (list) { show(); setInterval(show, 1000); setInterval(listen, 10000); }
