import { connect } from "node:net";
import { makeMessage } from "./message.ts";
import type { LoadOrder, Tally } from "./order.ts";

/**
 * One QMTP connection that does not wait for answers as long as fewer than `inFlight` messages are unanswered.
 * Resolves when the last answer has come; rejects when the server hangs up too early.
 */
export function qmtpConnection(order: LoadOrder, tally: Tally): Promise<void> {
  const qmtpPackage = encode(order);
  const socket = connect({ port: order.port, host: "127.0.0.1", noDelay: true });
  let begun = 0;
  let unanswered = 0;
  const fill = (): void => {
    while (unanswered < order.inFlight && begun !== order.messages && !tally.over) {
      begun += 1;
      unanswered += 1;
      socket.write(qmtpPackage);
    }
    if (unanswered === 0) socket.end();
  };
  let held = "";
  socket.setEncoding("latin1").on("data", (piece: string) => {
    held += piece;
    for (let reply = firstReply(held); reply !== undefined; reply = firstReply(held)) {
      held = held.slice(reply.end);
      unanswered -= 1;
      tally.count(reply.text[0] === "K", reply.text);
    }
    fill();
  });
  return new Promise((resolve, reject) => {
    socket.once("connect", fill);
    socket.once("error", reject);
    socket.once("close", () =>
      unanswered === 0 ? resolve() : reject(new Error(`The server closed with ${unanswered} messages unanswered`)),
    );
  });
}

function encode({ bytes, sender, recipient }: LoadOrder): Buffer {
  const text = Buffer.concat([Buffer.from("\n"), makeMessage(bytes)]);
  const to = netstring(Buffer.from(recipient));
  return Buffer.concat([netstring(text), netstring(Buffer.from(sender)), netstring(to)]);
}

function netstring(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length}:`), bytes, Buffer.from(",")]);
}

function firstReply(held: string): { text: string; end: number } | undefined {
  const colon = held.indexOf(":");
  if (colon < 0) return undefined;
  const end = colon + 1 + Number(held.slice(0, colon));
  return held.length > end ? { text: held.slice(colon + 1, end), end: end + 1 } : undefined;
}
