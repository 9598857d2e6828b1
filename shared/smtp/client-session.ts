import { connect, isIP, type Socket } from "node:net";
import { type ConnectionOptions, getCACertificates } from "node:tls";
import { alwaysEncrypts } from "#shared/mail/tls-policy.js";
import { Peer } from "./peer.ts";
import type { SmtpTarget } from "./types.ts";

const CONNECT_MS = 30_000;
/** RFC 5321 §4.5.3.2: five minutes for the greeting and for each of MAIL and RCPT. */
const GREETING_MS = 5 * 60_000;
/** The same section: ten minutes for the answer to the final dot. Also the longest silence while we send. */
const SILENCE_MS = 10 * 60_000;
/** After QUIT, so long for the peer to close its side. */
const CLOSE_MS = 1_000;

/** A session that could not be had: `tls` when it could not be encrypted, `login` when the host refused the password. */
export class SessionError extends Error {
  readonly reply: string | undefined;
  readonly tls: boolean;
  readonly login: boolean;

  constructor(message: string, options: { reply?: string; tls?: boolean; login?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = "SessionError";
    this.reply = options.reply;
    this.tls = options.tls ?? false;
    this.login = options.login ?? false;
  }
}

/**
 * Connects, greets, turns on TLS as the target's policy says, logs in. The caller closes the peer. A peer whose
 * handshake fails is tried again without STARTTLS only where the policy is opportunistic and no password is involved.
 * Rejects with SessionError, or what `signal` says.
 */
export async function openSession(target: SmtpTarget, signal: AbortSignal): Promise<Peer> {
  const policy = target.tls ?? "opportunistic";
  try {
    return await openOnce(target, policy !== "off", signal);
  } catch (error) {
    const again = error instanceof SessionError && error.tls && policy === "opportunistic" && target.auth === undefined;
    if (!again) throw error;
    return openOnce(target, false, signal);
  }
}

async function openOnce(target: SmtpTarget, encrypt: boolean, signal: AbortSignal): Promise<Peer> {
  const strict = alwaysEncrypts(target.tls ?? "opportunistic");
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
    secure: target.tls === "implicit",
    ignoreTLS: !encrypt,
    // With a password in hand, a peer that offers no STARTTLS gets neither password nor message.
    requireTLS: strict || (target.auth !== undefined && !local),
    opportunisticTLS: !strict && target.auth === undefined && encrypt,
    tls: tlsOptions(target),
    connectionTimeout: GREETING_MS,
    greetingTimeout: GREETING_MS,
    socketTimeout: SILENCE_MS,
    socketCloseTimeout: CLOSE_MS,
    logger: false,
  });
  try {
    await settle(peer, signal, (done) => peer.connect(done));
    if (target.auth !== undefined) await logIn(peer, target.auth, signal);
    return peer;
  } catch (error) {
    peer.close();
    throw error;
  }
}

function tlsOptions({ tls, ca }: SmtpTarget): ConnectionOptions {
  const minVersion = "TLSv1.2";
  // Encryption against listeners; who the peer is, MX records cannot prove anyway (RFC 7435).
  if (tls !== "verify") return { minVersion, rejectUnauthorized: false };
  const roots = [...getCACertificates("default"), ...getCACertificates("system"), ...(ca === undefined ? [] : [ca])];
  return { minVersion, rejectUnauthorized: true, ca: roots };
}

async function logIn(peer: Peer, auth: { user: string; pass: string }, signal: AbortSignal): Promise<void> {
  try {
    await settle(peer, signal, (done) => peer.login({ ...auth }, done));
  } catch (error) {
    // 421 is about the session, not about the password.
    if (!(error instanceof SessionError) || !/^[45]/.test(error.reply ?? "") || error.reply?.startsWith("421"))
      throw error;
    throw new SessionError(error.message, { reply: error.reply ?? "", login: true, cause: error });
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
