/** QMTP as a plain client speaks it, and as a broken one does. */
import { connect } from "node:net";
import { packageHead, packageTail, ReplyDecoder, type ReplyLetter } from "qmtp-codec";

export function qmtpPackage(text: string, sender: string, recipients: readonly string[]): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([packageHead(bytes.length), bytes, packageTail(sender, recipients)]);
}

export interface QmtpAnswer {
  readonly letter: ReplyLetter;
  readonly text: string;
}

/** Sends these bytes, ends our side, and reads every answer until the peer has closed. */
export async function sendQmtp(port: number, bytes: Uint8Array, from = "127.0.0.1"): Promise<QmtpAnswer[]> {
  const socket = connect({ port, host: "127.0.0.1", localAddress: from });
  const answers: QmtpAnswer[] = [];
  const replies = new ReplyDecoder();
  socket.on("data", (chunk: Buffer) => {
    for (const event of replies.feed(chunk)) if (event.kind === "reply") answers.push(event);
  });
  await new Promise<void>((resolve) => {
    // A server that closes on bad bytes may reset the connection; what it answered before counts.
    socket.on("error", () => resolve());
    socket.on("close", () => resolve());
    socket.end(bytes);
  });
  return answers;
}
