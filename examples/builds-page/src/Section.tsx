import { memo } from "react";
import { Status } from "./Status";
import type { statuses } from "./contract/states";

type Props = {
  title: string;
  status: keyof typeof statuses;
  startedAt: string | null | undefined;
  completedAt: string | null | undefined;
  stale: boolean;
  error: string | null | undefined;
  log: unknown[] | null | undefined;
};

/** One build process: how it stands, what went wrong, what it wrote. */
export function Section({ title, status, startedAt, completedAt, stale, error, log }: Props) {
  return (
    <section aria-label={title}>
      <h2>
        {title} <Status word={status} /> {stale && <em>out of date</em>}
      </h2>
      <p>
        {startedAt ? <time dateTime={startedAt}>began {startedAt}</time> : "not begun"}
        {", "}
        {startedAt && completedAt ? `took ${seconds(startedAt, completedAt)} s` : "waiting…"}
      </p>
      {error && <pre role="alert">{error}</pre>}
      <Log entries={log ?? []} />
    </section>
  );
}

const Log = memo(function Log({ entries }: { entries: unknown[] }) {
  if (entries.length === 0) return <p>No log yet</p>;
  return (
    <ol>
      {entries.map((entry, index) => (
        <li key={index}>{line(entry)}</li>
      ))}
    </ol>
  );
});

/** A log entry may be anything: a message where there is one, else its JSON. */
export function line(entry: unknown): string {
  if (typeof entry === "string") return entry;
  if (typeof entry === "object" && entry !== null) {
    const { msg, message } = entry as Record<string, unknown>;
    const text = [msg, message].find((told) => typeof told === "string");
    if (typeof text === "string") return text;
  }
  return JSON.stringify(entry);
}

function seconds(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1000;
}
