import { createServer, type Socket } from "node:net";
import type { Envelope } from "#shared/mail/envelope.js";
import type { Outcome } from "#shared/mail/outcome.js";
import { sendSmtp } from "./client.ts";
import type { SmtpTarget } from "./types.ts";

/** For the tests of the client: what to close after each test, peers made of raw bytes, and a short way to send. */
export const open: { close(): Promise<unknown> }[] = [];

export async function closeAll(): Promise<void> {
  for (const item of open.splice(0)) await item.close();
}

/** A peer made of raw bytes. */
export async function rawPeer(behave: (socket: Socket) => void): Promise<{ port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    behave(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push({
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  });
  return { port: (server.address() as { port: number }).port };
}

/** Answers each command by its verb; in DATA waits for the dot. Replies are sent as they stand. */
export function scripted(replies: Record<string, string | undefined>, seen: string[] = []): (socket: Socket) => void {
  return (socket) => {
    let text = "";
    let inData = false;
    socket.write(replies.greeting ?? "220 peer\r\n");
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      for (;;) {
        const empty = inData && text.startsWith(".\r\n");
        const end = empty ? 0 : text.indexOf(inData ? "\r\n.\r\n" : "\r\n");
        if (end < 0) return;
        const line = text.slice(0, end);
        text = text.slice(end + (empty ? 3 : inData ? 5 : 2));
        seen.push(line);
        const verb = inData ? "message" : (line.split(/[ :]/)[0] ?? "");
        const reply = replies[verb === "RCPT" && replies[line] !== undefined ? line : verb];
        inData = verb === "DATA" && (reply ?? "354").startsWith("3");
        if (reply === "drop") return void socket.destroy();
        socket.write(reply ?? (verb === "DATA" ? "354 go\r\n" : "250 fine\r\n"));
      }
    });
  };
}

export function target(port: number, more: Partial<SmtpTarget> = {}): SmtpTarget {
  return { host: "127.0.0.1", port, helo: "hub.example.org", ...more };
}

export const ENVELOPE: Envelope = { sender: "a@b.example", recipients: [{ address: "user@example.org" }] };

export function send(
  to: SmtpTarget,
  envelope: Envelope = ENVELOPE,
  text = "Subject: x\n\nhello\n",
  signal?: AbortSignal,
): Promise<Outcome[]> {
  async function* message(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(text, "latin1");
  }
  return sendSmtp(to, envelope, text.length, message, signal ?? new AbortController().signal);
}
