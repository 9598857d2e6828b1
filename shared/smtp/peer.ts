import type { Socket } from "node:net";
import SMTPConnection, { type SMTPConnectionOptions } from "nodemailer/lib/smtp-connection";

/**
 * What the library does not let its callers do, reached by its inner names (nodemailer 10.6.0; pinned, and the
 * tests beside this file fail when they change): see every byte before it is kept, see each reply to RCPT, and
 * give each recipient its own DSN parameters (the library has one set for all).
 */
interface Inner {
  _onData(chunk: Buffer): void;
  _onError(error: Error, type: string, data: string | false, command: string): void;
  _sendCommand(command: string, forLog?: string): void;
  _actionMAIL(reply: string, callback: unknown): void;
  _actionRCPT(reply: string, callback: unknown): void;
  _actionDATA(reply: string, callback: unknown): void;
  _actionSMTPStream(reply: string, callback: unknown): void;
  _supportedExtensions: readonly string[];
  _responseActions: ((reply: string) => void)[];
}

const Library = SMTPConnection as unknown as new (options: SMTPConnectionOptions) => SMTPConnection & Inner;

/** All replies of one session: 1,000 recipients with 512 bytes each, and the certificates. */
const MAX_SESSION_BYTES = 1024 * 1024;
const TOO_MUCH = `Peer sent more than ${MAX_SESSION_BYTES} bytes of replies`;
/** One reply: 100 lines of 512 bytes (RFC 5321 §4.5.3.1.5). */
export const MAX_REPLY_BYTES = 100 * 512;

/** Parameters to add to MAIL, and to each RCPT in order, each with its leading space. */
export interface ExtraParameters {
  readonly mail: string;
  readonly rcpt: readonly string[];
}

export class Peer extends Library {
  /** The replies so far: `rcpt` in the order of the recipients; `data` only when DATA was refused. */
  readonly replies: { mail?: string; rcpt: string[]; data?: string; message?: string } = { rcpt: [] };
  extra: ExtraParameters = { mail: "", rcpt: [] };
  #received = 0;
  #rcptSent = 0;

  constructor(options: SMTPConnectionOptions & { connection: Socket }) {
    super({ ...options, maxResponseSize: MAX_REPLY_BYTES });
  }

  offers(extension: string): boolean {
    return this._supportedExtensions.includes(extension);
  }

  /** The null sender and one recipient, no message; `replies` has what was said. The library knows transactions to their end only. */
  ask(recipient: string, done: () => void): void {
    this._responseActions.push((reply) => {
      this.replies.mail = reply;
      if (!reply.startsWith("2")) return done();
      this._responseActions.push((answer) => {
        this.replies.rcpt.push(answer);
        done();
      });
      this._sendCommand(`RCPT TO:<${recipient}>`);
    });
    this._sendCommand(`MAIL FROM:<>${/[^ -~]/.test(recipient) ? " SMTPUTF8" : ""}`);
  }

  /** Every byte of the peer comes here, plain or from TLS. A flood of short replies passes the library's own cap. */
  override _onData(chunk: Buffer): void {
    this.#received += chunk.length;
    if (this.#received <= MAX_SESSION_BYTES) super._onData(chunk);
    else this._onError(new Error(TOO_MUCH), "EPROTOCOL", false, "CONN");
  }

  override _sendCommand(command: string, forLog?: string): void {
    super._sendCommand(command + this.#extraFor(command), forLog);
  }

  #extraFor(command: string): string {
    if (command.startsWith("MAIL FROM:")) return this.extra.mail;
    if (!command.startsWith("RCPT TO:")) return "";
    this.#rcptSent += 1;
    return this.extra.rcpt[this.#rcptSent - 1] ?? "";
  }

  override _actionMAIL(reply: string, callback: unknown): void {
    this.replies.mail = reply;
    super._actionMAIL(reply, callback);
  }

  override _actionRCPT(reply: string, callback: unknown): void {
    this.replies.rcpt.push(reply);
    super._actionRCPT(reply, callback);
  }

  override _actionDATA(reply: string, callback: unknown): void {
    this.replies.data = reply;
    super._actionDATA(reply, callback);
  }

  override _actionSMTPStream(reply: string, callback: unknown): void {
    this.replies.message = reply;
    super._actionSMTPStream(reply, callback);
  }
}
