import type { Duplex } from "node:stream";
import tls from "node:tls";
import { PSK_TLS } from "./psk-common.ts";

/** The dialler's end of the link's TLS, over any carrier. */
export interface SecurePskOptions {
  readonly carrier: Duplex;
  /** For errors: an address or a command. */
  readonly where: string;
  /** Office name. */
  readonly identity: string;
  /** 32 bytes from enrolment. */
  readonly key: Uint8Array;
  readonly alpn: string;
  readonly signal: AbortSignal;
  /** Milliseconds for the carrier to come up and the handshake together. */
  readonly timeoutMs: number;
}

/** @throws Error naming `where` when there is no way there or the key is refused; the carrier is destroyed then */
export async function securePsk(options: SecurePskOptions): Promise<tls.TLSSocket> {
  const { carrier, where } = options;
  const stream = tls.connect({
    ...PSK_TLS,
    socket: carrier,
    ALPNProtocols: [options.alpn],
    pskCallback: () => ({ psk: options.key, identity: options.identity }),
    // There is no certificate to check: who holds the key is the peer.
    checkServerIdentity: () => undefined,
  });
  await new Promise<void>((resolve, reject) => {
    const fail = (error: Error): void => {
      cleanUp();
      stream.on("error", () => undefined);
      carrier.on("error", () => undefined);
      // First, and with the error: there is nobody to say good-bye to, and a command that dials is ended at once.
      carrier.destroy(error);
      stream.destroy();
      reject(new Error(`Cannot reach ${where}: ${error.message}`, { cause: error }));
    };
    const cleanUp = (): void => {
      clearTimeout(timer);
      options.signal.removeEventListener("abort", onAbort);
      for (const emitter of [stream, carrier]) emitter.removeListener("error", fail);
      stream.removeListener("close", onClose);
    };
    const onAbort = (): void => fail(new Error("stopped"));
    const onClose = (): void => fail(new Error("the connection was closed during the handshake"));
    const timer = setTimeout(() => fail(new Error("no answer in time")), options.timeoutMs);
    options.signal.addEventListener("abort", onAbort, { once: true });
    carrier.on("error", fail);
    stream.on("error", fail);
    stream.on("close", onClose);
    stream.once("secureConnect", () => {
      // Whoever uses the stream listens too; between two users a reset must not end the process.
      stream.on("error", () => undefined);
      cleanUp();
      resolve();
    });
    if (options.signal.aborted) onAbort();
  });
  // Errors after this moment surface on the stream; the carrier's own are the same ones again.
  carrier.on("error", () => undefined);
  stream.once("close", () => carrier.destroy());
  return stream;
}
