"use strict";
{
  const element = (name, className, text) => {
    const made = document.createElement(name);
    made.className = className;
    made.textContent = text;
    return made;
  };

  // Charts: a band and all values at the pointer, or where the arrow keys went.
  for (const plot of document.querySelectorAll(".plot")) {
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

  // Tables: sorted by a heading; the third time as they were. What has no value stays last.
  for (const table of document.querySelectorAll("table.sortable")) {
    const rows = table.classList.contains("grouped") ? [...table.tBodies] : [...table.tBodies[0].rows];
    const [parent, end] = [rows[0].parentNode, rows.at(-1).nextSibling];
    const headings = [...table.querySelectorAll("th[data-column]")];
    const words = new Intl.Collator("en", { numeric: true });
    const key = (row, column) => {
      const cell = (row.rows ? row.rows[0] : row).cells[column];
      if (!cell || cell.classList.contains("null")) return null;
      return cell.dataset.v === undefined ? cell.textContent : Number(cell.dataset.v);
    };
    const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : words.compare(a, b));
    for (const heading of headings) {
      const button = element("button", "", "");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
      heading.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const turns = heading.classList.contains("n") ? ["descending", "ascending"] : ["ascending", "descending"];
        const turn = [...turns, "none"][turns.indexOf(heading.getAttribute("aria-sort")) + 1];
        headings.forEach((other) => other.setAttribute("aria-sort", other === heading ? turn : "none"));
        const sign = turn === "descending" ? -1 : 1;
        const keyed = rows.map((row) => [key(row, Number(heading.dataset.column)), row]);
        if (turn !== "none") {
          keyed.sort(([a], [b]) => (a === null || b === null ? (a === null) - (b === null) : sign * compare(a, b)));
        }
        keyed.forEach(([, row]) => parent.insertBefore(row, end));
      });
    }
  }

  // Headings stay in sight where the whole table does.
  for (const box of document.querySelectorAll(".scroll")) {
    const table = box.firstElementChild;
    const fit = () => box.classList.toggle("fits", table.offsetWidth <= box.clientWidth);
    new ResizeObserver(fit).observe(box);
    fit();
  }

  // Commands: a button that copies; where a page may not, the command is selected.
  for (const code of document.querySelectorAll(".next code")) {
    const button = element("button", "copy", "copy");
    button.type = "button";
    code.after(button);
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = "copied";
      } catch {
        getSelection().selectAllChildren(code);
        button.textContent = "selected";
      }
      setTimeout(() => (button.textContent = "copy"), 2000);
    });
  }
}
