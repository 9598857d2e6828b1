import type { Command } from "commander";
import type { TraceBook } from "#shared/queue/trace-record.js";
import { EXIT } from "./exit-codes.ts";
import { Failure } from "./failure.ts";
import { answer, dataFolder, describe, globals, type Io } from "./program.ts";
import { traceDocument, traceText } from "./show-trace.ts";

/** Opens the trace of a folder for as long as `work` takes. */
export type WithTrace = <T>(dir: string, work: (trace: TraceBook) => T) => Promise<T>;

/** An address that gets much mail: the newest are asked for. */
const MAX_SHOWN = 100;

const ABOUT = {
  hub: "what became of mail that came from an office or goes to one, as far as it is known here",
  spoke: "what became of mail, here and at headquarters",
} as const;

/** `trace WHAT` at hub and spoke. Reads only. */
export function registerTrace(parent: Command, io: Io, node: "hub" | "spoke", withTrace: WithTrace): void {
  const trace = parent
    .command("trace")
    .argument("<what>", "a mail id, a Message-ID, or an address of the envelope")
    .description(`${ABOUT[node]}; the newest ${MAX_SHOWN}, of the last 90 days at most`);
  describe(
    trace,
    [
      `qrelay ${node} trace ABCDEFGHIJKLMNOP`,
      `qrelay ${node} trace omid@example.org`,
      `qrelay ${node} trace "<20261127.1@example.org>" --json`,
    ],
    [
      [EXIT.badData, "nothing is known by that name"],
      [EXIT.config, "the configuration or the directory cannot be used"],
    ],
  );
  trace.action(async (what: string) => {
    const g = globals(trace);
    const records = await withTrace(dataFolder(io, g, node), (book) => book.find(what, MAX_SHOWN));
    if (records.length === 0) {
      throw new Failure(
        EXIT.badData,
        `Nothing is known here of "${what}": give a mail id, a Message-ID or an address; what is older than 90 days is forgotten`,
      );
    }
    answer(io, g, traceText(records, localTime), traceDocument(records));
  });
}

/** In the machine's zone, as the people there read their clock. */
function localTime(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
