import type { Socket } from "node:net";
import { createSecureContext, type SecureContext, TLSSocket } from "node:tls";

/** Private key and certificate chain in PEM. */
export interface TlsKeys {
  readonly key: string;
  readonly cert: string;
}

/** Read once at start: a bad key is found before the first client. RFC 8996 rules out what is older than TLS 1.2. */
export function tlsContext(keys: TlsKeys): SecureContext {
  return createSecureContext({ ...keys, minVersion: "TLSv1.2" });
}

/**
 * The server's side of STARTTLS and STLS on an open connection. The caller has read all it wants of the plain bytes
 * and no longer touches `socket`. Rejects when the handshake fails or takes longer than `timeoutMs`; the
 * connection is gone then.
 */
export async function startTls(socket: Socket, secureContext: SecureContext, timeoutMs: number): Promise<TLSSocket> {
  const secure = new TLSSocket(socket, { isServer: true, secureContext });
  const timer = setTimeout(() => secure.destroy(new Error("TLS handshake timed out")), timeoutMs);
  try {
    await new Promise<void>((resolve, reject) => {
      secure.once("secure", resolve);
      secure.once("error", reject);
      // A half-open connection does not close by itself when the peer gives up.
      for (const event of ["end", "close"]) {
        secure.once(event, () => reject(new Error("The client ended the connection in the TLS handshake")));
      }
    });
    return secure;
  } catch (error) {
    secure.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
