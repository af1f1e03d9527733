// After an @ in a text: the people and teams it may mean.
async function suggest(text) {
  const list = document.createElement("ul"), answer = await fetch(`/names.json?text=${encodeURIComponent(text)}`).catch(() => null);
  list.className = "names"; list.setAttribute("role", "listbox"); list.setAttribute("aria-label", "People and teams");
  for (const [number, { id, name }] of (answer?.ok ? await answer.json() : []).entries()) {
    const option = document.createElement("li"), strong = document.createElement("b");
    option.id = `name-${number}`; option.dataset.name = id; option.setAttribute("role", "option");
    strong.textContent = `@${id}`; option.append(strong, ` ${name}`); list.append(option);
  }
  return { matched: list.childElementCount > 0, fragment: list };
}

for (const expander of document.querySelectorAll("text-expander")) {
  expander.addEventListener("text-expander-change", ({ detail }) => { if (detail.text) detail.provide(suggest(detail.text)); });
  expander.addEventListener("text-expander-value", ({ detail }) => { detail.value = `@${detail.item.dataset.name}`; });
}
