import type { SMTPConnection } from "smtp-server/lib/smtp-connection.js";
import type { SMTPServerDataStream } from "smtp-server/lib/types.js";
import { oneLine } from "#shared/mail/outcome.js";
import { GuardedConnection, REPLY_TEXT_LIMIT } from "./guarded-connection.ts";
import { watchProgress } from "./progress.ts";
import { type Reception, receiveMessage } from "./receive.ts";
import { envelopeOf, openTransaction, readRecipient, type Transaction } from "./transaction.ts";
import {
  type Refusal,
  refuse,
  type SmtpClientInfo,
  type SmtpListenOptions,
  type SmtpPolicy,
  type Verdict,
} from "./types.ts";

const INTERNAL = refuse(451, "4.3.0", "Internal trouble here, try again later");
/** Sendmail jokes and proxy commands of the library: not for us. */
const ALWAYS_OFF = ["XCLIENT", "XFORWARD", "WIZ", "SHELL", "KILL"];

type Done = () => void;

/** What a session is given: its server's options and owner, and what the network rules said of its address. */
export interface SessionContext {
  readonly options: SmtpListenOptions;
  readonly idleMs: number;
  readonly policy: SmtpPolicy;
  readonly admitted: { readonly relay: boolean; readonly office?: string };
}

/**
 * One client on one socket. The library greets, speaks TLS and SASL and finds the end of DATA; here stand MAIL,
 * RCPT and the message. 250 after DATA is the owner's verdict and nothing else; a crash before it leaves what the
 * owner left.
 */
export class Session extends GuardedConnection {
  readonly #context: SessionContext;
  #transaction: Transaction | undefined;
  #stopWatch: Done = () => {};

  constructor(context: SessionContext, ...library: ConstructorParameters<typeof SMTPConnection>) {
    super(...library);
    this.#context = context;
  }

  get client(): SmtpClientInfo {
    const { admitted } = this.#context;
    const login: unknown = this.session.user;
    return {
      address: this.remoteAddress,
      port: this.remotePort,
      hello: this.hostNameAppearsAs || "",
      tls: this.secure,
      relay: admitted.relay || typeof login === "string",
      ...(typeof login === "string" ? { login } : {}),
      ...(admitted.office === undefined ? {} : { office: admitted.office }),
    };
  }

  protected override facts(): ReturnType<GuardedConnection["facts"]> {
    const { kind } = this.#context.options;
    const { relay } = this.client;
    return { lenient: relay || kind === "submission", kind, authOffered: this.#authOffered, relay };
  }

  /** "Passwords without TLS": on loopback only. */
  get #authOffered(): boolean {
    const { options, policy } = this.#context;
    if (options.kind !== "submission" || policy.authenticate === undefined) return false;
    return this.secure || /^(127\.|::1$)/.test(this.remoteAddress);
  }

  override init(): void {
    super.init();
    if (!this.client.relay) this.#stopWatch = watchProgress(this, this.#context.idleMs);
  }

  override _onClose(): void {
    this.#stopWatch();
    super._onClose();
  }

  override _resetSession(): void {
    super._resetSession();
    this.#transaction = undefined;
    const noAuth = this.#authOffered ? [] : ["AUTH"];
    const noTls = this.#context.options.tls === undefined ? ["STARTTLS"] : [];
    this.session.disabledCommands = [...ALWAYS_OFF, ...noAuth, ...noTls];
  }

  override handler_MAIL(line: Buffer, done: Done): void {
    this.#answer(done, async () => {
      if (this.#transaction !== undefined) return refuse(503, "5.5.1", "MAIL was already given");
      const transaction = openTransaction(line, (sender) => this.#limitOf(sender));
      if ("ok" in transaction) return transaction;
      const verdict = await this.#context.policy.sender(this.client, transaction.sender);
      if (!verdict.ok) return verdict;
      this.#transaction = transaction;
      this.session.envelope.mailFrom = { address: transaction.sender, args: false };
      this.send(250, "2.1.0 Sender ok");
      return verdict;
    });
  }

  #limitOf(sender: string): number {
    const { options, policy } = this.#context;
    return Math.min(options.maxMessage, policy.limit?.(this.client, sender) ?? options.maxMessage);
  }

  override handler_RCPT(line: Buffer, done: Done): void {
    this.#answer(done, async () => {
      const transaction = this.#transaction;
      if (transaction === undefined) return refuse(503, "5.5.1", "MAIL is needed first");
      const recipient = readRecipient(line, transaction);
      if ("ok" in recipient) return recipient;
      const verdict = await this.#context.policy.recipient(this.client, transaction.sender, recipient.address);
      if (!verdict.ok) return verdict;
      transaction.recipients.set(recipient.address, recipient);
      // The library only looks whether this list is empty.
      this.session.envelope.rcptTo = [{ address: recipient.address, args: false }];
      this.send(250, "2.1.5 Recipient ok");
      return verdict;
    });
  }

  #answer(done: Done, decide: () => Promise<Verdict>): void {
    const settled = decide().catch((error: unknown) => this.#trouble(error));
    void settled.then((verdict) => {
      if (!verdict.ok) this.refuse(verdict);
      done();
    });
  }

  /** The library's `onData`; `reply` is called once, or never when the client is cut off in the middle of its message. */
  async receive(data: SMTPServerDataStream, reply: (error: Error | null, text?: string) => void): Promise<void> {
    const transaction = this.#transaction;
    if (transaction === undefined) throw new Error("DATA without a transaction");
    const { verdict, hangUp, ended } = await this.#reception(data, transaction);
    const words = oneLine(verdict.ok ? (verdict.text ?? "Message accepted") : verdict.text, REPLY_TEXT_LIMIT);
    // What was taken is logged by the front door, with its mail id.
    if (!verdict.ok) {
      const { code, status } = verdict;
      this.#context.options.log("smtp-refused", {
        peer: this.client.address,
        stage: "message",
        sender: transaction.sender,
        code,
        status,
        text: words,
      });
    }
    this.messageAnswered();
    if (hangUp || !ended) this.hangUpAfterReply();
    if (verdict.ok) reply(null, words);
    else if (ended) reply(Object.assign(new Error(`${verdict.status} ${words}`), { responseCode: verdict.code }));
    else this.refuse(verdict);
  }

  async #reception(data: SMTPServerDataStream, transaction: Transaction): Promise<Reception> {
    const { options, policy } = this.#context;
    const { maxMessage } = transaction;
    const client = this.client;
    const bareLineEnds = client.relay ? "keep" : "refuse";
    const rules = { bareLineEnds, maxMessage, mostMessage: options.maxMessage } as const;
    try {
      return await receiveMessage(data, rules, (text) => policy.message(client, envelopeOf(transaction), text));
    } catch (error) {
      return { verdict: this.#trouble(error), hangUp: false, ended: data.readableEnded };
    }
  }

  #trouble(error: unknown): Refusal {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#context.options.log("smtp-error", { peer: this.remoteAddress, error: text });
    return INTERNAL;
  }
}
