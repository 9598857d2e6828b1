/** A connection written by hand: for what an honest client never says. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface Wire {
  readonly socket: Socket;
  /** All that came so far, as latin1. */
  readonly heard: () => string;
  /** Sends and waits for an SMTP reply that has not been waited for: its last line. "" when the peer has closed. */
  ask(text: string): Promise<string>;
  /** The next reply, without saying anything. */
  reply(): Promise<string>;
  /** Resolves when the peer has closed. */
  readonly closed: Promise<unknown>;
  close(): void;
}

/** @param from the address of ours to call from; 127.0.0.0/8 is all ours */
export async function openWire(port: number, from = "127.0.0.1"): Promise<Wire> {
  const socket = connect({ port, host: "127.0.0.1", localAddress: from });
  socket.on("error", () => undefined);
  const closed = once(socket, "close");
  let heard = "";
  let read = 0;
  let wake: () => void = () => undefined;
  socket.on("data", (chunk: Buffer) => {
    heard += chunk.toString("latin1");
    wake();
  });
  socket.once("close", () => wake());
  const reply = async (): Promise<string> => {
    for (;;) {
      const end = /^\d{3} [^\n]*\n/m.exec(heard.slice(read));
      if (end !== null) {
        read += end.index + end[0].length;
        return end[0].trim();
      }
      if (socket.destroyed) return "";
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  await once(socket, "connect");
  return {
    socket,
    closed,
    heard: () => heard,
    reply,
    ask: (text) => {
      socket.write(text, "latin1");
      return reply();
    },
    close: () => void socket.destroy(),
  };
}

/** One SMTP session: each command's reply, in order, the greeting left out. */
export async function smtpSession(port: number, commands: readonly string[], from?: string): Promise<string[]> {
  const wire = await openWire(port, from);
  await wire.reply();
  const replies: string[] = [];
  for (const command of commands) replies.push(await wire.ask(`${command}\r\n`));
  wire.close();
  return replies;
}
