import { join } from "node:path";
import { connectPsk, listenPsk } from "#shared/io/psk.js";
import { connectTcp } from "#shared/io/tcp-connect.js";
import { ALL_ALPN, LINK_ALPN } from "#shared/link/alpn.js";
import type { LineSettings, SessionReport } from "#shared/link/hold-session.js";
import { sendQueue } from "#shared/qmtp/send.js";
import { serveQmtp } from "#shared/qmtp/serve.js";
import { settle } from "#shared/queue/settle.js";
import { holdWithHub } from "#spoke/hub-link.js";
import { FULL_LINE, nodePair } from "../../support/node-pair.ts";
import { maildir } from "../../support/read-mailbox.ts";
import type { SampleMessage } from "../sample-mail/letter.ts";

/** A hub and a spoke of which both listen on loopback: the session for one, plain QMTP for the other. */
export interface LinkScene {
  readonly linkPort: number;
  readonly qmtpPort: number;
  /** Puts mail for the office into the hub's queue. */
  fill(mail: readonly SampleMessage[]): Promise<void>;
  /** One session through `port`; ends with the line, the time or the queue. */
  session(
    port: number,
    line: Partial<LineSettings>,
    ms?: number,
  ): Promise<SessionReport & { wire: { up: number; down: number } }>;
  /** The same mail by plain QMTP, from the hub to the office. */
  plain(port: number, ms?: number): Promise<{ messages: number; bytes: number; wire: number }>;
  waiting(): Promise<{ messages: number; bytes: number }>;
  /** What lies in the office's mailbox: each message once, however often it came. */
  delivered(): Promise<{ messages: number; bytes: number; doubled: number }>;
  empty(): Promise<void>;
  close(): Promise<void>;
}

const LOOPBACK = "127.0.0.1";
const POLICY = { lifetime: 90 * 86_400, delayNotice: 90 * 86_400, step: 20 };
const HANDSHAKE_MS = 600_000;

export async function linkScene(): Promise<LinkScene> {
  const nodes = await nodePair();
  const { hub, spoke } = nodes;
  const link = await listenPsk({
    host: LOOPBACK,
    port: 0,
    keyOf: (identity) => hub.links.keyOf(identity),
    alpn: ALL_ALPN,
    onConnection: (connection) => void hub.links.serve(connection),
    onRefused: () => undefined,
  });
  const qmtp = await serveQmtp({
    host: LOOPBACK,
    port: 0,
    rules: spoke.config.qmtpRules,
    accept: spoke.engine.accept,
    partial: spoke.store.partial,
    maxMessage: spoke.config.limits.message,
    maxClients: 100,
    space: () => undefined,
    log: () => undefined,
  });
  const queue = hub.store.queue("office/herat");

  return {
    linkPort: link.port,
    qmtpPort: qmtp.port,
    fill: async (mail) => {
      for (const { text } of mail) await nodes.down(text.toString("latin1"));
    },
    session: async (port, line, ms) => {
      const signal = new AbortController().signal;
      const began = performance.now();
      const carrier = await connectPsk({
        host: LOOPBACK,
        port,
        identity: "herat",
        key: Buffer.alloc(32, 7),
        alpn: LINK_ALPN.session,
        signal,
        timeoutMs: HANDSHAKE_MS,
      });
      const report = await holdWithHub(spoke, carrier, {
        dialler: true,
        line: { ...FULL_LINE, ...line },
        stop: signal,
        abort: signal,
        // As a flush counts: the window began with the dialling.
        ...(ms === undefined ? {} : { msLeft: Math.max(1, ms - (performance.now() - began)) }),
      });
      return { ...report, wire: carrier.wire() };
    },
    plain: async (port, ms) => {
      const stop = new AbortController();
      const timer = ms === undefined ? undefined : setTimeout(() => stop.abort(), ms);
      const { signal } = stop;
      const stream = await connectTcp({ host: LOOPBACK, port, timeoutMs: HANDSHAKE_MS, signal });
      const context = hub.engine.settleContext(POLICY);
      const report = await sendQueue(stream, {
        queue,
        remote: "herat",
        mayStart: () => "yes",
        settle: async (open, outcomes) => void (await settle(context, queue, open, outcomes)),
        log: () => undefined,
        signal,
      });
      clearTimeout(timer);
      const wire = stream.bytesWritten + stream.bytesRead;
      stream.destroy();
      return { messages: report.messages, bytes: report.bytes, wire };
    },
    waiting: () => queue.summary(),
    delivered: async () => {
      const found = await maildir(join(spoke.store.dir, "mailboxes", "holly", "Maildir"));
      const sizes = new Map(
        found.map((one) => [`${one.header("message-id")}${one.header("subject")}`, one.body.length + one.head.length]),
      );
      const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
      return { messages: sizes.size, bytes, doubled: found.length - sizes.size };
    },
    empty: async () => {
      for (const entry of await queue.list()) await queue.remove(entry);
    },
    close: async () => {
      await link.close();
      await qmtp.close();
      await nodes.close();
    },
  };
}
