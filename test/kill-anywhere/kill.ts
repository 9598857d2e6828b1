/** When a victim dies. */
export type Kill =
  /** At a durable call, counted from 1; `at` 0 lets it live. */
  | { readonly kind: "call"; readonly at: number; readonly mode: "before" | "after" }
  /** So many milliseconds after the step has begun, whatever it is doing. */
  | { readonly kind: "moment"; readonly ms: number };

export const NO_KILL: Kill = { kind: "call", at: 0, mode: "before" };

/** As it stands after `--at`. */
export function formatKill(kill: Kill): string {
  return kill.kind === "moment" ? `${kill.ms}ms` : `${kill.at}:${kill.mode}`;
}

/** `12:before`, `12:after`, `35ms`; `12` alone is both. undefined when it is none of these. */
export function parseKill(text: string): Kill[] | undefined {
  const moment = /^(\d+)ms$/.exec(text);
  if (moment !== null) return [{ kind: "moment", ms: Number(moment[1]) }];
  const call = /^(\d+)(?::(before|after))?$/.exec(text);
  if (call === null) return undefined;
  const at = Number(call[1]);
  const modes = call[2] === undefined ? (["before", "after"] as const) : ([call[2] as "before" | "after"] as const);
  return modes.map((mode) => ({ kind: "call", at, mode }));
}

/**
 * Before every call of a step; after those that a node may be waiting for before it says something (after the others
 * is before the next one); and `moments` spread evenly over the time the step takes.
 */
export function allKills(calls: readonly string[], durationMs: number, moments: number): Kill[] {
  const kills: Kill[] = [];
  calls.forEach((label, index) => {
    kills.push({ kind: "call", at: index + 1, mode: "before" });
    if (/^(f?sync|f?datasync|run|exec|unlink)/.test(label)) kills.push({ kind: "call", at: index + 1, mode: "after" });
  });
  for (let one = 1; one <= moments; one += 1)
    kills.push({ kind: "moment", ms: Math.round((durationMs * one) / (moments + 1)) });
  return kills;
}
