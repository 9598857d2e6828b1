import type { NodeConfig } from "#shared/config/node-config.js";
import { type ProgramLimits, plainCommand, runProgram } from "#shared/io/run-program.js";
import { headerSafe } from "#shared/mail/header-text.js";
import { oneLine } from "#shared/mail/outcome.js";
import type { Arrival } from "./arrival.ts";
import { isHard, STOP } from "./exit-code.ts";
import { TRACE_ROOM } from "./policies.ts";
import { Spool } from "./spool.ts";

/**
 * The filter: the administrator's program that sees every message before it is taken (what wrappers around qmail-queue
 * were for). Nothing is durable and nothing was promised while it runs; a crash leaves nothing, and the peer still has
 * the message. What it does not clearly say is a deferral.
 */
export type Filter = (arrival: Arrival) => Promise<Filtered>;

export type Filtered =
  | { readonly kind: "taken" }
  /** Another message in its place; discard the spool. */
  | { readonly kind: "replaced"; readonly spool: Spool }
  | { readonly kind: "refused"; readonly text: string }
  | { readonly kind: "deferred"; readonly text: string };

export interface FilterOptions {
  /** The program and its arguments; no shell reads them. */
  readonly words: readonly string[];
  readonly timeoutMs: number;
  /** Asked at each run, for it may not be there. Throws when it is not. */
  readonly account: () => ProgramLimits["account"];
  /** Bytes of a message that the node takes; a filter may add a little to one at the limit. */
  readonly maxMessage: number;
  /** The node's partial/ folder. */
  readonly partial: string;
  readonly signal: AbortSignal;
}

/** Filters at once: each is a process, and a hundred connections may ask together. The others wait, no longer than one may run. */
const AT_ONCE = 10;
/** Linux takes 128 KB for one variable and would not start a program with more. */
const MAX_LISTED = 100_000;
/** Characters; no address here is longer. */
const MAX_ADDRESS = 999;
/** The system's own places; nothing of the node's environment is handed on. */
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What the engine is given: nothing where no filter is configured. @param account as whom it runs; our own without */
export function filterOption(
  { filter, limits }: Pick<NodeConfig, "filter" | "limits">,
  partial: string,
  account: (filter: NonNullable<NodeConfig["filter"]>) => ProgramLimits["account"] = () => undefined,
): { makeFilter?: (signal: AbortSignal) => Filter } {
  if (filter === undefined) return {};
  const { words, timeoutMs } = filter;
  const common = { words, timeoutMs, account: () => account(filter), maxMessage: limits.message, partial };
  return { makeFilter: (signal) => createFilter({ ...common, signal }) };
}

export function createFilter(options: FilterOptions): Filter {
  const places = new Places(AT_ONCE);
  return async (arrival) => {
    if (!(await places.take(options.timeoutMs, options.signal))) return later("it is busy with other messages");
    try {
      return await runFilter(options, arrival);
    } catch (error) {
      return later(error instanceof Error ? error.message : String(error));
    } finally {
      places.give();
    }
  };
}

async function runFilter(options: FilterOptions, arrival: Arrival): Promise<Filtered> {
  const { words, timeoutMs, maxMessage, signal } = options;
  const account = options.account();
  const spool = new Spool(options.partial);
  let kept = false;
  try {
    const output = async (piece: Uint8Array): Promise<boolean> => {
      if (spool.size + piece.length > maxMessage + TRACE_ROOM) return false;
      await spool.write(piece);
      return true;
    };
    const mail = { env: filterEnvironment(arrival), input: piecesOf(arrival.spool), output };
    const end = await runProgram(plainCommand(words), mail, { timeoutMs, ...(account && { account }) }, signal);
    if (signal.aborted) return later("this node is stopping");
    if (end.kind === "late") return later(`it took longer than ${timeoutMs / 1000} s`);
    if (end.kind === "killed") return later(`it ended with ${end.by}`);
    if (end.kind !== "ended") return later(end.text);
    if (end.code === 0) return { kind: "taken" };
    if (end.code === STOP) {
      const problem = replacementProblem(spool, end.cut, maxMessage + TRACE_ROOM);
      if (problem !== undefined) return later(`what it gave for the message ${problem}`);
      kept = true;
      return { kind: "replaced", spool };
    }
    const said = oneLine(await wordsOf(spool, end.said));
    if (isHard(end.code)) return { kind: "refused", text: said || "refused by the filter of this node" };
    return later(said || `it ended with ${end.code}`);
  } finally {
    if (!kept) await spool.discard();
  }
}

function later(why: string): Filtered {
  return { kind: "deferred", text: oneLine(`the filter cannot judge this message now: ${why}`) };
}

function replacementProblem(spool: Spool, cut: boolean, maxMessage: number): string | undefined {
  if (cut) return `did not end, or is longer than ${maxMessage} bytes`;
  if (spool.size === 0) return "is empty";
  spool.scanner.end();
  if (spool.scanner.problem !== undefined) return "has too large a header";
  return spool.scanner.bytes === 0 ? "does not begin with a header" : undefined;
}

/** People's words: from stderr or, where it says nothing, from the beginning of stdout. */
async function wordsOf(spool: Spool, said: string): Promise<string> {
  if (said.trim() !== "") return said;
  for await (const piece of spool.chunks()) return Buffer.from(piece.subarray(0, MOST_WORDS)).toString("utf8");
  return "";
}

const MOST_WORDS = 2000;

/** Values are what strangers wrote: control characters are taken out, so that one line is one recipient. */
export function filterEnvironment({ envelope, entrance, peer }: Arrival): Record<string, string> {
  const listed: string[] = [];
  let bytes = 0;
  for (const { address } of envelope.recipients) {
    const text = headerSafe(address, MAX_ADDRESS);
    bytes += Buffer.byteLength(text) + 1;
    if (bytes > MAX_LISTED) break;
    listed.push(text);
  }
  return {
    PATH,
    HOME: "/",
    SENDER: headerSafe(envelope.sender, MAX_ADDRESS),
    RECIPIENTS: listed.join("\n"),
    RECIPIENTS_LEFT_OUT: `${envelope.recipients.length - listed.length}`,
    CLIENT: headerSafe(peer.address ?? ""),
    ACCOUNT: headerSafe(entrance?.account ?? "", MAX_ADDRESS),
    LISTENER: entrance?.listener ?? "",
  };
}

async function* piecesOf(spool: Spool): AsyncGenerator<Uint8Array> {
  yield* spool.chunks();
}

/** So many at once; who comes later waits in line. */
class Places {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(free: number) {
    this.#free = free;
  }

  /** @returns false when none came free in time */
  async take(patienceMs: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    if (this.#free > 0) {
      this.#free -= 1;
      return true;
    }
    return new Promise((resolve) => {
      const end = (taken: boolean): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", onStop);
        this.#waiting.delete(onPlace);
        resolve(taken);
      };
      const onPlace = (): void => end(true);
      const onStop = (): void => end(false);
      const timer = setTimeout(onStop, patienceMs);
      signal.addEventListener("abort", onStop, { once: true });
      this.#waiting.add(onPlace);
    });
  }

  give(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#free += 1;
    else next();
  }
}
