import { join } from "node:path";
import { takeAway } from "./kept-mail.ts";
import type { LoadOrder, LoadResult } from "./load/order.ts";
import type { MeasuredNode } from "./measured-node.ts";
import type { Postfix } from "./postfix.ts";
import { cpuMs, forgetPeak, memoryOf, treeCpuMs } from "./proc.ts";
import { runCeiling, runLoad } from "./run-worker.ts";

/** One thing that is measured, in turn with the others. */
export interface Contender {
  readonly key: "ceiling" | "qmtp" | "smtp" | "postfix" | "naive";
  readonly label: string;
  measure(seconds: number): Promise<Measured>;
}

export interface Measured {
  readonly perSecond: number;
  /** CPU time that the server used for one message, in milliseconds; absent where there is no server. */
  readonly cpuMs?: number;
  /** Most memory that was resident meanwhile, in bytes. */
  readonly peak?: number;
}

/** Messages under way at once, the same for everybody: connections by SMTP, unanswered packages by QMTP. */
export const CONCURRENCY = 20;
export const MESSAGE_BYTES = 4096;

const MAIL = { bytes: MESSAGE_BYTES, sender: "bench@sender.example" } as const;

/** Bare calls on the disk where the queues are. */
export function bareCalls(dir: string, way: "threads" | "naive"): Contender {
  const naive = way === "naive";
  let turn = 0;
  return {
    key: naive ? "naive" : "ceiling",
    label: naive ? "bare calls, synchronous, one by one" : "ceiling: bare calls on node's threads",
    measure: async (seconds) => {
      turn += 1;
      const order = { dir: join(dir, `${way}-${turn}`), way, concurrency: CONCURRENCY, seconds, bytes: MESSAGE_BYTES };
      return { perSecond: speedOf(await runCeiling(order)) };
    },
  };
}

/** The hub's front door; what it accepts waits in one office's queue. */
export function hubBy(protocol: "smtp" | "qmtp", hub: MeasuredNode, office: string, recipient: string): Contender {
  const shape =
    protocol === "smtp" ? { connections: CONCURRENCY, inFlight: 1 } : { connections: 1, inFlight: CONCURRENCY };
  const queue = join(hub.dir, "queue", "office", office, "new");
  return {
    key: protocol,
    label: protocol === "smtp" ? "hub by SMTP" : "hub by QMTP, pipelined",
    measure: async (seconds) => {
      forgetPeak(hub.pid);
      const before = cpuMs(hub.pid);
      const result = await runLoad({ ...MAIL, ...shape, protocol, port: hub.port(protocol), recipient, seconds });
      const used = cpuMs(hub.pid) - before;
      const { peak } = memoryOf(hub.pid);
      await takeAway(queue, result.accepted);
      return { perSecond: speedOf(result), cpuMs: used / result.accepted, peak };
    },
  };
}

/** The same load as the hub's, for a private Postfix that holds what it accepts. */
export function postfixBySmtp(postfix: Postfix, recipient: string): Contender {
  const order: Omit<LoadOrder, "seconds"> = {
    ...MAIL,
    protocol: "smtp",
    connections: CONCURRENCY,
    inFlight: 1,
    port: postfix.port,
    recipient,
  };
  return {
    key: "postfix",
    label: `Postfix ${postfix.version} by SMTP`,
    measure: async (seconds) => {
      const before = treeCpuMs(postfix.pid);
      const result = await runLoad({ ...order, seconds });
      const used = treeCpuMs(postfix.pid) - before;
      await takeAway(postfix.kept, result.accepted);
      return { perSecond: speedOf(result), cpuMs: used / result.accepted };
    },
  };
}

function speedOf(result: LoadResult): number {
  if (result.refused > 0) throw new Error(`Cannot measure: ${result.refused} messages were refused: ${result.refusal}`);
  return result.accepted / result.seconds;
}
