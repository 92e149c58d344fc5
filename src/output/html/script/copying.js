// Commands: a button that copies; where a page may not, the command is selected.
const offerCopies = (root) => {
  for (const code of root.querySelectorAll(".next code")) {
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
};
