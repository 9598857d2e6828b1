import type { SMTPStream } from "smtp-server/lib/smtp-stream.js";
import { MAX_LINE } from "./limits.ts";

/** What the session is told while commands come in. */
export interface FeedWatcher {
  /** A line has begun and is not complete. */
  partial(bytes: Buffer): void;
  /** Told before each command: whether more bytes were already there behind it. */
  pipelined(more: boolean): void;
}

type Next = (error?: Error | null) => void;

const LF = 10;
const EMPTY = Buffer.alloc(0);

/**
 * Puts a line reader before the library's parser, for three things the parser does not do. It runs an
 * unterminated line when the input ends (half an RCPT is a wrong RCPT): here only whole lines pass. It cannot
 * say whether bytes came along behind a command that must stand last (EHLO, DATA, STARTTLS). And it drops the
 * connection at a long line, where RFC 5321 §4.5.3.1.9 wants a 500: here the line passes cut to MAX_LINE + 1.
 */
export function feedWholeLines(parser: SMTPStream, watcher: FeedWatcher): void {
  const parse = parser._write.bind(parser);
  let line: Buffer = EMPTY;
  // Bytes of the chunk the stream machinery waits for; the library calls _write itself with what follows a message.
  let outer = 0;

  const feed = (chunk: Buffer, next: Next): void => {
    if (parser._dataMode || parser.isClosed) {
      parse(chunk, "buffer", next);
      return;
    }
    const end = chunk.indexOf(LF);
    line = append(line, end < 0 ? chunk : chunk.subarray(0, end));
    if (end >= 0) {
      feedLine(chunk.subarray(end + 1), next);
      return;
    }
    if (line.length > 0) watcher.partial(line);
    next();
  };

  const feedLine = (rest: Buffer, next: Next): void => {
    const whole = Buffer.concat([line, Buffer.of(LF)]);
    line = EMPTY;
    watcher.pipelined(rest.length > 0 || parser.writableLength > outer);
    parse(whole, "buffer", (error) => {
      // Not called directly: a chunk full of NOOPs would grow the stack by one command each.
      if (error || rest.length === 0) next(error);
      else setImmediate(() => feed(rest, next));
    });
  };

  parser._write = (chunk: Buffer, _encoding, next): void => {
    if (outer > 0) {
      feed(chunk, next);
      return;
    }
    outer = chunk.length;
    feed(chunk, (error) => {
      outer = 0;
      next(error);
    });
  };
}

function append(line: Buffer, more: Buffer): Buffer {
  if (line.length > MAX_LINE) return line;
  return Buffer.concat([line, more.subarray(0, MAX_LINE + 1 - line.length)]);
}
