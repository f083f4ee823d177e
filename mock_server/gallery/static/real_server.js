"use strict";

// Shows what the real server behind the proxy has just returned: at most one update in a second,
// each with the last response only, and none while the page is hidden.
{
  const PAUSE = 1000, RETRY = 5000; // milliseconds
  const box = document.getElementById("real-server");
  const view = box.querySelector(".now");
  const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

  const follow = async () => {
    for (let last = 0, wait = 0; ; wait = 15) {
      while (document.hidden) await pause(PAUSE);
      const token = sessionStorage.getItem("admin-token");
      const headers = token ? { authorization: `Bearer ${token}` } : {};
      const address = `${box.dataset.path}?after=${last}&wait=${wait}`;
      const response = await fetch(address, { headers, cache: "no-store" }).catch(() => null);
      if (!response?.ok) {
        await pause(RETRY);
        continue;
      }
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const next = page.querySelector("[data-last]");
      last = Number(next.dataset.last);
      if (next.dataset.shows) view.replaceChildren(next);
      await pause(PAUSE);
    }
  };
  follow();
}
