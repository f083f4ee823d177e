import { timelines } from "./contract/states";

/** A status in its colour. A status that the contract does not define is gray. */
const { statuses } = timelines.PackageRelease;

export function Status({ value }: { value: keyof typeof statuses }) {
  const color = statuses[value]?.color ?? "gray";
  return <strong className={`status ${color}`}>{value ?? "unknown"}</strong>;
}
