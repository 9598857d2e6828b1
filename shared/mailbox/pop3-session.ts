import { type OpenBox, type Pop3Message, TRANSACTION_COMMANDS } from "./pop3-transaction.ts";

/** What the shell does next. Texts are answers without their last line end. After a hang-up nothing more is asked. */
export type Pop3Step =
  | { readonly do: "reply"; readonly text: string; readonly pauseMs?: number }
  | { readonly do: "hang-up"; readonly text: string; readonly pauseMs?: number }
  /** Check the password and open the mailbox, then call `opened` or `refused`. */
  | { readonly do: "open"; readonly login: string; readonly password: string }
  /** Send the text and the message, or of its body only so many lines. */
  | { readonly do: "send"; readonly index: number; readonly text: string; readonly bodyLines?: number }
  /** Send the text, forget what the client sent beyond STLS, shake hands, then call `secured`. */
  | { readonly do: "start-tls"; readonly text: string }
  /** Remove these messages durably, then call `removed`. */
  | { readonly do: "remove"; readonly indexes: readonly number[] };

export type Refusal = "password" | "in-use" | "trouble";

export interface Pop3Peer {
  /** Our name, for the greeting. */
  readonly name: string;
  /** TLS can be had. */
  readonly canSecure: boolean;
  /** Passwords may cross the line as it is: it is a loopback line. */
  readonly isLoopback: boolean;
}

type State =
  | { readonly name: "authorization"; readonly login: string | undefined }
  | { readonly name: "transaction"; readonly box: OpenBox };

/** Wrong passwords before we hang up. People mistype two or three times; programs that guess must come back. */
const MAX_WRONG_PASSWORDS = 5;
/** Each wrong one costs the client this long. */
const WRONG_PASSWORD_MS = 1000;
/** Lines that make no sense before we hang up: this is no POP3 client. */
const MAX_FAULTS = 20;

/** The protocol of one POP3 connection (RFC 1939, 2449, 2595, 3206): lines in, steps out, no waiting, no disk. */
export class Pop3Session {
  readonly #peer: Pop3Peer;
  #state: State = { name: "authorization", login: undefined };
  #secure: boolean = false;
  #wrongPasswords = 0;
  #faults = 0;

  constructor(peer: Pop3Peer) {
    this.#peer = peer;
  }

  greeting(): string {
    return `+OK ${this.#peer.name} POP3 ready`;
  }

  /** A line from the client; undefined for one that was too long. */
  receive(line: string | undefined): Pop3Step {
    if (line === undefined) return this.#fault("Line too long");
    const [, verb = "", argument = ""] = /^([A-Za-z]+)(?: (.*))?$/.exec(line) ?? [];
    const command = verb.toUpperCase();
    if (command === "CAPA" && argument === "") return this.#capabilities();
    if (command === "QUIT" && argument === "") return this.#quit();
    if (this.#state.name === "authorization") return this.#authorize(this.#state.login, command, argument);
    return this.#transact(this.#state.box, command, argument);
  }

  opened(messages: readonly Pop3Message[]): Pop3Step {
    this.#state = { name: "transaction", box: { messages, deleted: new Set() } };
    return { do: "reply", text: `+OK ${messages.length} messages` };
  }

  refused(reason: Refusal): Pop3Step {
    this.#state = { name: "authorization", login: undefined };
    if (reason === "in-use") return err("[IN-USE] Another program is reading this mailbox, try again later");
    if (reason === "trouble") return err("[SYS/TEMP] The mailbox cannot be opened now, try again later");
    const last = ++this.#wrongPasswords >= MAX_WRONG_PASSWORDS;
    const text = "-ERR [AUTH] Wrong name or password";
    return { do: last ? "hang-up" : "reply", text, pauseMs: WRONG_PASSWORD_MS };
  }

  /** What was said before the handshake could have been anyone's (RFC 2595 §4): only the faults are remembered. */
  secured(): void {
    this.#secure = true;
    this.#state = { name: "authorization", login: undefined };
  }

  removed(failures: number): Pop3Step {
    if (failures === 0) return { do: "hang-up", text: "+OK Bye" };
    return { do: "hang-up", text: `-ERR [SYS/TEMP] ${failures} messages could not be deleted` };
  }

  #authorize(login: string | undefined, command: string, argument: string): Pop3Step {
    if (command === "STLS" && argument === "") return this.#startTls();
    if (command !== "USER" && command !== "PASS") return this.#unknown(command, "log in first");
    if (!this.#passwordsAllowed()) return err("[AUTH] Passwords are taken over TLS only, use STLS first");
    if (argument === "" || argument.includes("\0")) return this.#fault(`${command} needs an argument`);
    if (command === "USER") {
      this.#state = { name: "authorization", login: argument };
      return { do: "reply", text: "+OK Now the password" };
    }
    if (login === undefined) return this.#fault("USER comes first");
    return { do: "open", login, password: argument };
  }

  #transact(box: OpenBox, command: string, argument: string): Pop3Step {
    const run = Object.hasOwn(TRANSACTION_COMMANDS, command) ? TRANSACTION_COMMANDS[command] : undefined;
    if (run === undefined) return this.#unknown(command, "you are logged in");
    return run(box, argument === "" ? [] : argument.split(" ")) ?? this.#fault(`Wrong arguments for ${command}`);
  }

  #quit(): Pop3Step {
    if (this.#state.name === "authorization") return { do: "hang-up", text: "+OK Bye" };
    return { do: "remove", indexes: [...this.#state.box.deleted] };
  }

  #startTls(): Pop3Step {
    if (!this.#peer.canSecure || this.#secure) return this.#fault("STLS is not possible");
    return { do: "start-tls", text: "+OK Begin TLS" };
  }

  #capabilities(): Pop3Step {
    const words = ["TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "EXPIRE NEVER"];
    if (this.#passwordsAllowed()) words.push("USER");
    if (this.#peer.canSecure && !this.#secure && this.#state.name === "authorization") words.push("STLS");
    return { do: "reply", text: `+OK Capabilities\r\n${words.join("\r\n")}\r\n.` };
  }

  #passwordsAllowed(): boolean {
    return this.#secure || this.#peer.isLoopback;
  }

  #unknown(command: string, state: string): Pop3Step {
    const known = Object.hasOwn(TRANSACTION_COMMANDS, command) || ["USER", "PASS", "STLS"].includes(command);
    return this.#fault(known ? `Not now: ${state}` : "Unknown command");
  }

  #fault(text: string): Pop3Step {
    return { do: ++this.#faults > MAX_FAULTS ? "hang-up" : "reply", text: `-ERR ${text}` };
  }
}

function err(text: string): Pop3Step {
  return { do: "reply", text: `-ERR ${text}` };
}
