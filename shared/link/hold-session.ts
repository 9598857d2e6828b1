import type { Duplex } from "node:stream";
import type { MaildirEntry } from "node-maildir";
import type { Outcome } from "#shared/mail/outcome.js";
import type { Engine } from "#shared/queue/engine.js";
import type { OpenEntry } from "#shared/queue/queue.js";
import type { Store } from "#shared/queue/store.js";
import { STATIC_DICTIONARY_ID } from "./encoding/static-dictionary.ts";
import { HISTORY_WINDOW } from "./history-item.ts";
import { openKept } from "./kept/open-kept.ts";
import { OutgoingMail } from "./outgoing-mail.ts";
import { CLASSES, type ParcelClass } from "./parcel.ts";
import { ParcelDoor } from "./parcel-door.ts";
import { ParcelReceiver } from "./parcel-receiver.ts";
import { ParcelSender } from "./parcel-sender.ts";
import { QueueTurn } from "./queue-turn.ts";
import { allowedOn, rank } from "./ranking.ts";
import { canGoOn } from "./receiver-context.ts";
import { runSession } from "./run-session.ts";
import { SenderContext } from "./sender-context.ts";
import type { Session } from "./session/session.ts";
import { Tallies } from "./tallies.ts";
import { DEFAULT_HELLO, type Hello } from "./wire/hello.ts";

/**
 * One session with a peer, from the stores on the disk to the report. The carrier is up, and who is at its other end is
 * known.
 */
