import type { Envelope } from "#shared/mail/envelope.js";
import { startSmtpServer } from "./server.ts";
import { refuse, type SmtpListenOptions, type SmtpPolicy, type SmtpServerHandle } from "./types.ts";

/** For the tests of this room: an owner that keeps messages in memory, described in dialogues/README.md. */
export interface Kept {
  readonly envelope: Envelope;
  readonly text: Buffer;
}

export interface TestServer extends SmtpServerHandle {
  readonly kept: Kept[];
  readonly events: { readonly event: string; readonly fields: Record<string, unknown> }[];
}

export async function startTestServer(
  options: Partial<SmtpListenOptions> = {},
  policy: Partial<SmtpPolicy> & { relay?: boolean } = {},
): Promise<TestServer> {
  const kept: Kept[] = [];
  const events: TestServer["events"] = [];
  const { relay = false, ...own } = policy;
  const server = await startSmtpServer(
    {
      host: "127.0.0.1",
      port: 0,
      name: "mx.example.org",
      kind: "smtp",
      maxMessage: 100_000,
      log: (event, fields) => void events.push({ event, fields }),
      ...options,
    },
    { ...memoryPolicy(kept, relay), ...own },
  );
  return { ...server, kept, events };
}

function memoryPolicy(kept: Kept[], relay: boolean): SmtpPolicy {
  return {
    connect: () => ({ allow: true, relay }),
    sender: async () => ({ ok: true }),
    recipient: async (client, _sender, recipient) => {
      if (/^(user[^@]*|postmaster)@example\.org$|^postmaster$/i.test(recipient)) return { ok: true };
      if (recipient.endsWith("@example.org")) return refuse(550, "5.1.1", "No such person here");
      return client.relay ? { ok: true } : refuse(550, "5.7.1", "Relaying denied");
    },
    message: async (_client, envelope, message) => {
      const parts: Uint8Array[] = [];
      for await (const part of message) parts.push(part);
      kept.push({ envelope, text: Buffer.concat(parts) });
      return { ok: true, text: "Kept" };
    },
    authenticate: async (login, password) => login === "user@example.org" && password === "right",
  };
}
