import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { delivered, type Outcome } from "#shared/mail/outcome.js";
import { type IncomingPackage, type ReceiveOptions, type ReceiveReport, receivePackages } from "./receive.ts";

/** For tests: a listener whose connections are ours to drive, closed when the test ends. */
export async function listen(serve: (socket: Socket) => void): Promise<{ port: number; sockets: Set<Socket> }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as { port: number }).port, sockets };
}

export async function dial(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.on("error", () => undefined);
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  return socket;
}

/** The peer has ended its side, one way or the other. */
export function gone(socket: Socket): Promise<void> {
  socket.resume();
  return new Promise((resolve) => {
    for (const event of ["end", "close"]) socket.once(event, () => resolve());
  });
}

export interface Taken {
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly text: string;
}

export interface Receiving {
  readonly port: number;
  /** What was stored, in the order in which storing began. */
  readonly kept: Taken[];
  readonly reports: ReceiveReport[];
  readonly events: string[];
  readonly stop: AbortController;
}

/** A receiver that keeps messages in memory; `take` may do otherwise. */
export async function receiving(
  options: Partial<ReceiveOptions> = {},
  take: (taken: Taken, incoming: IncomingPackage) => Promise<readonly Outcome[]> = async ({ recipients }) =>
    recipients.map((to) => delivered(`ok ${to}`)),
): Promise<Receiving> {
  const kept: Taken[] = [];
  const reports: ReceiveReport[] = [];
  const events: string[] = [];
  const stop = new AbortController();
  const { port } = await listen((socket) => {
    void receivePackages(socket, {
      maxMessage: 1_000_000,
      partial: join(tmpdir(), "qrelay-test-partial"),
      log: (event, { text }) => void events.push(`${event}: ${text}`),
      signal: stop.signal,
      take: async (incoming) => {
        const taken = await read(incoming);
        kept.push(taken);
        return take(taken, incoming);
      },
      ...options,
    }).then((report) => reports.push(report));
  });
  return { port, kept, reports, events, stop };
}

async function read({ sender, recipients, spool }: IncomingPackage): Promise<Taken> {
  const pieces: Uint8Array[] = [];
  for await (const piece of spool.chunks()) pieces.push(piece);
  return {
    sender,
    recipients: recipients.map(({ address }) => address),
    text: Buffer.concat(pieces).toString("latin1"),
  };
}

export function netstring(text: string): string {
  return `${Buffer.byteLength(text)}:${text},`;
}

/** A package as any QMTP client writes it; `mark` is the line-end byte. */
export function packageOf(text: string, sender: string, recipients: readonly string[], mark = "\n"): string {
  return netstring(mark + text) + netstring(sender) + netstring(recipients.map(netstring).join(""));
}

/** Sends bytes, ends its side, and reads what comes until the peer ends too. */
export async function converse(port: number, bytes: string | Uint8Array, end = true): Promise<string> {
  const socket = await dial(port);
  let said = "";
  socket.on("data", (chunk) => {
    said += chunk.toString("latin1");
  });
  socket.write(bytes);
  if (end) socket.end();
  await once(socket, "end");
  socket.destroy();
  return said;
}

/** Replies out of a stream of netstrings, their letters and texts. */
export function replies(text: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < text.length; ) {
    const colon = text.indexOf(":", at);
    const length = Number(text.slice(at, colon));
    found.push(text.slice(colon + 1, colon + 1 + length));
    at = colon + 2 + length;
  }
  return found;
}
