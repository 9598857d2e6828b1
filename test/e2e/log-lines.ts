import { EVENTS, isEvent } from "#shared/log/events.js";

/** What a line has whatever its event (LOG.md). */
const ALWAYS = ["time", "level", "event"];

/**
 * Why these lines of a node's stderr are not the documented log: each is one JSON document, its event is a row of
 * the table, its level is the row's, and it has no field that the row does not name. Empty when all is well.
 */
export function logProblems(lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const why = problemOf(line);
    return why === undefined ? [] : [`${why}: ${line.slice(0, 300)}`];
  });
}

/** The events of a node's log, with their fields. */
export function logged(lines: readonly string[], event: string): Record<string, unknown>[] {
  return lines.map((line) => parsed(line) ?? {}).filter((fields) => fields.event === event);
}

function problemOf(line: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal would obey may not be in a log
  if (/[\x00-\x1f\x7f-\x9f]/.test(line)) return "a control character";
  const fields = parsed(line);
  if (fields === undefined) return "not a JSON object";
  const { event, level, time } = fields;
  if (typeof event !== "string" || !isEvent(event)) return "an event that LOG.md does not have";
  const row = EVENTS[event];
  if (level !== row.level) return `level ${String(level)} where LOG.md says ${row.level}`;
  if (typeof time !== "string" || Number.isNaN(Date.parse(time))) return "no time";
  const known = new Set<string>([...ALWAYS, ...row.fields]);
  const more = Object.keys(fields).filter((name) => !known.has(name));
  return more.length === 0 ? undefined : `fields that LOG.md does not name: ${more.join(", ")}`;
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    // Reported by the caller: a line of the log that is no JSON.
    return undefined;
  }
}
