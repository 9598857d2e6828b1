import type { Socket } from "node:net";
import { deferred, type Outcome } from "#shared/mail/outcome.js";
import type { OpenEntry } from "#shared/queue/queue.js";
import { settle as settleEntry } from "#shared/queue/settle.js";
import { Bench } from "#shared/queue/test-bench.js";
import { type SendOptions, type SendReport, sendQueue } from "./send.ts";
import { dial, listen } from "./test-peers.ts";

/** For tests: a queue for an office that is drained into a peer of the test's making. */
export interface Draining {
  readonly bench: Bench;
  /** Recipients and outcomes of each entry that was settled. */
  readonly settled: { readonly to: string; readonly kinds: readonly string[] }[];
  readonly stop: AbortController;
  drain(options?: Partial<SendOptions>): Promise<SendReport>;
}

/** @param people one entry for each: names of its recipients, separated by blanks */
export async function draining(people: readonly string[], peer: (socket: Socket) => void): Promise<Draining> {
  const bench = await Bench.make();
  for (const names of people) {
    await add(bench, names);
    bench.now += 1000;
  }
  const settled: Draining["settled"] = [];
  const stop = new AbortController();
  const { port } = await listen(peer);
  const queue = bench.store.queue("office/herat");
  const settle = async (open: OpenEntry, outcomes: readonly Outcome[]): Promise<void> => {
    const to = open.head.envelope.recipients.map(({ address }) => address.split("@")[0]).join(" ");
    settled.push({ to, kinds: outcomes.map((one) => (one.kind === "deferred" ? one.status : one.kind)) });
    await settleEntry(bench.settleContext(), queue, open, outcomes);
  };
  return {
    bench,
    settled,
    stop,
    drain: async (options = {}) =>
      sendQueue(await dial(port), {
        queue,
        remote: "herat",
        settle,
        mayStart: () => "yes",
        log: bench.log,
        signal: stop.signal,
        ...options,
      }),
  };
}

export async function add(bench: Bench, names: string, text = "Subject: x\n\nhello\n"): Promise<void> {
  const outcomes = await bench.take(
    text,
    names.split(" ").map((name) => `${name}@herat.example.org`),
  );
  if (outcomes.some(({ kind }) => kind !== "delivered"))
    throw new Error(JSON.stringify(outcomes[0] ?? deferred("4.0.0", "?")));
}
