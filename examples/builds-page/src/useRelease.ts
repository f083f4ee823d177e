import { useCallback, useEffect, useRef, useState } from "react";
import { get, post, type Package, type Release } from "./api";
import { timelines } from "./contract/states";

// Milliseconds between two polls. An ended build is polled too: changed files make it out of date.
const POLL_WHILE_BUILDING = 1_000; // also after an error
const POLL_AFTER_THE_END = 5_000;

export type ReleaseState = {
  package?: Package;
  release?: Release;
  /** The message of the last request, if it failed. `release` is then the last one received. */
  error?: string;
  rebuild: () => void;
};

type Load = (signal: AbortSignal) => Promise<Release>;

/** Polls a release of a package until the component unmounts. */
export function useRelease(packageName: string, query: URLSearchParams): ReleaseState {
  const [pkg, setPackage] = useState<Package>();
  const [release, setRelease] = useState<Release>();
  const [error, setError] = useState<string>();
  const restart = useRef<(load?: Load) => void>(() => {});

  useEffect(() => {
    const unmount = new AbortController();
    let current = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    let lastJson = "";

    const poll: Load = async (signal) => {
      const body = await post("/package_releases/get", criteria(packageName, query), signal);
      return body.package_release;
    };
    const show = (next: Release) => {
      const json = JSON.stringify(next);
      if (json !== lastJson) setRelease(next); // do not render the same long log again
      lastJson = json;
      setError(undefined);
    };
    // Loads the release, then polls it. Aborts the request that is still open: its response could
    // arrive later than the next one.
    restart.current = async (load = poll) => {
      clearTimeout(timer);
      current.abort();
      current = new AbortController();
      const { signal } = current;
      let delay = POLL_WHILE_BUILDING;
      try {
        const next = await load(signal);
        if (signal.aborted) return;
        show(next);
        if (timelines.PackageRelease.statuses[next.display_status]?.phase.startsWith("ended")) delay = POLL_AFTER_THE_END;
      } catch (failure) {
        if (signal.aborted) return;
        setError((failure as Error).message);
      }
      timer = setTimeout(() => restart.current(), delay);
    };

    restart.current();
    get("/packages/get", { name: packageName }, unmount.signal).then(
      (body) => setPackage(body.package),
      () => {}, // the release request reports the same error
    );
    return () => {
      clearTimeout(timer);
      current.abort();
      unmount.abort();
    };
  }, [packageName, query]);

  const releaseId = release?.package_release_id;
  const rebuild = useCallback(() => {
    if (releaseId === undefined) return;
    restart.current(async () => {
      // Not the signal of the poll: aborting a request does not undo the rebuild.
      const { signal } = new AbortController();
      const body = await post(
        "/package_releases/rebuild",
        { package_release_id: releaseId },
        signal,
      );
      return body.package_release;
    });
  }, [releaseId]);

  return { package: pkg, release, error, rebuild };
}

/** The most specific lookup that the address of the page allows. */
function criteria(packageName: string, query: URLSearchParams) {
  const id = query.get("package_release_id");
  const version = query.get("version");
  if (id) return { package_release_id: id };
  if (version) return { package_name_with_version: `${packageName}@${version}` };
  return { package_name: packageName, is_latest: true };
}
