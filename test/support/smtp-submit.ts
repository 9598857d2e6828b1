import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";

/** What the server said, and to whom it said yes. */
export interface SubmitReply {
  /** 250: the message is the server's now. */
  readonly ok: boolean;
  /** The last reply, whatever it was to; "" when the connection ended first. */
  readonly text: string;
  /** Recipients refused at RCPT, with the reply. */
  readonly refused: readonly { readonly recipient: string; readonly text: string }[];
}

/** One message over plain SMTP on loopback, as a small client writes it. Never throws: a dead server is a reply too. */
export async function submit(
  port: number,
  from: string,
  to: readonly string[],
  message: string,
  host = "127.0.0.1",
): Promise<SubmitReply> {
  const socket = connect(port, host);
  socket.on("error", () => undefined);
  const talk = new Talk(socket);
  const refused: { recipient: string; text: string }[] = [];
  try {
    await talk.expect("2");
    await talk.say("EHLO client.example", "2");
    await talk.say(`MAIL FROM:<${from}>`, "2");
    for (const recipient of to) {
      const text = await talk.ask(`RCPT TO:<${recipient}>`);
      if (!text.startsWith("2")) refused.push({ recipient, text });
    }
    if (refused.length === to.length) return { ok: false, text: refused.at(-1)?.text ?? "", refused };
    await talk.say("DATA", "3");
    const text = await talk.ask(`${wire(message)}.`);
    return { ok: text.startsWith("250"), text, refused };
  } catch {
    // The server said no, or is gone: the last thing it said tells which.
    return { ok: false, text: talk.last, refused };
  } finally {
    socket.end("QUIT\r\n");
    socket.destroySoon();
  }
}

/** CRLF line ends, one at the end, dots stuffed (RFC 5321 §4.5.2). */
function wire(message: string): string {
  const text = message.replace(/\r?\n/g, "\r\n");
  return (text.endsWith("\r\n") ? text : `${text}\r\n`).replace(/^\./gm, "..");
}

class Talk {
  last = "";
  readonly #socket: Socket;
  readonly #lines: AsyncIterator<string>;

  constructor(socket: Socket) {
    this.#socket = socket;
    const lines = createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY });
    // It passes the socket's errors on; the iterator hears the first, and a killed server makes several.
    lines.on("error", () => undefined);
    this.#lines = lines[Symbol.asyncIterator]();
  }

  /** @throws when the reply does not begin with `digit` */
  async expect(digit: string): Promise<string> {
    let text = "";
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) {
        this.last = "";
        throw new Error("The server closed the connection");
      }
      text += text === "" ? value : `\n${value}`;
      if (/^\d{3}(?!-)/.test(value)) break;
    }
    this.last = text;
    if (digit !== "" && !text.startsWith(digit)) throw new Error(text);
    return text;
  }

  say(command: string, digit: string): Promise<string> {
    this.#socket.write(`${command}\r\n`);
    return this.expect(digit);
  }

  ask(command: string): Promise<string> {
    return this.say(command, "");
  }
}
