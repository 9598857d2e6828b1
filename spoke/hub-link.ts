import type { Duplex } from "node:stream";
import { openExecCarrier } from "#shared/io/exec-carrier.js";
import { connectPsk } from "#shared/io/psk.js";
import { securePsk } from "#shared/io/secure-psk.js";
import { connectTcp } from "#shared/io/tcp-connect.js";
import { LINK_ALPN } from "#shared/link/alpn.js";
import { type HoldOptions, holdSession, type LineSettings, type SessionReport } from "#shared/link/hold-session.js";
import { parsePeople } from "#shared/link/people-update.js";
import { deferred, delivered, failed, type Outcome } from "#shared/mail/outcome.js";
import { isOldMail } from "#shared/queue/old-mail.js";
import { settle } from "#shared/queue/settle.js";
import type { Link } from "./config.ts";
import { applyPeople } from "./directory/people-update.ts";
import { takeReceipts } from "./directory/take-receipts.ts";
import { OUTBOUND, type SpokeNode } from "./node.ts";
import { pendingStatement } from "./office-statement.ts";
import { sendMailboxes } from "./send-mailboxes.ts";
import { takeNames } from "./take-names.ts";

/** The spoke's end of a link, whoever dialled. */
export interface Carrier {
  readonly stream: Duplex;
  /** Bytes on the carrier so far, TLS included. */
  wire(): { up: number; down: number };
}

const CONNECT_MS = 2 * 60_000;
/** A handshake on a line of 300 bit/s takes half a minute, behind a radio that dials for another. */
const HANDSHAKE_MS = 10 * 60_000;

/** @throws Error that names the address, or the command */
export async function dialHub(node: SpokeNode, link: Link, signal: AbortSignal): Promise<Carrier> {
  const { connect, protocol } = link;
  const tls = {
    identity: node.config.office,
    key: node.config.key,
    alpn: protocol === "qmtp" ? LINK_ALPN.qmtp : LINK_ALPN.session,
    signal,
    timeoutMs: HANDSHAKE_MS,
  };
  if (connect.scheme === "exec") {
    const { stream: carrier, wire } = openExecCarrier(connect.command);
    return { stream: await securePsk({ ...tls, carrier, where: connect.command.join(" ") }), wire };
  }
  const { host, port } = connect;
  if (connect.scheme === "tls") return connectPsk({ ...tls, host, port });
  const socket = await connectTcp({ host, port, timeoutMs: CONNECT_MS, signal });
  return { stream: socket, wire: () => ({ up: socket.bytesWritten, down: socket.bytesRead }) };
}

/** One session with the hub over a carrier. */
export async function holdWithHub(
  node: SpokeNode,
  carrier: Carrier,
  options: Pick<HoldOptions, "dialler" | "line" | "stop" | "abort" | "msLeft" | "bytesLeft" | "onProgress"> & {
    /** The link's name, for `trace`. */
    readonly via?: string;
  },
): Promise<SessionReport> {
  const { store, engine, linkPolicy, config, directory } = node;
  const { via, ...rest } = options;
  const queue = store.queue(OUTBOUND);
  let mailboxes = sendMailboxes(node);
  const context = engine.settleContext(linkPolicy, via);
  const report = await holdSession({
    node: { ...node, dir: config.dir, host: config.host, maxMessage: config.limits.message },
    peer: "hub",
    queue: OUTBOUND,
    carrier,
    settle: async (open, outcomes) => {
      await settle(context, queue, open, outcomes);
      // The next portion: a session may stay open for days.
      if (isOldMail(open.head.fields)) mailboxes = mailboxes.then(() => sendMailboxes(node));
    },
    forNode: async (content) => {
      const outcome = await takePeople(node, content);
      mailboxes = mailboxes.then(() => sendMailboxes(node));
      return outcome;
    },
    takeNames: (content) => takeNames(node, content),
    takeReceipts: (content) => takeReceipts(directory, content, node.now()),
    receipts: () => pendingStatement(node),
    ...rest,
  });
  await mailboxes;
  return report;
}

/** How the session uses this link. */
export function lineOf(link: Link, stay = false): LineSettings {
  return {
    half: link.duplex === "half",
    order: link.order,
    stay,
    history: link.history,
    ...(link.maxMessage === undefined ? {} : { maxMessage: link.maxMessage }),
    ...(link.classes === undefined ? {} : { classes: link.classes }),
  };
}

/** 10,000 people with their hashes. */
const MAX_LIST = 5_000_000;

/** The hub's list of this office's people. Durable in the directory before it is confirmed. */
async function takePeople(node: SpokeNode, content: Uint8Array): Promise<Outcome> {
  if (content.length > MAX_LIST)
    return failed("5.3.4", `this list has ${content.length} bytes, wanted at most ${MAX_LIST}`);
  const parsed = parsePeople(content);
  if ("problem" in parsed) {
    node.log("directory-update", { outcome: "refused", text: parsed.problem });
    return deferred("4.5.2", parsed.problem);
  }
  const change = applyPeople(node.directory, node.config.office, parsed.list, node.now());
  node.log("directory-update", { version: parsed.list.version, people: parsed.list.people.length, ...change });
  return delivered(change.applied ? `people of version ${parsed.list.version} taken over` : change.ignored);
}
