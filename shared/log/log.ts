import type { Writable } from "node:stream";
import { pino, stdTimeFunctions } from "pino";
import { EVENTS, isEvent, type Level } from "./events.ts";
import { safeFields } from "./safe-fields.ts";
import { stderrLines, writableLines } from "./write-lines.ts";

/** What the rooms take: one event of the table in events.ts, with its fields. */
export type LogEvent = (event: string, fields: Record<string, unknown>) => void;

export interface Log {
  /** Writes one line; never throws (but see `strict`) and never waits. May be handed on alone. */
  readonly event: (name: string, fields?: Record<string, unknown>) => void;
}

export interface LogOptions {
  readonly level: Level;
  /** Where the lines go; stderr when absent. */
  readonly destination?: Writable;
  /** Throw on an event that the table does not know; on in tests, so that none goes undocumented. */
  readonly strict?: boolean;
}

/** The node's log. The mail goes on when it cannot be written: lines are lost, then counted in `log-dropped`. */
export function createLog(options: LogOptions): Log {
  const strict = options.strict ?? process.env.VITEST !== undefined;
  const destination = options.destination === undefined ? stderrLines() : writableLines(options.destination);
  const logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => destination.write(line) },
  );
  const write = (level: Level, event: string, fields: Record<string, unknown>) => {
    const dropped = destination.takeDropped();
    if (dropped > 0) logger.warn({ event: "log-dropped", lines: dropped });
    logger[level]({ event, ...safeFields(fields) });
  };
  return {
    event(name, fields = {}) {
      if (!isEvent(name) && strict) throw new Error(`Unknown log event "${name}": add a row to shared/log/events.ts`);
      write(isEvent(name) ? EVENTS[name].level : "warn", name, fields);
    },
  };
}
