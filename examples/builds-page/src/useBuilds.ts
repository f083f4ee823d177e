import { useCallback, useEffect, useRef, useState } from "react";
import { get, post, type Package, type Release } from "./api";
import { statuses } from "./contract/states";

const SOON = 1_000; // milliseconds until the next look while a build goes on, or after a failure
const LATER = 5_000; // once it has ended: files may change, and the build begin anew by itself

export type Builds = {
  package?: Package;
  release?: Release;
  trouble?: string;
  rebuild: () => void;
};

/** A package and one of its releases, looked at again and again; and what rebuilds it. */
export function useBuilds(name: string, picked: URLSearchParams): Builds {
  const [found, setPackage] = useState<Package>();
  const [release, setRelease] = useState<Release>();
  const [trouble, setTrouble] = useState<string>();
  const goOn = useRef<(first?: () => Promise<Release>) => void>(() => {});

  useEffect(() => {
    const gone = new AbortController();
    let looking = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    let last = "";

    const look = async () => {
      const answer = await post("/package_releases/get", lookup(name, picked), looking.signal);
      return answer.package_release;
    };
    const show = (shown: Release) => {
      const text = JSON.stringify(shown); // a long log that is the same is not laid out again
      if (text !== last) setRelease(shown);
      last = text;
      setTrouble(undefined);
    };
    // whatever is asked next makes what was asked before void: an answer may overtake another
    goOn.current = async (first = look) => {
      clearTimeout(timer);
      looking.abort();
      looking = new AbortController();
      const { signal } = looking;
      let wait = SOON;
      try {
        const shown = await first();
        if (signal.aborted) return;
        show(shown);
        if (statuses[shown.display_status]?.phase.startsWith("ended")) wait = LATER;
      } catch (error) {
        if (signal.aborted) return;
        setTrouble((error as Error).message);
      }
      timer = setTimeout(() => goOn.current(), wait);
    };

    goOn.current();
    get("/packages/get", { name }, gone.signal).then(
      (answer) => setPackage(answer.package),
      () => {},
    );
    return () => {
      clearTimeout(timer);
      looking.abort();
      gone.abort();
    };
  }, [name, picked]);

  const key = release?.package_release_id;
  const rebuild = useCallback(() => {
    if (key === undefined) return;
    const { signal } = new AbortController();
    goOn.current(async () => {
      const answer = await post("/package_releases/rebuild", { package_release_id: key }, signal);
      return answer.package_release;
    });
  }, [key]);

  return { package: found, release, trouble, rebuild };
}

/** The most specific lookup that the address of the page allows. */
function lookup(name: string, picked: URLSearchParams) {
  const id = picked.get("package_release_id");
  const version = picked.get("version");
  if (id) return { package_release_id: id };
  if (version) return { package_name_with_version: `${name}@${version}` };
  return { package_name: name, is_latest: true };
}
