import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BuildsPage } from "./BuildsPage";
import "./page.css";

// The address of the page: /OWNER/NAME/builds?version=1.0.0 or ?package_release_id=ID
const [, owner = "", name = ""] = decodeURIComponent(location.pathname).split("/");

createRoot(document.querySelector("#page")!).render(
  <StrictMode>
    <BuildsPage packageName={`${owner}/${name}`} query={new URLSearchParams(location.search)} />
  </StrictMode>,
);
