const element = (name, className, text) => {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
};

// Charts: a band and all values at the pointer, or where the arrow keys went.
const drawReadings = (root) => {
  for (const plot of root.querySelectorAll(".plot")) {
    const titles = [...plot.querySelectorAll(".hits title")];
    const told = titles.map((title) => title.textContent.split("\n"));
    titles.forEach((title) => title.remove());
    const signs = [...plot.closest("figure").querySelectorAll(".key .sign")];
    const band = element("div", "cross", "");
    const tip = element("div", "tip", "");
    tip.setAttribute("role", "status");
    band.hidden = tip.hidden = true;
    plot.append(band, tip);
    let at = -1;
    const show = (index) => {
      band.hidden = tip.hidden = index < 0;
      if (index === at || index < 0) return;
      at = index;
      plot.dataset.at = index;
      tip.replaceChildren(...told[index].map((line, number) => {
        const row = element("div", "", line);
        if (number > 0 && signs[number - 1]) row.prepend(signs[number - 1].cloneNode(true));
        return row;
      }));
      band.style.left = `${(index / told.length) * 100}%`;
      band.style.width = `${100 / told.length}%`;
      const isRight = index >= told.length / 2;
      tip.style.left = isRight ? "auto" : `calc(${((index + 1) / told.length) * 100}% + 8px)`;
      tip.style.right = isRight ? `calc(${(1 - index / told.length) * 100}% + 8px)` : "auto";
    };
    const clamp = (index) => Math.max(0, Math.min(told.length - 1, index));
    const point = (event) => {
      const box = plot.getBoundingClientRect();
      show(clamp(Math.floor(((event.clientX - box.left) / box.width) * told.length)));
    };
    plot.addEventListener("pointermove", point);
    plot.addEventListener("pointerdown", point);
    plot.addEventListener("pointerleave", () => show(-1));
    plot.addEventListener("blur", () => show(-1));
    plot.addEventListener("keydown", (event) => {
      const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: told.length - 1 }[event.key];
      if (event.key === "Escape") show(-1);
      if (to === undefined) return;
      event.preventDefault();
      show(clamp(to));
    });
  }
};
