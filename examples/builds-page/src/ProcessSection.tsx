import { memo } from "react";
import { Status } from "./Status";
import type { timelines } from "./contract/states";

type Props = {
  title: string;
  status: keyof typeof timelines.PackageRelease.statuses;
  startedAt: string | null | undefined;
  completedAt: string | null | undefined;
  stale: boolean;
  error: string | null | undefined;
  logs: unknown[] | null | undefined;
};

/** The status, the times, the error and the logs of one build process. */
export function ProcessSection(props: Props) {
  const { title, status, startedAt, completedAt, stale, error, logs } = props;
  return (
    <section aria-label={title}>
      <h2>
        {title} <Status value={status} /> {stale && <em>out of date</em>}
      </h2>
      <p>
        {startedAt ? <time dateTime={startedAt}>started {startedAt}</time> : "not started"}
        {", "}
        {startedAt && completedAt ? `took ${seconds(startedAt, completedAt)} s` : "waiting…"}
      </p>
      {error && <pre role="alert">{error}</pre>}
      <Logs entries={logs ?? []} />
    </section>
  );
}

const Logs = memo(function Logs({ entries }: { entries: unknown[] }) {
  if (entries.length === 0) return <p>No logs yet</p>;
  return (
    <ol>
      {entries.map((entry, index) => (
        <li key={index}>{logLine(entry)}</li>
      ))}
    </ol>
  );
});

/** The text of a log entry. The contract allows any value: use its message, or else its JSON. */
export function logLine(entry: unknown): string {
  if (typeof entry === "string") return entry;
  if (typeof entry === "object" && entry !== null) {
    const { msg, message } = entry as Record<string, unknown>;
    const text = [msg, message].find((value) => typeof value === "string");
    if (typeof text === "string") return text;
  }
  return JSON.stringify(entry);
}

function seconds(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1000;
}
