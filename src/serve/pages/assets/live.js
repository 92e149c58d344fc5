// Pages are asked for anew when more logs are complete, and the parts that changed are put in place of the old ones: what
// was chosen, opened, sorted or scrolled stays.
const parts = (root) => [...root.querySelectorAll("[data-part]")];
const written = new Map();

const remember = (root) => parts(root).forEach((part) => written.set(part.id, part.outerHTML));

const focusable = (part) => [...part.querySelectorAll("a, button, input, textarea, summary, [tabindex]")];

const keep = (old) => ({
  focus: focusable(old).indexOf(document.activeElement),
  open: [...old.querySelectorAll("details")].map((details) => details.open),
  scroll: [...old.querySelectorAll(".scroll")].map((box) => box.scrollLeft),
  sorted: [...old.querySelectorAll("table")].map((table) => {
    const heading = table.querySelector('th[aria-sort$="ending"]');
    return heading && [heading.dataset.column, heading.getAttribute("aria-sort")];
  }),
});

const restore = (part, kept) => {
  part.querySelectorAll("details").forEach((details, index) => (details.open = kept.open[index] ?? details.open));
  part.querySelectorAll("table").forEach((table, index) => {
    const [column, turn] = kept.sorted[index] ?? [];
    const heading = column && table.querySelector(`th[data-column="${column}"]`);
    for (let clicks = 0; heading && clicks < 2 && heading.getAttribute("aria-sort") !== turn; clicks += 1) {
      heading.querySelector("button").click();
    }
  });
  part.querySelectorAll(".scroll").forEach((box, index) => (box.scrollLeft = kept.scroll[index] ?? 0));
  focusable(part)[kept.focus]?.focus({ preventScroll: true });
};

const put = (fresh, enhance) => {
  for (const part of parts(fresh)) {
    const old = document.getElementById(part.id);
    const text = part.outerHTML;
    if (!old || written.get(part.id) === text) continue;
    written.set(part.id, text);
    const kept = keep(old);
    old.replaceWith(part);
    enhance(part);
    restore(part, kept);
  }
};

const followLogs = (enhance) => {
  const light = () => document.querySelector("[data-live]");
  if (!light()) return;
  remember(document);
  let isStale = false;
  let isAsking = false;
  let later = 0;
  const isBusy = () => document.hidden || document.querySelector(".chosen:not([hidden])") || !getSelection().isCollapsed;
  const refresh = async () => {
    if (isAsking || !isStale || isBusy()) return;
    [isStale, isAsking] = [false, true];
    try {
      const headers = { accept: "text/html", "cache-control": "no-cache" };
      const answer = await fetch(location.href, { cache: "no-cache", headers });
      // Whoever is not let in any more is led to where to log in, and comes back from there.
      if (answer.redirected || answer.status === 401) location.reload();
      else if (answer.ok) {
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        const { due } = fresh.querySelector("footer").dataset;
        put(fresh, enhance);
        comeBack(due);
      }
    } catch {
      isStale = true;
    }
    isAsking = false;
  };
  // What was shown is of less than there is by now: the server says when it is worth asking again.
  const comeBack = (due) => {
    clearTimeout(later);
    if (due === undefined) return;
    later = setTimeout(() => {
      isStale = true;
      refresh();
    }, Number(due));
  };
  const shine = () => (light().hidden = events.readyState !== EventSource.OPEN);
  let mark = null;
  let events = null;
  const listen = () => {
    events = new EventSource(`/api/v1/events?source=${encodeURIComponent(light().dataset.live)}`);
    events.addEventListener("open", shine);
    events.addEventListener("error", () => {
      shine();
      // It is not let in any more: who asks for the page is told so.
      isStale ||= events.readyState === EventSource.CLOSED;
    });
    events.addEventListener("position", (event) => {
      const { mark: now } = JSON.parse(event.data);
      // The first tells where things stood when the page was made.
      isStale ||= mark !== null && mark !== now;
      mark = now;
      refresh();
    });
  };
  // Browsers have six connections to a server: pages that nobody sees give theirs back.
  document.addEventListener("visibilitychange", () => (document.hidden ? events.close() : listen()));
  listen();
  comeBack(document.querySelector("footer").dataset.due);
  setInterval(() => {
    shine();
    refresh();
  }, 2000);
};
