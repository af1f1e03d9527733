// Keyboard, theme, and moving through hits. Everything works without it but these comforts.
const $ = (s, r = document) => r.querySelector(s), $$ = (s, r = document) => [...r.querySelectorAll(s)];
const root = document.documentElement;
const store = { get: k => { try { return localStorage.getItem(k); } catch { return null; } }, set: (k, v) => { try { v ? localStorage.setItem(k, v) : localStorage.removeItem(k); } catch { /* off */ } } };
const typing = e => e.target.closest("input, textarea, select, [contenteditable]");
const focusSearch = () => { const box = $("#q") || $("#ask"); box?.focus(); box?.select(); };

function choose(step) {
  const hits = $$("#results .hits > li, #log > li"); if (!hits.length) return;
  const now = hits.findIndex(h => h.hasAttribute("aria-current"));
  hits.forEach(h => h.removeAttribute("aria-current"));
  const next = hits[Math.min(hits.length - 1, Math.max(0, now + step))];
  next.setAttribute("aria-current", "true"); next.scrollIntoView({ block: "nearest" });
  const said = $("#chosen"); if (said) said.textContent = $("h3", next)?.textContent ?? "";
}
const chosen = () => $("#log > li[aria-current]");

document.addEventListener("keydown", e => {
  if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "k") { e.preventDefault(); return focusSearch(); }
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  const inSearch = e.target.id === "q";
  if (inSearch && (e.key === "ArrowDown" || e.key === "ArrowUp")) { e.preventDefault(); return choose(e.key === "ArrowDown" ? 1 : -1); }
  if (inSearch && e.key === "Enter") { const a = $("#results li[aria-current] h3 a"); if (a) { e.preventDefault(); a.click(); } return; }
  if (typing(e) || store.get("hardwon-keys") === "off") return;
  if (e.key === "/") { e.preventDefault(); focusSearch(); }
  else if (e.key === "?") $("#shortcuts")?.showModal();
  else if (e.key === "j") choose(1);
  else if (e.key === "k") choose(-1);
  else if (e.key === "Enter" && e.target === document.body) $("#results li[aria-current] h3 a")?.click();
  else if (chosen() && $(`[data-key="${CSS.escape(e.key)}"]`, chosen())) $(`[data-key="${CSS.escape(e.key)}"]`, chosen()).click();
  else if (e.key === "y") navigator.clipboard?.writeText(location.href);
});

document.addEventListener("click", e => {
  const b = e.target.closest("[data-do]"); if (!b) return;
  if (b.dataset.do === "theme") { const order = ["", "light", "dark"], next = order[(order.indexOf(root.dataset.theme ?? "") + 1) % 3]; next ? root.dataset.theme = next : delete root.dataset.theme; store.set("hardwon-theme", next); label(); }
  if (b.dataset.do === "shortcuts") $("#shortcuts").showModal();
  if (b.dataset.do === "close") b.closest("dialog").close();
  if (b.dataset.do === "copy") navigator.clipboard.writeText($("code", b.parentElement).textContent).then(() => { b.textContent = "Copied"; });
  if (b.dataset.do === "keys") { const off = store.get("hardwon-keys") === "off"; store.set("hardwon-keys", off ? "" : "off"); label(); }
});

if (location.hash.startsWith("#e")) $(`#log > li${location.hash.replace(/[^#\w-]/g, "")}`)?.setAttribute("aria-current", "true");

function label() {
  const t = $("[data-do=theme]"); if (t) t.textContent = { "": "Theme: system", light: "Theme: light", dark: "Theme: dark" }[root.dataset.theme ?? ""];
  const k = $("[data-do=keys]"); if (k) k.textContent = store.get("hardwon-keys") === "off" ? "Switch single keys on" : "Switch single keys off";
}
label();

function reveal() {
  const place = location.hash.length > 1 && document.getElementById(location.hash.slice(1)), box = place && place.closest("details");
  if (box && !box.open) { box.open = true; place.scrollIntoView(); }
}
addEventListener("hashchange", reveal); reveal();
if (navigator.clipboard) $$("[data-do=copy]").forEach(b => { b.hidden = false; });
