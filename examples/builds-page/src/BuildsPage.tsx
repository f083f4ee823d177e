import { timelines } from "./contract/states";
import { ProcessSection } from "./ProcessSection";
import { Status } from "./Status";
import { useRelease } from "./useRelease";

const build = timelines.PackageRelease;

type Props = {
  packageName: string;
  /** `package_release_id` or `version`; without them the page shows the latest release. */
  query: URLSearchParams;
};

export function BuildsPage({ packageName, query }: Props) {
  const { package: pkg, release, error, rebuild } = useRelease(packageName, query);
  return (
    <>
      <header>
        <h1>{pkg?.name ?? packageName}</h1>
        {release && (
          <p>
            <span role="status" aria-label="build">
              <Status value={release[build.status]} />
            </span>
            <span>{release.version ?? "no version"}</span>
            <span>{duration(release[build.duration])}</span>
            <button onClick={rebuild}>Rebuild</button>
          </p>
        )}
      </header>
      {error && <p role="alert">{error}</p>}
      {!release && !error && <p>Loading…</p>}
      {release &&
        build.processes.map((process) => (
          <ProcessSection
            key={process.name}
            title={process.name.replaceAll("_", " ")}
            status={release[process.status]}
            startedAt={release[process.started_at]}
            completedAt={release[process.completed_at]}
            stale={release[process.stale]}
            error={release[process.error]}
            logs={release[process.logs]}
          />
        ))}
    </>
  );
}

function duration(milliseconds: number | null | undefined): string {
  return milliseconds == null ? "" : `built in ${milliseconds / 1000} s`;
}
