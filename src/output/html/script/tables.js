// Tables: sorted by a heading; the third time as they were. What has no value stays last.
const makeSortable = (root) => {
  for (const table of root.querySelectorAll("table.sortable")) {
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
};

// Headings stay in sight where the whole table does.
const fitTables = (root) => {
  for (const box of root.querySelectorAll(".scroll")) {
    const table = box.firstElementChild;
    const fit = () => box.classList.toggle("fits", table.offsetWidth <= box.clientWidth);
    new ResizeObserver(fit).observe(box);
    fit();
  }
};