export interface SessionNode {
  readonly dir: string;
  readonly host: string;
  readonly store: Store;
  readonly engine: Engine;
  readonly maxMessage: number;
  readonly space: () => Outcome | undefined;
  readonly log: (event: string, fields: Record<string, unknown>) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** How the line is to be used; the called side takes the dialler's word for all but its own limits. */
export interface LineSettings {
  readonly half: boolean;
  readonly order: "receive-first" | "send-first" | "both";
  /** Keep the session open when nothing is left. */
  readonly stay: boolean;
  /** Bytes of a message that may cross, and classes that may; absent: all. */
  readonly maxMessage?: number;
  readonly classes?: readonly ParcelClass[];
  /** Keep what crosses, so that what repeats it crosses in fewer bytes. */
  readonly history: boolean;
  /** Take what the mixing codec makes; default yes. It costs processor time. */
  readonly mixing?: boolean;
  /** Bytes of mail that parcels of a session build on before it begins anew; default 8 MiB. */
  readonly contextBytes?: number;
}

export interface HoldOptions {
  readonly node: SessionNode;
  /** "hub" or an office's name. */
  readonly peer: string;
  /** The queue that is emptied. */
  readonly queue: string;
  readonly carrier: { readonly stream: Duplex; wire(): { up: number; down: number } };
  readonly dialler: boolean;
  readonly line: LineSettings;
  readonly msLeft?: number;
  readonly bytesLeft?: number;
  readonly stop: AbortSignal;
  readonly abort: AbortSignal;
  readonly settle: (open: OpenEntry, outcomes: readonly Outcome[]) => Promise<void>;
  readonly beforeLook?: () => Promise<void>;
  readonly first?: (entry: MaildirEntry) => boolean;
  readonly forNode?: (content: Uint8Array) => Promise<Outcome>;
  readonly takeNames?: (content: Uint8Array) => Outcome;
  readonly takeAliases?: (content: Uint8Array) => Outcome;
  readonly receipts?: () => { readonly content: Uint8Array; confirm(): void } | undefined;
  readonly takeReceipts?: (content: Uint8Array) => Outcome;
  readonly onProgress?: (tallies: Tallies, session: Session, sender: ParcelSender) => void;
}

export interface SessionReport extends ReturnType<Tallies["report"]> {
  readonly ended: "drained" | "time" | "budget" | "stopped" | "cut";
  readonly reason?: string;
  /** What the peer has left for us, by its own word. */
  readonly peerLeft?: { readonly messages: number; readonly bytes: number };
  /** Seconds by which the peer's clock is ahead of ours. */
  readonly peerAhead?: number;
}

/** A report as the log has it. */
export function sessionFields({ ended, reason, sent, received }: SessionReport): Record<string, unknown> {
  const { failed, deferred, ...counts } = sent;
  return {
    ended,
    ...(reason === undefined ? {} : { reason }),
    sent: counts,
    received,
    deferred,
    failed: failed.length,
  };
}

export async function holdSession(options: HoldOptions): Promise<SessionReport> {
  const { node, peer, line, carrier } = options;
  const { log } = node;
  const kept = await openKept(node.dir, peer, { history: line.history ? HISTORY_WINDOW : 0, log });
  const turn = new QueueTurn(node.engine, options.queue);
  const tallies = new Tallies();
  const mail = new OutgoingMail({
    queue: node.store.queue(options.queue),
    log,
    ...(options.first === undefined ? {} : { first: options.first }),
  });
  const context = new SenderContext(kept.sent, kept.received, line.contextBytes);
  const sender = new ParcelSender({
    mail,
    outgoing: kept.outgoing,
    context,
    sent: kept.sent,
    remote: peer,
    settle: options.settle,
    beforeLook: async () => {
      await turn.take();
      await options.beforeLook?.();
    },
    allowed: allowedOn(line),
    log,
    now: () => Math.floor(node.now() / 1000),
    ...(options.receipts === undefined ? {} : { receipts: options.receipts }),
  });
  const door = new ParcelDoor({ ...doorOptions(options), link: peer });
  let onProgress = (_session: Session): void => undefined;
  try {
    const hello = helloOf(options, kept);
    onProgress = (session) => {
      if (session.idle) turn.release();
      options.onProgress?.(tallies, session, sender);
    };
    const { end, peer: said } = await runSession({
      stream: carrier.stream,
      wire: () => carrier.wire(),
      dialler: options.dialler,
      hello,
      rank,
      sender,
      receiver: (post) =>
        new ParcelReceiver({
          ...kept,
          judge: (header) => door.judge(header),
          partial: node.store.partial,
          take: async (header, content) => tallies.received(header, await door.take(header, content)),
          log,
          post,
        }),
      given: kept.given,
      ...(options.msLeft === undefined ? {} : { msLeft: options.msLeft }),
      ...(options.bytesLeft === undefined ? {} : { bytesLeft: options.bytesLeft }),
      stop: options.stop,
      abort: options.abort,
      onNewMail: (look) => onNewMail(node.store, options.queue, line.stay, look),
      onSettled: ({ open, outcomes }) => tallies.sent(open, outcomes),
      onEvent: onProgress,
    });
    if (end.kind === "drained") await kept.forgetPartial();
    return {
      ...tallies.report(),
      ended: end.kind,
      ...(end.reason === undefined ? {} : { reason: end.reason }),
      ...(end.peerLeft === undefined ? {} : { peerLeft: end.peerLeft }),
      ...(said === undefined ? {} : { peerAhead: said.time - Math.floor(node.now() / 1000) }),
    };
  } finally {
    sender.end();
    await context.close();
    await kept.close();
    turn.release();
  }
}

function doorOptions({ node, forNode, takeNames, takeAliases, takeReceipts }: HoldOptions) {
  return {
    accept: node.engine.accept,
    judge: (announced: Parameters<Engine["judge"]>[0]) => node.engine.judge(announced),
    partial: node.store.partial,
    maxMessage: node.maxMessage,
    space: node.space,
    host: node.host,
    ...(forNode === undefined ? {} : { forNode }),
    ...(takeNames === undefined ? {} : { takeNames }),
    ...(takeAliases === undefined ? {} : { takeAliases }),
    ...(takeReceipts === undefined ? {} : { takeReceipts }),
  };
}

function helloOf({ node, line, msLeft, bytesLeft }: HoldOptions, kept: Awaited<ReturnType<typeof openKept>>): Hello {
  return {
    ...DEFAULT_HELLO,
    time: Math.max(0, Math.floor(node.now() / 1000)),
    mixing: line.mixing !== false,
    zstd: true,
    stay: line.stay,
    half: line.half,
    receiveFirst: line.order === "receive-first",
    sendFirst: line.order === "send-first",
    maxMessage: line.maxMessage ?? 0,
    classes: (line.classes ?? []).reduce((bits, one) => bits + 2 ** CLASSES.indexOf(one), 0),
    msLeft: Math.max(0, Math.round(msLeft ?? 0)),
    bytesLeft: Math.max(0, Math.round(bytesLeft ?? 0)),
    held: line.history ? kept.received.tip : "",
    dictionary: STATIC_DICTIONARY_ID,
    have: kept.incoming.list((head) => canGoOn(kept, head)),
    done: kept.given.list(),
  };
}

/** On a line that stays open what the peer put off is offered again from time to time. */
const AGAIN_MS = 60_000;

function onNewMail(store: Store, queue: string, stay: boolean, look: (again: boolean) => void): () => void {
  const forget = store.onAdded((name) => {
    if (name === queue) look(false);
  });
  const timer = stay ? setInterval(() => look(true), AGAIN_MS) : undefined;
  timer?.unref();
  return () => {
    forget();
    clearInterval(timer);
  };
}
