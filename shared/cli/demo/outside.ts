import { startSmtpServer } from "#shared/smtp/server.js";
import { INTERNET } from "./cast.ts";
import type { Found } from "./judge.ts";

/** The rest of the world: takes every message and keeps it in memory. Nothing leaves this machine. */
export interface Outside {
  readonly port: number;
  /** One for each recipient of each message. */
  readonly found: readonly Found[];
  close(): Promise<void>;
}

/** A demo's letters are small; somebody who tries a photo still gets it through. */
const MAX_MESSAGE = 25_000_000;
/** A demo that runs for days forgets the oldest. */
const MAX_KEPT = 500;

export async function startOutside(): Promise<Outside> {
  const found: Found[] = [];
  const server = await startSmtpServer(
    {
      host: "127.0.0.1",
      port: 0,
      name: "mx.elsewhere.example",
      kind: "smtp",
      maxMessage: MAX_MESSAGE,
      log: () => undefined,
    },
    {
      connect: () => ({ allow: true, relay: true }),
      sender: async () => ({ ok: true }),
      recipient: async () => ({ ok: true }),
      message: async (_client, envelope, message) => {
        const parts: Uint8Array[] = [];
        for await (const part of message) parts.push(part);
        const text = Buffer.concat(parts);
        for (const { address } of envelope.recipients) found.push({ where: `${INTERNET}/${address}`, text });
        found.splice(0, found.length - MAX_KEPT);
        return { ok: true };
      },
    },
  );
  return { port: server.port, found, close: () => server.close(0) };
}
