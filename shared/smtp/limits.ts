/** The numbers of the SMTP server, each with its reason. Settable ones are in `SmtpListenOptions`. */

/** Longest command line that carries data of its own: AUTH with an initial response (RFC 4954 §4). */
export const MAX_LINE = 12_288;
/** MAIL and RCPT with DSN parameters need 1,036 at least (RFC 3461 §5.4). */
export const MAX_PATH_LINE = 1_100;
/** Every other command (RFC 5321 §4.5.3.1.4). */
export const MAX_COMMAND_LINE = 512;
/** After so many lines that are too long the peer does not speak SMTP. */
export const MAX_LONG_LINES = 3;

/** RFC 5321 §4.5.3.1.8 asks for 100; Postfix and mox take 1,000. */
export const MAX_RECIPIENTS = 1_000;
/** Real header sections stay below 64 KB; beyond this somebody tests our memory. */
export const MAX_HEADER_BYTES = 256 * 1024;
export const MAX_HEADER_LINES = 2_000;

/** Postfix's hard error limit. */
export const MAX_ERRORS = 20;
/** Commands that bring nothing forward (NOOP, RSET, VRFY, EHLO again) between two messages, as Postfix. */
export const MAX_JUNK = 100;
export const MAX_AUTH_FAILURES = 5;
/** The n-th wrong password is answered n times this after it came: slow for guessers, and the same for unknown users. */
export const AUTH_FAILURE_MS = 200;

export const MAX_CLIENTS = 100;
export const MAX_PER_ADDRESS = 10;
/** Of MAX_CLIENTS, kept free for relay clients, so that a flood of strangers cannot starve the offices. */
export const RESERVED_FOR_RELAY = 2;
export const IDLE_MS = 5 * 60_000;

/** A stranger in DATA must bring so many bytes a second, averaged over a window; one byte every ten seconds is an attack. */
export const MIN_DATA_RATE = 100;
export const DATA_WINDOW_MS = 60_000;

export const CLOSE_GRACE_MS = 10_000;
/** After 421 the peer gets so long to close its side before the socket is destroyed. */
export const LAST_WORD_MS = 500;
