// Rows of the board that come pushed: put in cell by cell where something differs, so that the tick, the focus and
// marked text stay. A row that is not shown here is left to the board, which is asked again soon after (live.js).
"use strict";
window.liveRows = (() => {
  const held = new Map(); // rows whose text is marked just now: they are put in when it no longer is

  function marked(element) {
    const selection = getSelection();
    return !selection.isCollapsed && selection.rangeCount > 0 && selection.getRangeAt(0).intersectsNode(element);
  }

  // The words alone: "2 min" becoming "3 min" is no news.
  const said = (cell) => cell.textContent.replace(/\d+ (s|min|h|d)\b/g, "").replace(/\s+/g, " ");

  function show(row) {
    const old = document.getElementById(`row-${row.number}`);
    if (!old) return;
    if (marked(old)) { held.set(row.number, row); return; }
    const parsed = document.createElement("template");
    parsed.innerHTML = row.html;
    const fresh = parsed.content.querySelector("tr");
    if (!fresh) return;
    // pushed rows have every column that may be chosen; a table in which none was has no cells for them
    if (!old.querySelector(".extra")) fresh.querySelectorAll(".extra").forEach((cell) => cell.remove());
    let isNews = false;
    const cells = [...old.cells], others = [...fresh.cells];
    if (cells.length !== others.length) { old.replaceWith(fresh); htmx.process(fresh); return; }
    cells.forEach((cell, at) => {
      const other = others[at];
      if (cell.isEqualNode(other)) return;
      isNews = isNews || said(cell) !== said(other);
      put(cell, other);
    });
    old.className = fresh.className;
    if (!isNews) return;
    old.classList.remove("row--news");
    void old.offsetWidth; // so that it shows once more
    old.classList.add("row--news");
  }

  function put(cell, other) {
    const had = cell.contains(document.activeElement) ? document.activeElement : null;
    const ticked = new Set([...cell.querySelectorAll("input:checked")].map((tick) => tick.id));
    const place = had && [...cell.querySelectorAll("a, button, input, summary")].indexOf(had);
    cell.className = other.className;
    cell.replaceChildren(...other.childNodes);
    for (const tick of cell.querySelectorAll("input")) tick.checked = ticked.has(tick.id);
    htmx.process(cell);
    const focused = had && ((had.id && document.getElementById(had.id)) || cell.querySelectorAll("a, button, input, summary")[place]);
    if (focused) focused.focus({ preventScroll: true });
  }

  document.addEventListener("selectionchange", () => {
    if (!held.size || !getSelection().isCollapsed) return;
    const rows = [...held.values()];
    held.clear();
    rows.forEach(show);
  });

  return { show, isBeingRead: () => { const board = document.getElementById("board"); return Boolean(board && marked(board)); } };
})();
