/**
 * What is wrong with one address. Only what the format itself cannot carry further is judged here; CR and LF pass, so
 * refuse them before an address reaches a header, a path or SMTP.
 */
export type AddressProblem = "too-long" | "nul" | "too-many";

/** What a PackageDecoder reports, in the order of the stream. */
export type PackageEvent =
  /** `size`: declared bytes of text, without the marker byte. In crlf form the data will be shorter by one per line. */
  | { kind: "message-begin"; size: number; lineEnd: "lf" | "crlf"; oversize: boolean }
  /** Text with LF line ends. It may be a view of the chunk that was fed: use or copy it before reusing that memory. */
  | { kind: "message-data"; data: Uint8Array }
  | { kind: "message-end" }
  /** Raw bytes without RFC 5321 quoting; empty for a bounce, and when the problem is "too-long". */
  | { kind: "sender"; address: Uint8Array; problem?: AddressProblem }
  /** One reply is owed for each, problem or not, in this order. Empty when the problem is "too-long". */
  | { kind: "recipient"; address: Uint8Array; problem?: AddressProblem }
  /** Only now may replies be sent, and only now is the message ours. `recipients` counts all of them. */
  | { kind: "package-end"; recipients: number }
  /** The stream is out of step: close the connection and drop the unfinished package. Nothing follows. */
  | { kind: "error"; reason: string };
