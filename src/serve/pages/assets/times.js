// Charts: a time is chosen by dragging over it, or with Shift, the arrow keys and Enter.
const chooseTimes = (root) => {
  for (const plot of root.querySelectorAll(".plot[data-start]")) {
    const count = plot.querySelectorAll(".hits rect").length;
    const [start, step] = [Number(plot.dataset.start), Number(plot.dataset.step)];
    const chosen = element("div", "chosen", "");
    chosen.hidden = true;
    plot.append(chosen);
    let from = -1;
    let to = -1;
    const show = () => {
      const [low, high] = [Math.min(from, to), Math.max(from, to) + 1];
      chosen.hidden = from < 0;
      chosen.style.left = `${(low / count) * 100}%`;
      chosen.style.width = `${((high - low) / count) * 100}%`;
    };
    const forget = () => {
      from = to = -1;
      show();
    };
    const at = (event) => {
      const box = plot.getBoundingClientRect();
      return Math.max(0, Math.min(count - 1, Math.floor(((event.clientX - box.left) / box.width) * count)));
    };
    const go = () => {
      const time = (index) => new Date((start + index * step) / 1000).toISOString().replace(/\.\d+Z$/, "Z");
      const there = new URL(location.href);
      // Bars of the old time may be longer than the new one.
      const old = ["since", "until", "around", "at", "window", "settle", "bucket"];
      for (const name of old) there.searchParams.delete(name);
      there.searchParams.set("since", time(Math.min(from, to)));
      there.searchParams.set("until", time(Math.max(from, to) + 1));
      location.assign(there);
    };
    let began = null;
    plot.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      began = event.clientX;
      [from, to] = [at(event), at(event)];
      plot.setPointerCapture(event.pointerId);
    });
    plot.addEventListener("pointermove", (event) => {
      if (began === null || Math.abs(event.clientX - began) < 5) return;
      to = at(event);
      show();
    });
    plot.addEventListener("pointerup", (event) => {
      const isDrag = began !== null && Math.abs(event.clientX - began) >= 5;
      began = null;
      if (isDrag) go();
      forget();
    });
    plot.addEventListener("pointercancel", () => {
      began = null;
      forget();
    });
    plot.addEventListener("blur", forget);
    plot.addEventListener("keydown", (event) => {
      const now = Number(plot.dataset.at ?? -1);
      if (event.key === "Escape") forget();
      if (event.key === "Enter" && from >= 0) go();
      if (event.shiftKey && event.key.startsWith("Arrow") && now >= 0) {
        if (from < 0) from = Math.max(0, Math.min(count - 1, now + (event.key === "ArrowLeft" ? 1 : -1)));
        to = now;
        show();
      }
    });
  }
};

// The zone of this browser's clock, where it is known.
const offerZone = (root) => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const link of root.querySelectorAll("a[data-zone]")) {
    if (!zone) continue;
    const there = new URL(link.href);
    there.searchParams.set("tz", zone);
    link.href = there;
    link.title = zone;
    link.hidden = false;
  }
};
