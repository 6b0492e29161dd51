// Keys, focus and small comforts. Every page works without this file.
//
// Ctrl K (Cmd K) always works. Single letters, digits and signs are keys only where nobody types, no dialog is open and
// the reader has not switched them off (WCAG 2.1.4: the menu of the account). No letter ever decides anything: it goes
// somewhere, opens, selects, or puts the focus on what Enter then presses.
//   data-key="k"            what Ctrl K opens; data-key-name says what that is, here and below
//   data-go="r"             where `g` and then this letter leads
//   data-focus="a"          where this letter puts the focus; data-focus-name
//   data-item               one of a list that `j` and `k` go through: its first link has the focus, `o` opens it,
//                           `x` selects its input.tick
// The words are those of docs/how-to/find-anything.md.
"use strict";
(() => {
  const isTyping = (target) => target.closest("input, textarea, select, [contenteditable]") && target.type !== "checkbox" && target.type !== "radio";
  const GOING = 1000; // ms: how long after `g` the next letter says where to go
  let gone = -Infinity;

  // What the menu shows holds at once; on a page without that menu, what the server said.
  function hasLetters() {
    const chosen = document.querySelector("input[name='letters']:checked");
    return (chosen ? chosen.value : document.documentElement.dataset.letters) !== "off";
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      const find = document.querySelector("[data-key='k']");
      if (find) { event.preventDefault(); find.click(); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || !hasLetters() || document.querySelector("dialog[open]")) return;
    const isGoing = event.timeStamp - gone < GOING;
    gone = -Infinity;
    if (isGoing ? goTo(event.key) : press(event)) event.preventDefault();
  });

  function goTo(letter) {
    const there = document.querySelector(`[data-go='${CSS.escape(letter)}']`);
    if (there) there.click();
    return there;
  }

  // Says whether the key meant something here.
  function press(event) {
    const { key } = event;
    if (key === "?") { showKeys(); return true; }
    if (key === "g") { gone = event.timeStamp; return true; }
    const items = [...document.querySelectorAll("[data-item]")];
    const at = items.findIndex((item) => item.contains(document.activeElement));
    if (items.length && (key === "j" || key === "k")) {
      const next = key === "j" ? Math.min(at + 1, items.length - 1) : Math.max(at - 1, 0);
      items[next].querySelector("a[href]").focus();
      return true;
    }
    if (at >= 0 && key === "o") { items[at].querySelector("a[href]").click(); return true; }
    const tick = at >= 0 && key === "x" ? items[at].querySelector("input.tick") : null;
    if (tick) { tick.click(); return true; }
    const there = document.querySelector(`[data-focus='${CSS.escape(key)}']`);
    if (there) { there.scrollIntoView({ block: "center" }); there.focus(); }
    return there;
  }

  // What may be pressed on this page, as pairs of keys and words.
  function keysHere() {
    const every = (selector, pair) => [...document.querySelectorAll(selector)].map(pair);
    const always = [...every("[data-key]", (link) => ["Ctrl K", link.dataset.keyName]), ["Esc", "Close what is open"]];
    if (!hasLetters()) return always;
    const hasItems = document.querySelector("[data-item]"), hasTicks = document.querySelector("[data-item] input.tick");
    return [
      ...always,
      ["?", "This list"],
      ...every("[data-go]", (link) => [`g ${link.dataset.go}`, link.dataset.keyName]),
      ...(hasItems ? [["j", "Next in the list"], ["k", "The one before"], ["o", "Open it (or Enter)"]] : []),
      ...(hasTicks ? [["x", "Select it"]] : []),
      ...every("[data-focus]", (there) => [there.dataset.focus, there.dataset.focusName]),
    ];
  }

  function showKeys() {
    const dialog = document.getElementById("keys");
    dialog.querySelector("[data-letters-off]").hidden = hasLetters();
    dialog.querySelector("dl").replaceChildren(...keysHere().flatMap(([keys, words]) => {
      const dt = document.createElement("dt"), dd = document.createElement("dd"), kbd = document.createElement("kbd");
      kbd.textContent = keys; dt.append(kbd); dd.textContent = words;
      return [dt, dd];
    }));
    dialog.showModal();
  }

  for (const button of document.querySelectorAll("[data-show-keys]")) {
    button.hidden = false;
    button.addEventListener("click", () => { button.closest("details").open = false; showKeys(); });
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
