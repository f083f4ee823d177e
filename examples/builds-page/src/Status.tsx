import { statuses } from "./contract/states";

/** A status word and its colour; gray for a word that is not known, or none at all. */
export function Status({ word }: { word: keyof typeof statuses }) {
  const color = statuses[word]?.color ?? "gray";
  return <strong className={`status ${color}`}>{word ?? "unknown"}</strong>;
}
