import type { Envelope } from "#shared/mail/envelope.js";
import type { Outcome } from "#shared/mail/outcome.js";
import { receivedLine } from "#shared/mail/received.js";
import type { Spool } from "#shared/queue/spool.js";
import { Store } from "#shared/queue/store.js";
import { UNSEEN_FIELDS } from "#shared/queue/unseen.js";
import { sendSmtp } from "#shared/smtp/client.js";
import { EXIT } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import type { LocalNode } from "./node.ts";

/** A message as read from stdin. */
export interface Injected {
  readonly id: string;
  readonly spool: Spool;
  readonly hasNul: boolean;
}

/** Where the message is now, as `--json` says it. */
export interface Handed {
  readonly id?: string;
  readonly to: readonly string[];
  readonly at: string;
}

/** On the same machine: a node that does not answer by then is not there. */
const CONNECT_MS = 5000;

/**
 * Gives the message to the node, or, when nobody answers, writes it where the node will look. Returns when it is
 * durable in one of the two places; a Failure means that for the recipients it names nobody holds it.
 */
export async function handOver(node: LocalNode, envelope: Envelope, message: Injected): Promise<Handed> {
  const outcomes = node.smtp === undefined ? [] : await overSmtp(node.smtp, node.host, envelope, message);
  const unanswered = outcomes.every(
    ({ kind, ...rest }) => kind === "deferred" && "status" in rest && rest.status === NOBODY,
  );
  if (unanswered) return intoQueue(node, envelope, message);
  const refusal = refusalOf(envelope, outcomes);
  if (refusal !== undefined) throw refusal;
  return { to: envelope.recipients.map(({ address }) => address), at: `${node.smtp?.host}:${node.smtp?.port}` };
}

/** What the client calls a session that never began (RFC 3463: no answer from host); nothing changed hands then. */
const NOBODY = "4.4.1";

function overSmtp(
  at: { host: string; port: number },
  helo: string,
  envelope: Envelope,
  { spool }: Injected,
): Promise<Outcome[]> {
  // The machine itself at the other end: encryption would protect nothing.
  const target = { ...at, helo, connectMs: CONNECT_MS, tls: "off" } as const;
  const text = async function* () {
    yield* spool.chunks();
  };
  return sendSmtp(target, envelope, spool.size, text, new AbortController().signal);
}

/** Every recipient that was not taken, with the server's words; the gravest decides the exit code. */
function refusalOf(envelope: Envelope, outcomes: readonly Outcome[]): Failure | undefined {
  const lines: string[] = [];
  let exit: 65 | 75 | 77 | undefined;
  envelope.recipients.forEach(({ address }, index) => {
    const outcome = outcomes[index];
    if (outcome === undefined || outcome.kind === "delivered") return;
    lines.push(`Cannot send to ${address}: ${outcome.text}`);
    if (outcome.kind === "deferred") exit ??= EXIT.tempFail;
    else if (exit !== EXIT.notPermitted) exit = outcome.status.startsWith("5.7.") ? EXIT.notPermitted : EXIT.badData;
  });
  if (exit === undefined) return undefined;
  const sent = outcomes.filter(({ kind }) => kind === "delivered").length;
  if (sent > 0) lines.push(`${sent} other recipients have it: do not send to them again`);
  return new Failure(exit, lines.join("\n"));
}

async function intoQueue(node: LocalNode, envelope: Envelope, { id, spool, hasNul }: Injected): Promise<Handed> {
  const where =
    node.smtp === undefined
      ? "No SMTP listener is known here"
      : `Nobody answers at ${node.smtp.host} port ${node.smtp.port}`;
  if (node.dir === undefined) {
    throw new Failure(EXIT.tempFail, `${where}, and the node's folder is not yours to write: try again when it runs`);
  }
  // It would wait here only to be refused by the first server on its way.
  if (hasNul)
    throw new Failure(
      EXIT.badData,
      "Cannot send: the message holds a NUL byte, which mail cannot carry; encode it, as an attachment is",
    );
  const store = new Store(node.dir, node.host);
  const received = receivedLine({ from: "local", by: node.host, with: "local", id, date: new Date() });
  const head = { id, born: Math.floor(Date.now() / 1000), envelope, fields: UNSEEN_FIELDS };
  try {
    await store.sorting.create();
    await store.sorting.add(head, withTop(Buffer.from(received), spool));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Failure(
      EXIT.tempFail,
      `${where}, and ${store.sorting.maildir.path} cannot be written: ${reason}; try again later`,
      { cause },
    );
  }
  return { id, to: envelope.recipients.map(({ address }) => address), at: store.sorting.maildir.path };
}

async function* withTop(top: Uint8Array, spool: Spool): AsyncGenerator<Uint8Array> {
  yield top;
  yield* spool.chunks();
}
