import { createServer, type Server, type Socket } from "node:net";

export interface ListenAt {
  /** Address to listen at, e.g. `127.0.0.1`, `::`; a name is looked up. */
  readonly host: string;
  /** 0 lets the system choose one. */
  readonly port: number;
  /** Connections the system queues before we take them; default Node's 511. */
  readonly backlog?: number;
}

export interface Listener {
  readonly host: string;
  /** The port in use, also when 0 was asked for. */
  readonly port: number;
  /** Stops listening at once; resolves when the last connection has ended. Ending those is the caller's business. */
  close(): Promise<void>;
}

/** Why an address could not be had, by the code of the system's error, each with its cure. */
const CURES: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program listens there; stop it or choose another port",
  EACCES: "ports below 1024 need root or CAP_NET_BIND_SERVICE; grant it or choose a higher port",
  EADDRNOTAVAIL: "this machine has no such address; choose one that `ip address` shows, or 0.0.0.0",
  ENOTFOUND: "this name has no address; give an IP address",
};

/**
 * Listens for TCP connections. A connection may be half open: the peer's end does not end our side.
 *
 * @throws an error for the operator, naming address, reason and cure; the system's error is its cause
 */
export async function listenTcp(at: ListenAt, onConnection: (socket: Socket) => void): Promise<Listener> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, onConnection);
  await opened(server, at);
  // Errors after the start (no file descriptors left for accept) cost one connection, not the service.
  server.on("error", () => undefined);
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : at.port;
  let closing: Promise<void> | undefined;
  return {
    host: at.host,
    port,
    close: () => {
      closing ??= closed(server);
      return closing;
    },
  };
}

function opened(server: Server, at: ListenAt): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => reject(listenError(at, cause)));
    server.listen(
      { host: at.host, port: at.port, ...(at.backlog === undefined ? {} : { backlog: at.backlog }) },
      () => {
        server.removeAllListeners("error");
        resolve();
      },
    );
  });
}

/**
 * The error for the operator, whatever opened the listener.
 * @param key what the configuration calls it
 */
export function listenError(at: ListenAt, cause: NodeJS.ErrnoException, key?: string): Error {
  const host = at.host.includes(":") ? `[${at.host}]` : at.host;
  const reason = CURES[cause.code ?? ""] ?? cause.message;
  const named = key === undefined ? "" : ` (${key})`;
  return new Error(`Cannot listen at ${host}:${at.port}${named}: ${reason}`, { cause });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // Its only error is that the server is closed already, which is what was asked for.
    server.close(() => resolve());
  });
}
