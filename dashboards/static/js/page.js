// Keys, focus and small comforts. Every page works without this file.
"use strict";
(() => {
  const typing = (target) => target.closest("input, textarea, select, [contenteditable]") && target.type !== "checkbox" && target.type !== "radio";
  let gone = -Infinity; // when `g` was pressed: the next letter within a second says where to go

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      const find = document.querySelector("[data-key='k']");
      if (find) { event.preventDefault(); find.click(); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "?") { event.preventDefault(); showKeys(); return; }
    if (event.key === "g") { gone = event.timeStamp; return; }
    if (event.timeStamp - gone < 1000) {
      gone = -Infinity;
      const there = document.querySelector(`[data-go='${CSS.escape(event.key)}']`);
      if (there) { event.preventDefault(); there.click(); }
    }
  });

  // One letter acts on what is marked for it in the page: `j` and `k` go through a list, other letters put the focus
  // somewhere, open or select. No letter decides anything.
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (document.querySelector("dialog[open]") || event.timeStamp - gone < 1000) return;
    const items = [...document.querySelectorAll("[data-item]")];
    const at = items.findIndex((item) => item.contains(document.activeElement));
    if (items.length && (event.key === "j" || event.key === "k")) {
      event.preventDefault();
      const next = event.key === "j" ? Math.min(at + 1, items.length - 1) : Math.max(at - 1, 0);
      items[next].querySelector("a[href]").focus();
    } else if (at >= 0 && event.key === "o") {
      event.preventDefault();
      items[at].querySelector("a[href]").click();
    } else if (at >= 0 && event.key === "x") {
      const tick = items[at].querySelector("input.tick");
      if (tick) { event.preventDefault(); tick.checked = !tick.checked; }
    } else {
      const there = document.querySelector(`[data-focus='${CSS.escape(event.key)}']`);
      if (there) { event.preventDefault(); there.scrollIntoView({ block: "center" }); there.focus(); }
    }
  });

  function showKeys() {
    const dialog = document.getElementById("keys");
    const list = dialog.querySelector("dl");
    const rows = [["?", "This list"], ...[...document.querySelectorAll("[data-key]")].map((link) => ["Ctrl K", link.dataset.keyName]),
      ...[...document.querySelectorAll("[data-go]")].map((link) => ["g " + link.dataset.go, link.dataset.keyName]),
      ...(document.querySelector("[data-item]") ? [["j", "Next in the list"], ["k", "The one before"], ["o", "Open it (or Enter)"]] : []),
      ...(document.querySelector("[data-item] input.tick") ? [["x", "Select it"]] : []),
      ...[...document.querySelectorAll("[data-focus]")].map((there) => [there.dataset.focus, there.dataset.focusName])];
    list.replaceChildren(...rows.flatMap(([keys, words]) => {
      const dt = document.createElement("dt"), dd = document.createElement("dd"), kbd = document.createElement("kbd");
      kbd.textContent = keys; dt.append(kbd); dd.textContent = words;
      return [dt, dd];
    }));
    dialog.showModal();
  }

  // A menu closes with Escape and when something else is clicked.
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open]")) { menu.open = false; menu.querySelector("summary").focus(); }
  });

  // A form that is on its way cannot be sent twice by an impatient hand; the server would take it once anyway.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented || form.dataset.sent) { if (form.dataset.sent) event.preventDefault(); return; }
    form.dataset.sent = "1";
    addEventListener("pageshow", () => delete form.dataset.sent, { once: true });
  });

  // What is selected on the board stays selected when the board is drawn anew.
  let picked = [];
  document.addEventListener("htmx:beforeSwap", () => { picked = [...document.querySelectorAll("#board .tick:checked, #many .tick:checked")].map((tick) => tick.id); });
  document.addEventListener("htmx:afterSwap", () => { for (const id of picked) { const tick = document.getElementById(id); if (tick) tick.checked = true; } });

  // After a form came back with errors, the first field that needs the reader has the focus.
  const wrong = document.querySelector("[aria-invalid='true']");
  if (wrong) wrong.focus();
})();
