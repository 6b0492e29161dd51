// Pages push themselves. The server sends ids of changed runs; elements ask for their part again:
//   hx-get hx-trigger="run-changed from:body"            any run that I may see
//   hx-get hx-trigger="run-<id> from:body"               this run
// When the stream fails, the same news is polled for; the live mark says since when it is not live.
"use strict";
(() => {
  const { live, changes } = document.body.dataset;
  if (!live || !window.EventSource) return;
  const POLL = 5000, SILENCE = 40000, PACE = 1100; // the stream says something every 15 s
  const waiting = new Set();
  let pacing = null;
  let cursor = "", etag = "", lostAt = null, heard = Date.now(), source = null, polling = null;

  const clock = (at) => at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

  function mark() {
    for (const element of document.querySelectorAll("[data-live-mark]")) {
      const words = lostAt ? `Not live since ${clock(lostAt)}` : "Live";
      if (element.textContent !== words) element.textContent = words;
      element.classList.remove("live--still");
      element.classList.toggle("live--lost", Boolean(lostAt));
    }
  }

  // News at once, then at most one telling in PACE: a busy hour does not make a page ask without end.
  function tell(runs) {
    for (const id of runs) waiting.add(id);
    if (!waiting.size || pacing) return;
    const told = [...waiting];
    waiting.clear();
    pacing = setTimeout(() => { pacing = null; tell([]); }, PACE);
    for (const id of told) htmx.trigger(document.body, "run-" + id);
    htmx.trigger(document.body, "run-changed", { runs: told });
  }

  function news(text) {
    const said = JSON.parse(text);
    cursor = said.cursor || cursor;
    tell(said.more ? everyRunShown() : said.runs || []);
  }

  // Too much has changed to be listed: whatever this page shows is asked for again.
  function everyRunShown() {
    const triggers = [...document.querySelectorAll("[hx-trigger*='run-']")].map((element) => element.getAttribute("hx-trigger"));
    return triggers.join(" ").match(/[0-9a-f]{8}-[0-9a-f-]{27}/g) || ["any"];
  }

  function open() {
    source = new EventSource(cursor ? `${live}?since=${encodeURIComponent(cursor)}` : live);
    source.addEventListener("open", () => { heard = Date.now(); lostAt = null; stopPolling(); mark(); });
    source.addEventListener("runs", (event) => { heard = Date.now(); news(event.data); });
    source.addEventListener("alive", (event) => { heard = Date.now(); news(event.data); });
    source.addEventListener("error", lost);
  }

  function lost() {
    if (!lostAt) lostAt = new Date();
    mark();
    if (!polling) polling = setInterval(poll, POLL);
    if (source && source.readyState === EventSource.CLOSED) { source = null; setTimeout(() => source || open(), POLL); }
  }

  function stopPolling() { clearInterval(polling); polling = null; }

  async function poll() {
    try {
      const answer = await fetch(`${changes}?since=${encodeURIComponent(cursor)}`, { headers: etag ? { "If-None-Match": etag } : {}, cache: "no-store" });
      if (answer.status === 200) { etag = answer.headers.get("ETag") || ""; news(await answer.text()); }
    } catch { /* the next poll asks again */ }
  }

  setInterval(() => {
    if (source && Date.now() - heard > SILENCE) { source.close(); source = null; lost(); open(); }
  }, POLL);
  document.body.addEventListener("htmx:afterSettle", mark);
  addEventListener("pagehide", () => { if (source) source.close(); source = null; stopPolling(); });
  addEventListener("pageshow", (event) => { if (event.persisted && !source) open(); });
  open();
})();
