// The postmortem editor: each section saves itself. A text is never dropped: it stays in this browser
// until the server has it, and "Saved" is said only of what the server has.
const $ = (s, r = document) => r.querySelector(s), $$ = (s, r = document) => [...r.querySelectorAll(s)];
const form = $("#editor"), said = $("#saved"), id = form.dataset.id;
const PAUSE = 1200, LONGEST = 30000;
const clock = at => new Date(at).toLocaleTimeString([], { hour12: false });
const local = {
  key: name => `hardwon:${id}:${name}`,
  get(name) { try { return JSON.parse(localStorage.getItem(this.key(name))); } catch { return null; } },
  set(name, value) { try { value ? localStorage.setItem(this.key(name), JSON.stringify(value)) : localStorage.removeItem(this.key(name)); } catch { /* full or off: the page still holds it */ } },
};

class Section {
  constructor(area) {
    this.area = area; this.name = area.dataset.section; this.mark = area.dataset.mark; this.kept = area.defaultValue;
    this.box = area.closest(".pen"); this.state = $("[data-state]", this.box); this.wait = PAUSE; this.conflict = false;
    area.addEventListener("input", () => this.changed());
    area.addEventListener("blur", () => this.save());
    const copy = local.get(this.name), early = this.dirty; // typed before this script came, or put back by the browser
    if (copy && copy.text !== this.kept && copy.text !== area.value) area.value = early ? `${copy.text.trimEnd()}\n\n${area.value}` : copy.text;
    if (copy && this.dirty && copy.mark !== this.mark) this.dispute(this.kept, this.mark);
    else if (this.dirty) this.changed();
    else { local.set(this.name, null); this.count(); }
  }
  get dirty() { return this.area.value !== this.kept; }
  count() {
    const n = this.area.value.trim().split(/\s+/).filter(Boolean).length;
    $("[data-words]", this.box).textContent = n === 1 ? "1 word" : `${n} words`;
    $(`[data-rail="${this.name}"]`)?.toggleAttribute("data-done", n > 0);
    this.area.style.height = "auto"; this.area.style.height = `${Math.max(140, this.area.scrollHeight + 4)}px`;
  }
  tell(text, bad = false) { this.state.textContent = text; this.state.classList.toggle("red", bad); overview(); }
  changed() {
    this.count(); local.set(this.name, this.dirty ? { text: this.area.value, mark: this.mark } : null);
    this.tell(this.dirty ? "Not saved yet" : ""); clearTimeout(this.timer); this.wait = PAUSE;
    if (this.dirty && !this.conflict) this.timer = setTimeout(() => this.save(), this.wait);
  }
  save() { return this.saving ??= this.send().finally(() => { this.saving = null; }); } // one in flight: who asks meanwhile waits for it
  async send() {
    clearTimeout(this.timer);
    if (this.conflict || !this.dirty) return;
    this.tell("Saving…");
    const text = this.area.value; let answer, body;
    try {
      answer = await fetch(`/postmortems/${id}/sections/${this.name}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ text, base: this.mark }) });
      body = await answer.json();
    } catch { answer = null; }
    if (answer?.ok) {
      this.mark = body.mark; this.kept = text; this.wait = PAUSE; this.advise(body.notes);
      local.set(this.name, this.dirty ? { text: this.area.value, mark: this.mark } : null);
      said.dataset.revision = body.revision;
      this.tell(this.dirty ? "Not saved yet" : `Saved ${clock(body.saved_at)}`);
      if (this.dirty) this.timer = setTimeout(() => this.save(), PAUSE);
    } else if (answer?.status === 409 && body?.theirs !== undefined) this.dispute(body.theirs, body.mark);
    else if (answer && answer.status < 500) this.tell(`Not saved: ${body?.message ?? answer.status}`, true);
    else {
      this.wait = Math.min(LONGEST, this.wait * 2); this.tell("Not saved: no answer. A copy is kept in this browser.", true);
      this.timer = setTimeout(() => this.save(), this.wait);
    }
  }
  dispute(theirs, mark) {
    this.conflict = true; this.tell("Somebody else wrote here", true);
    const panel = $("#conflict").content.firstElementChild.cloneNode(true);
    $("pre", panel).textContent = theirs || "(they left it empty)";
    panel.addEventListener("click", e => {
      const way = e.target.closest("[data-way]")?.dataset.way; if (!way) return;
      if (way === "theirs") this.area.value = theirs;
      if (way === "both") this.area.value = `${theirs.trimEnd()}\n\n${this.area.value}`;
      this.mark = mark; this.kept = theirs; this.conflict = false; panel.remove(); this.changed(); this.save(); this.area.focus();
    });
    $(".dispute", this.box)?.remove(); this.box.append(panel);
  }
  advise(notes) {
    const list = $("[data-notes]", this.box); list.replaceChildren(...notes.slice(0, 3).map(note => {
      const item = document.createElement("li"), b = document.createElement("b"), show = document.createElement("button");
      b.textContent = `“${note.quote}”`; show.type = "button"; show.className = "btn plain"; show.textContent = "Show in the text";
      show.addEventListener("click", () => { this.area.focus(); this.area.setSelectionRange(note.start, note.end); });
      item.append(b, ` ${note.advice} `, show); return item;
    })); list.hidden = !notes.length;
  }
}

const sections = [];
for (const area of $$("textarea[data-section]")) sections.push(new Section(area));
function overview() {
  const open = sections.filter(s => s.dirty || s.conflict).length;
  said.textContent = open ? `${open} section${open === 1 ? "" : "s"} not saved yet` : `All saved, revision ${said.dataset.revision}`;
}
async function saveAll() { await Promise.all(sections.map(s => s.saving)); await Promise.all(sections.map(s => s.save())); }
addEventListener("online", () => sections.forEach(s => s.save()));
addEventListener("beforeunload", e => { if (sections.some(s => s.dirty)) { sections.forEach(s => s.save()); e.preventDefault(); } });
form.addEventListener("submit", async e => {
  const tick = e.submitter?.name === "tick" && e.submitter;
  if (tick && !sections.some(s => s.dirty)) return;
  e.preventDefault(); await saveAll();
  if (tick && !sections.some(s => s.dirty)) form.requestSubmit(tick);
});
addEventListener("keydown", e => { if ((e.ctrlKey || e.metaKey) && e.key === "s") { e.preventDefault(); sections.forEach(s => s.save()); } });

for (const other of $$("form[data-after-saves]")) other.addEventListener("submit", async e => {
  if (!sections.some(s => s.dirty)) return;
  e.preventDefault(); await saveAll();
  if (!sections.some(s => s.dirty)) other.submit();
});

const put = (area, text, [a, z] = [area.selectionStart, area.selectionEnd]) => { area.setRangeText(text, a, z, "end"); area.dispatchEvent(new Event("input")); };
async function attach(area, files) {
  const section = sections.find(s => s.area === area);
  for (const file of files) {
    section.tell(`Attaching ${file.name}…`);
    const sent = new FormData(); sent.append("file", file, file.name || "pasted.png");
    let answer, body;
    try { answer = await fetch(`/postmortems/${id}/files`, { method: "POST", body: sent }); body = await answer.json(); } catch { answer = null; }
    if (answer?.ok) put(area, body.text + " "); else { section.tell(`${file.name} is not attached: ${body?.message ?? "no answer. Try again."}`, true); return; }
  }
}
const picker = $("#file"); let goal;
picker?.addEventListener("change", () => { attach(goal, [...picker.files]); picker.value = ""; });
if (picker) for (const kind of ["paste", "drop"]) form.addEventListener(kind, e => {
  const files = [...((e.clipboardData ?? e.dataTransfer)?.files ?? [])];
  if (files.length && e.target.dataset.section) { e.preventDefault(); attach(e.target, files); }
});

form.addEventListener("click", async e => {
  const button = e.target.closest("[data-attach]"); if (button) { goal = $("textarea", button.closest(".pen")); return picker.click(); }
  const tool = e.target.closest("[data-wrap], [data-preview]"); if (!tool) return;
  const box = tool.closest(".pen"), area = $("textarea", box);
  if (tool.dataset.wrap !== undefined) {
    const [before, after = before] = tool.dataset.wrap.split("|"), { selectionStart: a, selectionEnd: z } = area;
    put(area, before + area.value.slice(a, z) + after, [a, z]); area.focus(); return;
  }
  const shown = $("[data-shown]", box), on = shown.hidden;
  if (on) { const answer = await fetch("/preview", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ text: area.value }) }); shown.innerHTML = answer.ok ? await answer.text() : "<p>No preview: no answer.</p>"; }
  shown.hidden = !on; area.hidden = on; tool.setAttribute("aria-pressed", String(on)); tool.textContent = on ? "Write" : "Preview";
});
