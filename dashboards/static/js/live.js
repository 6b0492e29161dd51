// Pages push themselves. The page says what it wants to hear of in <body data-interest>; elements ask for their part:
//   hx-get hx-trigger="run-changed from:body"   anything of that          hx-trigger="run-<id> from:body"   this run
//   hx-get hx-trigger="bell-changed from:body"  there are new notices
// Rows of the board come rendered (live-rows.js). When the stream is blocked, the same news is asked for every 5 s; the
// live mark says since when the page is not live. Nothing is missed: each return says up to when all was heard.
"use strict";
(() => {
  const { live, changes, since, interest = "" } = document.body.dataset;
  if (!live) return;
  const POLL = 5000, SILENCE = 40000, OPENS_WITHIN = 6000, AGAIN_AFTER = 30000, HIDDEN_FOR = 30000, SAY_AFTER = 3000;
  const isBoard = new URLSearchParams(interest).has("board");
  const isOfOneRun = new URLSearchParams(interest).has("run");
  const PACE = isBoard ? 5000 : 1000, JITTER = isBoard ? 1000 : isOfOneRun ? 0 : 300; // a hundred pages do not ask all at once
  let cursor = since || "", etag = "", source = null, opening = null, retry = null, polling = null, closing = null;
  let heardAt = Date.now(), changedAt = null, lostAt = null, saidLost = false, state = "opening";

  // ---- what the page says about itself: the mark for eyes, one polite sentence for screen readers when it changes

  const clock = (at) => at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const lasting = (ms) => ms < 60000 ? `${Math.max(1, Math.round(ms / 1000))} s` : ms < 3600000 ? `${Math.round(ms / 60000)} min` : `${Math.round(ms / 3600000)} h`;

  function words() {
    if (state === "live") return changedAt ? `Live, last change ${lasting(Date.now() - changedAt)} ago` : "Live";
    const when = clock(lostAt || new Date());
    return { offline: `Offline since ${when}`, silent: `No answer since ${when}, trying every 5 s`, out: `Signed out, as of ${when}. Reload to sign in`,
      polling: `Not live since ${when}, asking every 5 s` }[state];
  }

  function mark() {
    const text = words();
    if (!text) return;
    for (const element of document.querySelectorAll("[data-live-mark]")) {
      if (element.textContent !== text) element.textContent = text;
      element.classList.remove("live--still");
      element.classList.toggle("live--lost", state !== "live");
    }
  }

  function say(text) {
    const said = document.querySelector("[data-live-said]");
    if (said) said.textContent = text;
  }

  function become(next) {
    if (next === "live") {
      if (saidLost) say("Live again. Nothing was missed.");
      lostAt = null; saidLost = false;
    } else if (!lostAt) {
      lostAt = new Date();
      setTimeout(() => { if (lostAt && !saidLost) { saidLost = true; say(words()); } }, SAY_AFTER);
    }
    state = next;
    mark();
  }

  // ---- what is heard: rows at once, questions for the server at the page's pace

  const waiting = new Set();
  let pacing = null, toldAt = 0, eagerUntil = 0;

  function tell(runs) {
    for (const id of runs) waiting.add(id);
    if (!waiting.size) return;
    const now = Date.now();
    const at = now < eagerUntil ? now : Math.max(now, toldAt + PACE) + Math.random() * JITTER;
    if (pacing && now >= eagerUntil) return;
    clearTimeout(pacing);
    pacing = setTimeout(ask, at - now);
  }

  function ask() {
    pacing = null;
    // nobody marks text for a minute: whoever went away finds the page as it is now
    if (window.liveRows && window.liveRows.isBeingRead() && Date.now() - toldAt < 60000) { pacing = setTimeout(ask, 1000); return; }
    const told = [...waiting];
    waiting.clear();
    toldAt = Date.now();
    for (const id of told) htmx.trigger(document.body, "run-" + id);
    htmx.trigger(document.body, "run-changed", { runs: told });
  }

  const ring = () => htmx.trigger(document.body, "bell-changed");

  function heard(news) {
    heardAt = Date.now();
    cursor = news.cursor || cursor;
    for (const row of news.rows || []) window.liveRows.show(row);
    if (news.bell) ring();
    const runs = news.more ? everyRunShown() : news.runs || [];
    if (runs.length) { changedAt = Date.now(); tell(runs); }
    mark();
  }

  // Too much has changed to be listed: whatever this page shows is asked for again.
  function everyRunShown() {
    const triggers = [...document.querySelectorAll("[hx-trigger*='run-']")].map((element) => element.getAttribute("hx-trigger"));
    return triggers.join(" ").match(/[0-9a-f]{8}-[0-9a-f-]{27}/g) || ["any"];
  }

  // ---- the stream, and what is done when there is none

  function address(path) {
    const asked = new URLSearchParams(interest);
    if (cursor) asked.set("since", cursor);
    return `${path}?${asked}`;
  }

  function open() {
    clearTimeout(retry); retry = null;
    if (source || document.hidden) return;
    if (!window.EventSource) { block(); return; }
    source = new EventSource(address(live));
    // An answer that a proxy holds back never opens; one whose words it holds back says nothing at all.
    opening = setTimeout(block, OPENS_WITHIN);
    const on = (name, act) => source.addEventListener(name, (event) => { clearTimeout(opening); stopPolling(); become("live"); act(JSON.parse(event.data)); });
    on("runs", heard);
    on("alive", heard);
    on("bell", () => { heardAt = Date.now(); ring(); });
    on("row", (row) => { heardAt = changedAt = Date.now(); if (window.liveRows) window.liveRows.show(row); mark(); });
    on("again", () => { close(); open(); });
    source.addEventListener("over", (event) => {
      close();
      if (JSON.parse(event.data).why === "signed-out") { become("out"); startPolling(); }
      else { block(); clearTimeout(retry); retry = null; } // too many of mine are open: this one waits until it is shown anew
    });
    source.addEventListener("error", () => {
      clearTimeout(opening);
      if (source && source.readyState === EventSource.CLOSED) block();
      else { opening = setTimeout(block, OPENS_WITHIN); lost(); }
    });
  }

  function close() {
    clearTimeout(opening);
    if (source) source.close();
    source = null;
  }

  // The stream cannot be had: poll, and try it again now and then.
  function block() {
    close();
    lost();
    if (!retry) retry = setTimeout(open, AGAIN_AFTER + Math.random() * 5000);
  }

  function lost() {
    become(navigator.onLine === false ? "offline" : "polling");
    startPolling();
  }

  function startPolling() { if (!polling) { polling = setInterval(poll, POLL + Math.random() * 500); poll(); } }
  function stopPolling() { clearInterval(polling); polling = null; }

  async function poll() {
    if (navigator.onLine === false) { become("offline"); return; }
    try {
      const answer = await fetch(address(changes), { headers: etag ? { "If-None-Match": etag } : {}, cache: "no-store" });
      if (state === "live") return;
      if (answer.status === 403) { become("out"); return; }
      if (answer.status !== 200 && answer.status !== 304) { become("silent"); return; }
      if (state === "out") open();
      become("polling");
      if (answer.status === 200) { etag = answer.headers.get("ETag") || ""; heard(await answer.json()); }
    } catch { if (state !== "live") become(navigator.onLine === false ? "offline" : "silent"); }
  }

  // ---- the life of the page

  setInterval(() => {
    mark();
    if (source && Date.now() - heardAt > SILENCE && state === "live") { block(); open(); }
  }, 1000);

  // A browser opens few connections to one server: a page that nobody sees gives its own back, and catches up when shown.
  document.addEventListener("visibilitychange", () => {
    clearTimeout(closing);
    if (document.hidden) closing = setTimeout(() => { close(); stopPolling(); }, HIDDEN_FOR);
    else if (!source) { heardAt = Date.now(); if (lostAt) startPolling(); open(); ring(); }
  });
  addEventListener("online", () => { close(); if (lostAt) poll(); open(); });
  addEventListener("offline", lost);
  addEventListener("pagehide", () => { close(); stopPolling(); });
  addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  document.body.addEventListener("htmx:afterSettle", mark);

  // What I have just done here is shown here at once, whatever the pace, live or not.
  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful && event.detail.requestConfig.verb !== "get") { eagerUntil = Date.now() + 2000; if (state !== "live") poll(); }
  });

  open();
})();
