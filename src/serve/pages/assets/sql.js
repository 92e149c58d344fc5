// SQL: words of the schema are offered while one types; Ctrl+Enter asks.
const completeSql = () => {
  const box = document.querySelector("textarea[data-schema]");
  if (!box) return;
  const list = element("ul", "offers", "");
  list.id = "offers";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "words that fit");
  list.hidden = true;
  box.after(list);
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-controls", list.id);
  const most = 12;
  let words = null;
  let active = -1;
  const learn = async () => {
    if (words) return;
    words = box.dataset.words.split(" ").map((name) => ({ name, about: "" }));
    try {
      const schema = await (await fetch(box.dataset.schema)).json();
      for (const table of schema.tables) {
        words.push({ name: table.name, about: "table" });
        for (const column of table.columns) words.push({ name: column.name, about: `${table.name}, ${column.type}` });
      }
    } catch {
      // Keywords alone are offered then.
    }
  };
  const begun = () => box.value.slice(0, box.selectionStart).match(/[A-Za-z_]\w*$/)?.[0] ?? "";
  const close = () => {
    list.hidden = true;
    active = -1;
    box.removeAttribute("aria-activedescendant");
  };
  const mark = (index) => {
    active = index;
    [...list.children].forEach((item, at) => item.setAttribute("aria-selected", at === index));
    if (index >= 0) box.setAttribute("aria-activedescendant", list.children[index].id);
  };
  const take = (name) => {
    const end = box.selectionStart;
    box.setRangeText(name, end - begun().length, end, "end");
    close();
    box.focus();
  };
  const offer = () => {
    const start = begun().toLowerCase();
    const seen = new Set();
    const fits = ({ name }) => name.toLowerCase().startsWith(start) && name.toLowerCase() !== start;
    const fitting = start.length < 2 ? [] : words.filter((word) => fits(word) && !seen.has(word.name) && seen.add(word.name));
    list.replaceChildren(...fitting.slice(0, most).map(({ name, about }, index) => {
      const item = element("li", "", name);
      item.id = `offer-${index}`;
      item.setAttribute("role", "option");
      if (about) item.append(" ", element("small", "", about));
      item.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        take(name);
      });
      return item;
    }));
    if (fitting.length === 0) return close();
    list.hidden = false;
    mark(-1);
  };
  box.addEventListener("focus", learn);
  box.addEventListener("input", async () => {
    await learn();
    offer();
  });
  box.addEventListener("blur", close);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      box.form.requestSubmit();
      return;
    }
    if (list.hidden) return;
    const count = list.children.length;
    const turn = { ArrowDown: active + 1, ArrowUp: active - 1 }[event.key];
    if (event.key === "Escape") close();
    else if (turn !== undefined) mark((turn + count) % count);
    else if ((event.key === "Enter" && active >= 0) || (event.key === "Tab" && !event.shiftKey && active >= 0)) {
      take(list.children[active].firstChild.data);
    } else return;
    event.preventDefault();
  });
};
