import { constants } from "node:crypto";
import { createConnection, type Server, type Socket } from "node:net";
import tls from "node:tls";
import { KEEP_ALIVE_MS, PSK_TLS } from "./psk-common.ts";
import { securePsk } from "./secure-psk.ts";

/**
 * The link's carrier: TLS 1.3 with an external pre-shared key and nothing else. Identity is the office's name.
 * One round trip, a few hundred bytes, forward secrecy (psk_dhe_ke), no certificate and hence no clock.
 */
export interface PskConnectOptions {
  readonly host: string;
  readonly port: number;
  /** Office name. */
  readonly identity: string;
  /** 32 bytes from enrolment. */
  readonly key: Uint8Array;
  readonly alpn: string;
  readonly signal: AbortSignal;
  /** Milliseconds for TCP and handshake together. */
  readonly timeoutMs: number;
}

export interface PskConnection {
  readonly stream: tls.TLSSocket;
  /** Bytes on the carrier in each direction so far, TLS included. */
  wire(): { up: number; down: number };
}

/** A handshake on a line of 300 bit/s takes half a minute; Node's own 120 s would do, a slow radio needs more. */
const HANDSHAKE_MS = 10 * 60_000;

/** @throws Error naming the address when there is no way there or the key is refused */
export async function connectPsk(options: PskConnectOptions): Promise<PskConnection> {
  const where = `${options.host}:${options.port}`;
  const carrier = createConnection({
    host: options.host,
    port: options.port,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
    noDelay: true,
  });
  const stream = await securePsk({ ...options, carrier, where });
  return { stream, wire: () => ({ up: carrier.bytesWritten, down: carrier.bytesRead }) };
}

export interface PskListenOptions {
  readonly host: string;
  readonly port: number;
  /** The key of an identity, undefined when nobody has that name. Synchronous: OpenSSL waits for it. */
  readonly keyOf: (identity: string) => Uint8Array | undefined;
  readonly alpn: readonly string[];
  readonly onConnection: (
    connection: PskConnection & {
      readonly identity: string;
      readonly address: string;
      readonly alpn: string | undefined;
    },
  ) => void;
  readonly onRefused: (address: string, reason: string) => void;
}

export interface Listener {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

export async function listenPsk(options: PskListenOptions): Promise<Listener> {
  const identities = new WeakMap<object, string>();
  const server = tls.createServer({
    ...PSK_TLS,
    ALPNProtocols: [...options.alpn],
    handshakeTimeout: HANDSHAKE_MS,
    // A session ticket costs 290 bytes of a dear line, and nobody may come back by one; what OpenSSL still sends is 79.
    secureOptions: constants.SSL_OP_NO_TICKET,
    pskCallback: (socket, identity) => {
      const key = keyOrNone(options, identity);
      if (key === undefined) return null;
      identities.set(socket, identity);
      return key;
    },
  });
  server.on("tlsClientError", (error, socket) => options.onRefused(socket.remoteAddress ?? "unknown", error.message));
  server.on("secureConnection", (stream) => {
    stream.on("error", () => undefined);
    const address = stream.remoteAddress ?? "unknown";
    const identity = identities.get(stream);
    if (identity === undefined) {
      // A resumed session names nobody: a revoked office could come back by its ticket.
      options.onRefused(address, "no key was used");
      stream.destroy();
      return;
    }
    const alpn = typeof stream.alpnProtocol === "string" ? stream.alpnProtocol : undefined;
    options.onConnection({
      stream,
      identity,
      address,
      alpn,
      wire: () => ({ up: stream.bytesWritten, down: stream.bytesRead }),
    });
  });
  return listening(server, options.host, options.port);
}

/** A directory that cannot be read refuses the caller; thrown into OpenSSL's callback it would end the node. */
function keyOrNone({ keyOf, onRefused }: PskListenOptions, identity: string): Uint8Array | undefined {
  try {
    return keyOf(identity);
  } catch (error) {
    onRefused("unknown", `the key could not be looked up: ${String(error)}`);
    return undefined;
  }
}

async function listening(server: Server, host: string, port: number): Promise<Listener> {
  const open = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.once("close", () => open.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) =>
      reject(new Error(`Cannot listen on ${host}:${port}: ${error.message}`, { cause: error })),
    );
    server.listen({ host, port }, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error(`Listening on ${host}:${port} gave no address`);
  return {
    host: address.address,
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
