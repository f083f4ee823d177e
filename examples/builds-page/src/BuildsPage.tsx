import { build } from "./contract/states";
import { Section } from "./Section";
import { Status } from "./Status";
import { useBuilds } from "./useBuilds";

export function BuildsPage({ name, picked }: { name: string; picked: URLSearchParams }) {
  const { package: found, release, trouble, rebuild } = useBuilds(name, picked);
  return (
    <>
      <header>
        <h1>{found?.name ?? name}</h1>
        {release && (
          <p>
            <span role="status" aria-label="build">
              <Status word={release[build.status]} />
            </span>
            <span>{release.version ?? "no version"}</span>
            <span>{took(release[build.duration])}</span>
            <button onClick={rebuild}>Rebuild</button>
          </p>
        )}
      </header>
      {trouble && <p role="alert">{trouble}</p>}
      {!release && !trouble && <p>Asking…</p>}
      {release &&
        build.processes.map((process) => (
          <Section
            key={process.name}
            title={process.name.replaceAll("_", " ")}
            status={release[process.status]}
            startedAt={release[process.started_at]}
            completedAt={release[process.completed_at]}
            stale={release[process.stale]}
            error={release[process.error]}
            log={release[process.logs]}
          />
        ))}
    </>
  );
}

function took(milliseconds: number | null | undefined): string {
  return milliseconds == null ? "" : `built in ${milliseconds / 1000} s`;
}
