import type { TLSSocket } from "node:tls";
import { connectPsk, type PskConnection } from "#shared/io/psk.js";
import { connectTcp } from "#shared/io/tcp-connect.js";
import { LINK_ALPN } from "#shared/link/alpn.js";
import { drainInTurn } from "#shared/link/drain-in-turn.js";
import { receiveFromLink } from "#shared/link/link-session.js";
import { parsePeople } from "#shared/link/people-update.js";
import { deferred, delivered, failed, type Outcome } from "#shared/mail/outcome.js";
import type { IncomingPackage, ReceiveReport } from "#shared/qmtp/receive.js";
import { type SendOptions, type SendReport, sendQueue } from "#shared/qmtp/send.js";
import { settle } from "#shared/queue/settle.js";
import type { Link } from "./config.ts";
import { applyPeople } from "./directory/people-update.ts";
import { OUTBOUND, type SpokeNode } from "./node.ts";

/** The spoke's end of a link: one connection in each direction, whoever dialled. */
export interface Carrier {
  readonly stream: PskConnection["stream"] | Awaited<ReturnType<typeof connectTcp>>;
  wire(): { up: number; down: number };
}

const CONNECT_MS = 2 * 60_000;

/** @throws Error that names the address */
export async function dialHub(
  node: SpokeNode,
  connect: Link["connect"],
  alpn: string,
  signal: AbortSignal,
): Promise<Carrier> {
  const { host, port } = connect;
  if (connect.scheme === "tls") {
    return connectPsk({
      host,
      port,
      identity: node.config.office,
      key: node.config.key,
      alpn,
      signal,
      timeoutMs: CONNECT_MS,
    });
  }
  const socket = await connectTcp({ host, port, timeoutMs: CONNECT_MS, signal });
  return { stream: socket, wire: () => ({ up: socket.bytesWritten, down: socket.bytesRead }) };
}

/** Sends the outbound queue down a carrier; with `stay` also what comes later. */
export function sendOutbound(
  node: SpokeNode,
  carrier: Carrier,
  options: Pick<SendOptions, "mayStart" | "signal" | "onProgress"> & { readonly stay?: boolean; readonly via?: string },
): Promise<SendReport> {
  const { store, engine, linkPolicy, log } = node;
  const { stay, via, ...rest } = options;
  const queue = store.queue(OUTBOUND);
  const context = engine.settleContext(linkPolicy, via);
  return drainInTurn(
    node,
    OUTBOUND,
    options.signal,
    (more) =>
      sendQueue(carrier.stream, {
        queue,
        remote: "hub",
        settle: async (open, outcomes) => void (await settle(context, queue, open, outcomes)),
        log,
        ...rest,
        ...more,
      }),
    stay === true,
  );
}

/** Takes what the hub sends on a carrier. */
export function receiveInbound(node: SpokeNode, stream: TLSSocket, signal: AbortSignal): Promise<ReceiveReport> {
  const { store, engine, space, log, config } = node;
  return receiveFromLink(stream, {
    link: "hub",
    accept: engine.accept,
    partial: store.partial,
    maxMessage: config.limits.message,
    space,
    forNode: (incoming) => takeForNode(node, incoming),
    host: config.host,
    log,
    signal,
  });
}

/** The hub's list of this office's people. Durable in the directory before it is confirmed. */
async function takeForNode(node: SpokeNode, { spool }: IncomingPackage): Promise<Outcome> {
  const pieces: Uint8Array[] = [];
  if (spool.size > MAX_LIST) return failed("5.3.4", `this list has ${spool.size} bytes, wanted at most ${MAX_LIST}`);
  for await (const piece of spool.chunks()) pieces.push(piece);
  const parsed = parsePeople(Buffer.concat(pieces));
  if ("problem" in parsed) {
    node.log("directory-update", { outcome: "refused", text: parsed.problem });
    return deferred("4.5.2", parsed.problem);
  }
  const change = applyPeople(node.directory, node.config.office, parsed.list, node.now());
  node.log("directory-update", { version: parsed.list.version, people: parsed.list.people.length, ...change });
  return delivered(change.applied ? `people of version ${parsed.list.version} taken over` : change.ignored);
}

/** 10,000 people with their hashes. */
const MAX_LIST = 5_000_000;

export { LINK_ALPN };
