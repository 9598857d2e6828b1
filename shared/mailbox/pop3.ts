import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type TlsKeys, tlsContext } from "#shared/io/start-tls.js";
import { listenTcp } from "#shared/io/tcp-listen.js";
import { Pop3Connection, type Pop3House, type Pop3Store } from "./pop3-connection.ts";
import { KnownSizes } from "./pop3-mailbox.ts";

export type { Pop3Store } from "./pop3-connection.ts";

export interface Pop3Options {
  readonly host: string;
  readonly port: number;
  /** Our name, for the greeting. */
  readonly name: string;
  /** With it clients may use STLS; without it only clients on this machine can log in. */
  readonly tls?: TlsKeys;
  readonly log: (event: string, fields: Record<string, unknown>) => void;
  /** Connections at once, default 50: an office has fewer people, and each costs some hundred KB. */
  readonly maxClients?: number;
  /** Silence that ends a connection, default 10 minutes, the least that RFC 1939 §3 allows. */
  readonly idleMs?: number;
}

export interface Pop3Server {
  readonly host: string;
  readonly port: number;
  /** Stops listening, ends idle sessions at once and the others after their command, at the latest after `graceMs`. */
  close(graceMs?: number): Promise<void>;
}

const MAX_CLIENTS = 50;
const IDLE_MS = 10 * 60_000;
const GRACE_MS = 5000;

/** Serves mailboxes by POP3. Throws when the address or the key cannot be used, with the cure. */
export async function startPop3Server(options: Pop3Options, store: Pop3Store): Promise<Pop3Server> {
  const house: Pop3House = {
    name: options.name,
    store,
    tls: options.tls === undefined ? undefined : tlsContext(options.tls),
    idleMs: options.idleMs ?? IDLE_MS,
    log: options.log,
    inUse: new Set(),
    sizes: new KnownSizes(),
  };
  const connections = new Map<Pop3Connection, Promise<void>>();
  const listener = await listenTcp(options, (socket) => {
    if (connections.size >= (options.maxClients ?? MAX_CLIENTS)) return turnAway(socket);
    const connection = new Pop3Connection(socket, house);
    const over = connection.run().finally(() => connections.delete(connection));
    connections.set(connection, over);
  });
  return {
    host: listener.host,
    port: listener.port,
    close: async (graceMs = GRACE_MS) => {
      const closed = listener.close();
      for (const connection of connections.keys()) connection.stop();
      await Promise.race([Promise.all(connections.values()), sleep(graceMs, undefined, { ref: false })]);
      for (const connection of connections.keys()) connection.destroy();
      await Promise.all(connections.values());
      await closed;
    },
  };
}

function turnAway(socket: Socket): void {
  // It may be gone already; nobody is left to be told.
  socket.on("error", () => undefined);
  socket.end("-ERR [SYS/TEMP] Too many connections, try again later\r\n", () => socket.destroy());
}
