// The diagram of a run, where it is wider than the screen: what is open now is in view when the page is opened, and
// what the reader has scrolled to stays there when the live part is drawn anew.
"use strict";
(() => {
  const drawing = () => document.querySelector("#live .diagram");
  let left = null;

  function show() {
    const box = drawing();
    if (!box || box.scrollWidth <= box.clientWidth) return;
    const node = box.querySelector(".node.is-failed, .node.is-current");
    if (!node) return;
    const at = node.getBoundingClientRect(), frame = box.getBoundingClientRect();
    box.scrollLeft += at.left + at.width / 2 - frame.left - frame.width / 2;
  }

  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const box = event.detail.target.id === "live" ? drawing() : null;
    left = box ? box.scrollLeft : null;
  });
  document.body.addEventListener("htmx:afterSettle", () => {
    const box = left === null ? null : drawing();
    if (box) box.scrollLeft = left;
    left = null;
  });
  show();
})();
