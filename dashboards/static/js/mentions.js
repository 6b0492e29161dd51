// Suggestions for @names in a comment: a list under the field, by arrow keys or by touch. Without it a typed name works.
"use strict";
(() => {
  const NAME = /(?:^|[\s(])@([\p{L}\p{N}_.+'’-]*(?: [\p{L}\p{N}_.+'’-]+)?)$/u;
  let field = null, list = null, said = null, at = -1, timer = 0, asked = null;

  const typed = () => NAME.exec(field.value.slice(0, field.selectionStart));
  const options = () => [...list.children];

  function open(textarea) {
    close();
    field = textarea;
    list = document.createElement("ul");
    list.className = "mentions"; list.id = "mentions"; list.setAttribute("role", "listbox"); list.setAttribute("aria-label", "People");
    said = document.createElement("p");
    said.className = "vh"; said.setAttribute("role", "status");
    field.after(list, said);
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", list.id);
    list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
    list.addEventListener("click", (event) => { const option = event.target.closest("[role='option']"); if (option) take(option); });
  }

  function close() {
    clearTimeout(timer);
    if (asked) asked.abort();
    if (list) { list.remove(); said.remove(); }
    if (field) for (const name of ["aria-controls", "aria-activedescendant", "aria-autocomplete"]) field.removeAttribute(name);
    field = list = said = asked = null; at = -1;
  }

  function mark(next) {
    at = next;
    for (const [index, option] of options().entries()) {
      option.setAttribute("aria-selected", String(index === at));
      if (index === at) { field.setAttribute("aria-activedescendant", option.id); option.scrollIntoView({ block: "nearest" }); }
    }
  }

  function take(option) {
    const found = typed();
    if (!found) return close();
    const end = field.selectionStart, start = end - found[1].length;
    field.setRangeText(option.dataset.name + " ", start, end, "end");
    const here = field;
    close();
    here.focus();
  }

  async function ask() {
    const found = typed(), here = field;
    if (!found) return close();
    asked = new AbortController();
    try {
      const answer = await fetch(`${here.dataset.mentions}?q=${encodeURIComponent(found[1])}`, { signal: asked.signal, headers: { "HX-Request": "true" } });
      if (!answer.ok || field !== here) return;
      const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
      list.replaceChildren(...parsed.querySelectorAll("[role='option']"));
      const count = list.children.length;
      if (!count) return close();
      said.textContent = `${count} ${count === 1 ? "person" : "people"}. Arrow keys choose, Enter takes, Escape leaves.`;
      mark(0);
    } catch { /* the name is typed by hand then */ }
  }

  document.addEventListener("input", (event) => {
    const textarea = event.target.closest && event.target.closest("textarea[data-mentions]");
    if (!textarea) return;
    if (!NAME.test(textarea.value.slice(0, textarea.selectionStart))) return close();
    if (field !== textarea) open(textarea);
    clearTimeout(timer);
    if (asked) asked.abort();
    timer = setTimeout(ask, 120);
  });
  document.addEventListener("keydown", (event) => {
    if (!list || event.target !== field || !list.children.length) return;
    const count = list.children.length;
    if (event.key === "ArrowDown") mark((at + 1) % count);
    else if (event.key === "ArrowUp") mark((at + count - 1) % count);
    else if ((event.key === "Enter" || event.key === "Tab") && at >= 0) take(list.children[at]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  document.addEventListener("focusout", (event) => { if (event.target === field) close(); });
})();
