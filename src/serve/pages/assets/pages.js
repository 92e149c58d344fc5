const enhanceAll = (root) => {
  for (const enhance of [drawReadings, chooseTimes, makeSortable, fitTables, offerCopies, offerZone]) enhance(root);
};

// One menu is open at a time, and Escape closes it.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

followLogs(enhanceAll);
enhanceAll(document);
completeSql();
