import type { SMTPConnection } from "smtp-server/lib/smtp-connection.js";
import { DATA_WINDOW_MS, MIN_DATA_RATE } from "./limits.ts";

export interface Watched extends SMTPConnection {
  /** `performance.now()` of the last whole command line. */
  readonly lastCommandAt: number;
  /** In DATA, or waiting for the owner's word about a message. */
  readonly busy: boolean;
}

/**
 * Ends a stranger's session that lives by trickling bytes (S31): the idle time of a socket starts anew with each
 * byte. Outside DATA a whole command must come within `idleMs`; in DATA each window must bring MIN_DATA_RATE bytes
 * a second. A client that waits for us owes nothing. Returns the function that stops the watch.
 */
export function watchProgress(session: Watched, idleMs: number): () => void {
  const window = Math.min(DATA_WINDOW_MS, idleMs);
  let bytesBefore: number | undefined;
  const check = (): void => {
    const parser = session._parser;
    if (session._handlerPending || parser === false) return;
    const inData = parser._dataMode;
    const bytes = inData ? parser.dataBytes : undefined;
    const moved = bytes !== undefined && bytesBefore !== undefined ? bytes - bytesBefore : undefined;
    // Less than nothing: another message has begun meanwhile.
    const tooSlow = moved !== undefined && moved >= 0 && moved < (MIN_DATA_RATE * window) / 1000;
    // A full buffer means that our owner reads slowly, which is not the client's fault.
    const ourFault = inData && parser.writableLength > 0;
    bytesBefore = bytes;
    const silent = !inData && !session.busy && performance.now() - session.lastCommandAt > idleMs;
    if ((tooSlow && !ourFault) || silent) session.send(421, "4.4.2 Too slow, closing connection", false);
  };
  const timer = setInterval(check, window);
  timer.unref();
  return () => clearInterval(timer);
}
