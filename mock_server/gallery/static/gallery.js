"use strict";

// Copies a curl command. If the browser does not allow it, the command is selected.
addEventListener("click", async ({ target }) => {
  const button = target.closest?.(".copy");
  if (!button) return;
  const code = button.parentElement.querySelector("code");
  try {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(code);
    button.textContent = "Selected";
  }
  setTimeout(() => (button.textContent = "Copy"), 2000);
});

// Without JavaScript the buttons stay hidden.
for (const button of document.querySelectorAll(".copy")) button.hidden = false;
