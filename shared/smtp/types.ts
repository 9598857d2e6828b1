import type { Envelope } from "#shared/mail/envelope.js";
import type { TlsPolicy } from "#shared/mail/tls-policy.js";

/** Who is at the other end of an SMTP session, as far as we know now. */
export interface SmtpClientInfo {
  address: string;
  port: number;
  /** What HELO or EHLO said, unproven; empty before. */
  hello: string;
  tls: boolean;
  /** Full address, after a successful AUTH. */
  login?: string;
  /** May send to the whole world from here: by the network rules or by AUTH. */
  relay: boolean;
  office?: string;
}

/** A reply that says no. `status` is an enhanced code (RFC 3463), `text` has no code of its own. */
export interface Refusal {
  ok: false;
  code: number;
  status: string;
  text: string;
}

export type Verdict = { ok: true } | Refusal;

/**
 * What the server asks its owner. Each function may throw: the client then hears `451 4.3.0` and the
 * log gets `smtp-error`; nothing crashes.
 */
export interface SmtpPolicy {
  /** Called on connect: what the network rules say of this address. Refused: 554 and close. */
  connect(address: string): { allow: boolean; relay: boolean; office?: string };
  /** May this client send from here. The null sender is ''. */
  sender(client: SmtpClientInfo, sender: string): Promise<Verdict>;
  /** Bytes that a message from this sender may have, where that is less than `maxMessage`. */
  limit?(client: SmtpClientInfo, sender: string): number | undefined;
  /** Is this recipient ours to take. Unquoted; `<postmaster>` without a domain comes as 'postmaster'. */
  recipient(client: SmtpClientInfo, sender: string, recipient: string): Promise<Verdict>;
  /**
   * The whole message: LF line ends, dots unstuffed, streamed. When it is broken off (client gone, bare line
   * end, too large, NUL, header too large) the iterator throws `SmtpDataError`: let it pass and keep nothing.
   * A refusal may come before the end; acceptance counts only when the message was read to its end.
   */
  message(
    client: SmtpClientInfo,
    envelope: Envelope,
    message: AsyncIterable<Uint8Array>,
  ): Promise<Verdict & { text?: string }>;
  /** Wrong login or password: false. Only called where AUTH is offered. */
  authenticate?(login: string, password: string): Promise<boolean>;
}

/** The events of `shared/log/events.ts` that begin with `smtp-` and `auth-`; a peer's text has its control characters removed. */
export type SmtpLog = (event: string, fields: Record<string, unknown>) => void;

export interface SmtpListenOptions {
  host: string;
  port: number;
  /** Our host name, in the banner and the EHLO reply. */
  name: string;
  kind: "smtp" | "submission";
  /** Bytes as they cross the wire, CRLF line ends. */
  maxMessage: number;
  tls?: { key: string; cert: string };
  /** Sockets of everybody together, 100. */
  maxClients?: number;
  /** Sockets of one stranger, 10. Relay clients are not counted. */
  maxPerAddress?: number;
  /** Milliseconds of silence, 5 minutes (the floor of RFC 5321 §4.5.3.2.7). */
  idleMs?: number;
  log: SmtpLog;
}

export interface SmtpServerHandle {
  host: string;
  port: number;
  connections(): number;
  /** Stops accepting, lets DATA in flight finish within `graceMs` (10 s), says 421 to the rest. */
  close(graceMs?: number): Promise<void>;
}

export interface SmtpTarget {
  host: string;
  port: number;
  helo: string;
  /** An IP address of this machine that the connection is to come from. */
  localAddress?: string;
  /** Milliseconds for the TCP connection, 30 s. */
  connectMs?: number;
  /** "opportunistic" unless it is said. */
  tls?: TlsPolicy;
  /** Authorities that "verify" trusts beside the system's, PEM. */
  ca?: string;
  /** A password goes over TLS, or to this machine itself where the policy allows plain text. */
  auth?: { user: string; pass: string };
  /** Which of our settings names this host, for words about its password and its encryption. */
  label?: string;
}

/** Thrown by the message iterator when the message cannot be had: the reply the client gets. */
export class SmtpDataError extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal, options?: ErrorOptions) {
    super(`${refusal.code} ${refusal.status} ${refusal.text}`, options);
    this.name = "SmtpDataError";
    this.refusal = refusal;
  }
}

export function refuse(code: number, status: string, text: string): Refusal {
  return { ok: false, code, status, text };
}
