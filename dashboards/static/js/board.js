// The board of runs: what is selected, what has changed, what could not be fetched. The page works without this file.
"use strict";
(() => {
  const QUIET = 8000; // changes are told to screen readers at most this often
  const byId = (id) => document.getElementById(id);
  const rows = () => [...document.querySelectorAll("#board tbody tr[id]")];
  const ticks = () => [...document.querySelectorAll("#board tbody .tick[name='run']")];

  // --- What is selected stays selected, by number, when rows or the whole table are drawn anew.
  const picked = new Set();
  let all = false;

  function count() {
    const here = ticks(), on = here.filter((tick) => tick.checked);
    const words = byId("bulk-count"), page = byId("pick-page"), every = byId("pick-all");
    if (words) words.textContent = every && every.checked ? "Every run that fits is selected" : `${on.length} selected`;
    if (page) {
      page.hidden = !here.length;
      page.checked = here.length > 0 && on.length === here.length;
      page.indeterminate = on.length > 0 && on.length < here.length;
    }
  }

  function remember() {
    for (const tick of ticks()) { if (tick.checked) picked.add(tick.value); else picked.delete(tick.value); }
    all = Boolean(byId("pick-all") && byId("pick-all").checked);
    count();
  }

  function restore() {
    for (const tick of ticks()) tick.checked = picked.has(tick.value);
    if (byId("pick-all")) byId("pick-all").checked = all;
    count();
  }

  document.addEventListener("change", (event) => {
    if (event.target.id === "pick-page") for (const tick of ticks()) tick.checked = event.target.checked;
    if (event.target.closest("#board")) remember();
  });
  document.addEventListener("keyup", (event) => { if (event.key === "x") remember(); });

  // --- A change is told once and briefly, however many rows it was: "3 runs changed".
  let known = new Map(), changed = new Set(), telling = null, told = 0;
  // Relative times move by themselves: they are no news.
  const says = (row) => { const copy = row.cloneNode(true); for (const time of copy.querySelectorAll("time")) time.remove(); return copy.textContent.replace(/\s+/g, " "); };

  function look() {
    const now = new Map(rows().map((row) => [row.id, says(row)]));
    for (const [id, words] of now) if (known.size && known.get(id) !== words) changed.add(id);
    for (const id of known.keys()) if (!now.has(id)) changed.add(id);
    known = now;
    if (changed.size && !telling) telling = setTimeout(tell, Math.max(0, told + QUIET - Date.now()));
  }

  function tell() {
    const line = byId("board-said");
    if (line) line.textContent = `${changed.size} run${changed.size === 1 ? "" : "s"} changed.`;
    changed = new Set(); telling = null; told = Date.now();
  }

  // Rows come one by one, pushed, or the whole part at once: whatever drew them, this follows.
  let following = null;
  new MutationObserver((records) => {
    if (!following && records.some((record) => record.target.id !== "board-said" && !record.target.closest?.("#board-failed, .bulk"))) {
      following = requestAnimationFrame(() => { following = null; restore(); look(); });
    }
  }).observe(document.querySelector(".board") || document.body, { childList: true, subtree: true });

  // --- A part that could not be fetched is said, with a way to ask again; what is there stays.
  const clock = () => new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const isBoard = (event) => event.target.id === "board" || event.detail.target?.id === "board";

  function failed(words) {
    const box = byId("board-failed");
    if (!box || !box.hidden) return;
    box.querySelector("span").textContent = words;
    box.hidden = false;
  }

  document.addEventListener("htmx:responseError", (event) => { if (isBoard(event)) failed(`Penstock answered with an error at ${clock()}. What you see is from before.`); });
  document.addEventListener("htmx:sendError", (event) => { if (isBoard(event)) failed(`Penstock could not be reached at ${clock()}. What you see is from before.`); });
  document.addEventListener("htmx:timeout", (event) => { if (isBoard(event)) failed(`Penstock did not answer in time at ${clock()}. What you see is from before.`); });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!isBoard(event) || !event.detail.shouldSwap) return;
    if (event.detail.serverResponse.includes('id="board"')) { const box = byId("board-failed"); if (box) box.hidden = true; return; }
    event.detail.shouldSwap = false; // another page came: the session has ended
    failed("You are no longer signed in: reload the page to sign in again.");
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("#board-failed button")) htmx.trigger("#board", "board-asked");
  });

  // --- The address stays short: what is empty is not sent.
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-lean]")) return;
    const empty = [...event.target.elements].filter((field) => field.name && !field.value);
    const standing = [["state", "running"], ["order", "need"]].map(([name, value]) => event.target.elements[name]?.value === value && event.target.elements[name]);
    for (const field of [...empty, ...standing]) if (field) field.disabled = true;
    setTimeout(() => { for (const field of [...empty, ...standing]) if (field) field.disabled = false; });
  });

  // --- The panel of filters closes with Escape and, where it lies over the page, by a click beside it.
  document.addEventListener("click", (event) => {
    const panel = document.querySelector("details.narrowing[open]");
    if (panel && !event.target.closest("#filters")) panel.open = false;
  });
  document.addEventListener("keydown", (event) => {
    const panel = document.querySelector("details.narrowing[open]");
    if (event.key === "Escape" && panel) { panel.open = false; panel.querySelector("summary").focus(); }
  });

  // --- On a wall the clock goes on between two answers.
  setInterval(() => {
    const wall = byId("wall-clock");
    if (wall) wall.textContent = wall.textContent.replace(/\d\d:\d\d$/, new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: wall.dataset.zone || undefined }));
  }, 5000);

  restore();
  look();
})();
