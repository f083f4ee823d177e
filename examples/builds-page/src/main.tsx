import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BuildsPage } from "./BuildsPage";
import "./page.css";

// /OWNER/NAME/builds, with ?package_release_id= or ?version= to pick a release
const [, owner = "", name = ""] = decodeURIComponent(location.pathname).split("/");

createRoot(document.querySelector("#page")!).render(
  <StrictMode>
    <BuildsPage name={`${owner}/${name}`} picked={new URLSearchParams(location.search)} />
  </StrictMode>,
);
