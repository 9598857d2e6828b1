import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { takeLock } from "#shared/io/lock.js";
import { recoverMemory } from "#shared/queue/recover.js";
import { openLockFile } from "#spoke/directory/open.js";
import type { Link } from "./config.ts";
import { type FlushReport, runWindow, type WindowOptions } from "./flush.ts";
import type { SpokeNode } from "./node.ts";

/** What a flush was asked for, on the command line or by the schedule. */
export interface FlushRequest {
  readonly link?: string;
  /** HOST:PORT instead of the link's address. */
  readonly connect?: string;
  readonly forMs?: number;
  readonly budget?: number;
  readonly plain?: boolean;
}

const NOTHING = { messages: 0, recipients: 0, bytes: 0 };

/** Never two flushes: the second one says who holds the link. */
export async function startFlush(
  node: SpokeNode,
  request: FlushRequest,
  signal: AbortSignal,
  onProgress?: WindowOptions["onProgress"],
): Promise<FlushReport> {
  const link = chooseLink(node, request);
  const lock = takeLock(openLockFile, node.config.dir, "flush");
  if ("heldBy" in lock) {
    node.log("flush-busy", { link: link.name, holder: lock.heldBy });
    const { messages, bytes } = await node.store.queue("outbound").summary();
    const reason = `another flush is under way: ${lock.heldBy}`;
    return {
      ended: "busy",
      reason,
      seconds: 0,
      wire: { up: 0, down: 0 },
      sent: NOTHING,
      received: NOTHING,
      left: { messages, bytes },
      failed: [],
    };
  }
  try {
    // Whoever holds this lock is the only one that takes mail from the link.
    await recoverMemory(node.directory.memory);
    const { forMs, budget, plain } = request;
    return await runWindow(node, {
      link,
      ...(forMs === undefined ? {} : { forMs }),
      ...(budget === undefined ? {} : { budget }),
      ...(plain === undefined ? {} : { plain }),
      ...(onProgress === undefined ? {} : { onProgress }),
      signal,
    });
  } finally {
    lock.release();
  }
}

function chooseLink(node: SpokeNode, { link: name, connect, plain }: FlushRequest): Link {
  const { links } = node.config;
  const chosen = name === undefined ? links[0] : links.find((link) => link.name === name);
  if (name !== undefined && chosen === undefined) {
    throw new Failure(
      EXIT.usage,
      `There is no link "${name}": spoke.toml has ${links.map((link) => link.name).join(", ") || "none"}`,
    );
  }
  if (connect === undefined) {
    if (chosen === undefined)
      throw new Failure(
        EXIT.config,
        "No link is configured: add a [[link]] to spoke.toml, or give --connect HOST:PORT",
      );
    return plain === true ? { ...chosen, connect: { ...chosen.connect, scheme: "qmtp" } } : chosen;
  }
  const match = /^(?:\w+:\/\/)?(?:\[([0-9a-f:.]+)\]|([^\s:]+)):(\d{1,5})$/i.exec(connect);
  if (match === null) throw new Failure(EXIT.usage, `Cannot connect to "${connect}": give HOST:PORT`);
  const scheme = plain === true ? "qmtp" : "tls";
  const base: Link = chosen ?? {
    name: "command-line",
    connect: { scheme, host: "", port: 0 },
    protocol: "qmtp",
    duplex: "full",
    order: "both",
    windows: [],
    listen: [],
  };
  return { ...base, connect: { scheme, host: match[1] ?? match[2] ?? "", port: Number(match[3]) } };
}
