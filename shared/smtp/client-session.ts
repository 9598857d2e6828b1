import { connect, isIP, type Socket } from "node:net";
import { Peer } from "./peer.ts";
import type { SmtpTarget } from "./types.ts";

const CONNECT_MS = 30_000;
/** RFC 5321 §4.5.3.2: five minutes for the greeting and for each of MAIL and RCPT. */
const GREETING_MS = 5 * 60_000;
/** The same section: ten minutes for the answer to the final dot. Also the longest silence while we send. */
const SILENCE_MS = 10 * 60_000;
/** After QUIT, so long for the peer to close its side. */
const CLOSE_MS = 1_000;

/** A session that could not be had; `tls` when the handshake failed and plain text may be tried. */
export class SessionError extends Error {
  readonly reply: string | undefined;
  readonly tls: boolean;

  constructor(message: string, options: { reply?: string; tls?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = "SessionError";
    this.reply = options.reply;
    this.tls = options.tls ?? false;
  }
}

/** Connects, greets, turns on TLS, logs in. The caller closes the peer. Rejects with SessionError, or what `signal` says. */
export async function openSession(target: SmtpTarget, encrypt: boolean, signal: AbortSignal): Promise<Peer> {
  const socket = await openSocket(target, signal);
  const local = /^(?:::ffff:)?127\.|^::1$/.test(socket.remoteAddress ?? "");
  if (target.auth !== undefined && !local && !encrypt) {
    socket.destroy();
    throw new SessionError(`Password for ${target.host} is not sent without TLS: allow TLS for this target`);
  }
  const peer = new Peer({
    connection: socket,
    host: target.host,
    port: target.port,
    name: target.helo,
    secure: false,
    ignoreTLS: !encrypt,
    // With a password in hand, a peer that offers no STARTTLS gets neither password nor message.
    requireTLS: target.auth !== undefined && !local,
    opportunisticTLS: target.auth === undefined && encrypt,
    // Opportunistic: encryption against listeners; who the peer is, MX records cannot prove anyway (RFC 7435).
    tls: { rejectUnauthorized: false, minVersion: "TLSv1.2" },
    connectionTimeout: GREETING_MS,
    greetingTimeout: GREETING_MS,
    socketTimeout: SILENCE_MS,
    socketCloseTimeout: CLOSE_MS,
    logger: false,
  });
  try {
    await settle(peer, signal, (done) => peer.connect(done));
    const { auth } = target;
    if (auth !== undefined) await settle(peer, signal, (done) => peer.login({ ...auth }, done));
    return peer;
  } catch (error) {
    peer.close();
    throw error;
  }
}

async function openSocket(target: SmtpTarget, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const { localAddress } = target;
  const from = localAddress === undefined ? {} : { localAddress, family: isIP(localAddress) };
  const socket = connect({ host: target.host, port: target.port, ...from });
  const timer = setTimeout(
    () => socket.destroy(new Error("no answer within the connect time")),
    target.connectMs ?? CONNECT_MS,
  );
  const stop = (): void => void socket.destroy(new Error("stopped"));
  signal.addEventListener("abort", stop, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return socket;
  } catch (error) {
    const reason =
      error instanceof Error ? error.message || ("code" in error ? String(error.code) : "") : String(error);
    const where = `${target.host} port ${target.port}${localAddress === undefined ? "" : ` from ${localAddress}`}`;
    throw new SessionError(`Cannot connect to ${where}: ${reason}`, { cause: error });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
    socket.removeAllListeners("connect");
  }
}

type Callback = (error?: Error | null) => void;

/** Runs one step of the library to its callback, its 'error' event, its silent end, or the signal: whichever is first. */
export async function settle(peer: Peer, signal: AbortSignal, step: (done: Callback) => void): Promise<void> {
  let stop = (): void => {};
  try {
    await new Promise<void>((resolve, reject) => {
      stop = () => reject(new SessionError("Stopped from our side"));
      if (signal.aborted) return stop();
      signal.addEventListener("abort", stop, { once: true });
      peer.on("error", (error: Error) => reject(sessionError(peer, error)));
      peer.on("end", () => reject(new SessionError(`Connection to ${peer.host} was lost`)));
      step((error) => (error ? reject(sessionError(peer, error)) : resolve()));
    });
  } finally {
    signal.removeEventListener("abort", stop);
    peer.removeAllListeners("error");
    peer.removeAllListeners("end");
    // An 'error' nobody hears would end the process.
    peer.on("error", () => {});
  }
}

function sessionError(peer: Peer, error: Error & { code?: string; response?: unknown }): SessionError {
  return new SessionError(`${peer.host}: ${error.message}`, {
    ...(typeof error.response === "string" ? { reply: error.response } : {}),
    // A handshake that breaks off comes as ESOCKET, not ETLS; the library leaves `upgrading` set.
    tls: error.code === "ETLS" || peer.upgrading === true,
    cause: error,
  });
}
