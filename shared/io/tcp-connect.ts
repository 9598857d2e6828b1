import { createConnection, type Socket } from "node:net";

export interface ConnectTo {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * A plain TCP connection, open when this resolves; errors after that are the caller's to listen for.
 * @throws Error that names the address
 */
export function connectTcp(to: ConnectTo): Promise<Socket> {
  const where = `${to.host}:${to.port}`;
  const socket = createConnection({
    host: to.host,
    port: to.port,
    keepAlive: true,
    noDelay: true,
    allowHalfOpen: true,
  });
  return new Promise((resolve, reject) => {
    const fail = (reason: string, cause?: Error): void => {
      cleanUp();
      socket.on("error", () => undefined);
      socket.destroy();
      reject(new Error(`Cannot reach ${where}: ${reason}`, { cause }));
    };
    const onError = (error: Error): void => fail(error.message, error);
    const onAbort = (): void => fail("stopped");
    const timer = setTimeout(() => fail("no answer in time"), to.timeoutMs);
    const cleanUp = (): void => {
      clearTimeout(timer);
      socket.removeListener("error", onError);
      to.signal.removeEventListener("abort", onAbort);
    };
    socket.once("error", onError);
    to.signal.addEventListener("abort", onAbort, { once: true });
    socket.once("connect", () => {
      // Whoever uses the socket listens too; between two users a reset must not end the process.
      socket.on("error", () => undefined);
      cleanUp();
      resolve(socket);
    });
    if (to.signal.aborted) onAbort();
  });
}
