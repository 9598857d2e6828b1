import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";

export interface SunkMessage {
  readonly from: string;
  readonly to: readonly string[];
  /** LF line ends, dots unstuffed. */
  readonly text: string;
}

export interface Sink {
  readonly port: number;
  /** What it has taken, oldest first. */
  readonly messages: readonly SunkMessage[];
  close(): Promise<void>;
}

/**
 * A stand-in for the Internet: takes all mail over SMTP. A recipient whose local part begins with `refuse`
 * is refused for good (550), one that begins with `later` for now (450).
 */
export async function startSink(): Promise<Sink> {
  const messages: SunkMessage[] = [];
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => open.delete(socket));
    // A client that was killed resets the connection; what it had handed over counts.
    serve(socket, messages).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    messages,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

async function serve(socket: Socket, messages: SunkMessage[]): Promise<void> {
  const say = (line: string): void => void socket.write(`${line}\r\n`);
  let from = "";
  let to: string[] = [];
  let data: string[] | undefined;
  say("220 sink.example ESMTP");
  const lines = createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY });
  lines.on("error", () => undefined); // readline passes the socket's errors on, again and again
  for await (const line of lines) {
    if (data !== undefined) {
      if (line !== ".") {
        data.push(line.replace(/^\./, ""));
        continue;
      }
      messages.push({ from, to, text: `${data.join("\n")}\n` });
      data = undefined;
      say("250 2.0.0 taken");
      continue;
    }
    const address = /<(.*)>/.exec(line)?.[1] ?? "";
    switch (line.slice(0, 4).toUpperCase()) {
      case "MAIL":
        from = address;
        to = [];
        say("250 2.1.0 ok");
        break;
      case "RCPT":
        if (address.startsWith("refuse")) say("550 5.1.1 nobody of that name here");
        else if (address.startsWith("later")) say("450 4.2.1 not now");
        else {
          to.push(address);
          say("250 2.1.5 ok");
        }
        break;
      case "DATA":
        data = to.length === 0 ? undefined : [];
        say(to.length === 0 ? "554 5.5.1 no valid recipients" : "354 go on");
        break;
      case "QUIT":
        say("221 2.0.0 bye");
        socket.end();
        return;
      case "EHLO":
        say("250-sink.example");
        say("250 8BITMIME");
        break;
      default:
        say("250 2.0.0 ok");
    }
  }
}
