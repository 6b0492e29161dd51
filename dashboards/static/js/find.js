// The finder: a combobox in a dialog (ARIA 1.2: the focus stays in the input, `aria-activedescendant` says which option
// is chosen). HTMX asks for the list while somebody types; an older answer never comes over a newer one.
"use strict";
(() => {
  const dialog = document.getElementById("finder");
  if (!dialog || !window.htmx || !dialog.showModal) return; // the link leads to the page /find/
  const input = document.getElementById("finder-input");
  const trouble = dialog.querySelector("[data-finder-trouble]");
  const said = dialog.querySelector("[data-finder-said]");
  let answered = null; // what the list is the answer to
  let from = null; // what had the focus: it may have been drawn anew when the dialog closes
  let goes = false; // Enter was pressed before the answer was there

  const list = () => document.getElementById("finder-list");
  const options = () => [...dialog.querySelectorAll("[role='option']")];
  const isAnswered = () => answered === input.value;
  const isOurs = (event) => event.detail.requestConfig?.elt === input;

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-key='k']");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-finder-close]")) dialog.close();
  });

  function open() {
    if (dialog.open) { input.select(); return; }
    for (const other of document.querySelectorAll("dialog[open]")) other.close();
    goes = false;
    trouble.hidden = true;
    from = document.activeElement?.id;
    dialog.showModal(); // gives the focus back when it closes, to what is still there
    input.select();
    htmx.trigger(input, "finder-open");
  }

  function choose(option) {
    for (const one of options()) one.setAttribute("aria-selected", String(one === option));
    if (option) {
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  }

  function go() {
    const chosen = options().find((option) => option.getAttribute("aria-selected") === "true");
    if (!chosen) return;
    // a place on this very page would leave the dialog open
    if (chosen.href) dialog.close();
    chosen.click();
  }

  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey || event.metaKey) return;
    const all = options(), at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
    const moves = { ArrowDown: at + 1 < all.length ? at + 1 : 0, ArrowUp: at > 0 ? at - 1 : all.length - 1 };
    // Home and End belong to what was typed until an option was chosen by the arrows
    if (dialog.dataset.moved) Object.assign(moves, { Home: 0, End: all.length - 1 });
    if (event.key in moves && all.length && !event.shiftKey && !event.ctrlKey) {
      event.preventDefault();
      dialog.dataset.moved = "1";
      choose(all[moves[event.key]]);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (!trouble.hidden) input.form.submit();
      else if (isAnswered()) go();
      else goes = true;
    } else if (event.key.length === 1 || event.key === "ArrowLeft" || event.key === "ArrowRight") delete dialog.dataset.moved;
  });
  input.addEventListener("input", () => { goes = false; delete dialog.dataset.moved; });
  dialog.addEventListener("close", () => {
    goes = false;
    delete dialog.dataset.moved;
    const at = document.activeElement;
    if (from && (!at || at === document.body || dialog.contains(at))) document.getElementById(from)?.focus();
  });

  document.body.addEventListener("htmx:beforeSwap", (event) => {
    // whoever was signed out meanwhile is answered with another page: it is shown as one
    if (isOurs(event) && !event.detail.serverResponse.includes("finder-found")) {
      event.detail.shouldSwap = false;
      if (event.detail.xhr.status < 400) location.reload();
    }
  });
  document.body.addEventListener("htmx:afterSettle", (event) => {
    if (!isOurs(event)) return;
    answered = event.detail.requestConfig.parameters.q; // an older answer may settle after a newer question is asked
    trouble.hidden = true;
    const found = document.getElementById("finder-found");
    input.setAttribute("aria-expanded", String(Boolean(list())));
    if (list()) input.setAttribute("aria-controls", "finder-list"); else input.removeAttribute("aria-controls");
    if (said.textContent !== found.dataset.said) said.textContent = found.dataset.said;
    choose(options()[0]);
    if (goes && isAnswered()) go();
  });
  for (const failed of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.body.addEventListener(failed, (event) => { if (isOurs(event)) { trouble.hidden = false; goes = false; } });
  }
})();
