import { stripVTControlCharacters } from "node:util";

/** All that a command sees of its process, so that tests can run one without a process. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
  readonly stdin: NodeJS.ReadableStream;
  /** Both ends are a terminal: a prompt can be answered and progress can be seen. */
  readonly tty: boolean;
  /** Width of the terminal on stderr; absent when it is none. */
  readonly columns?: number | undefined;
  env: NodeJS.ProcessEnv;
}

export const PROCESS_IO: Io = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  // A getter: opening stdin early would keep a daemon's descriptor 0 busy for nothing.
  get stdin() {
    return process.stdin;
  },
  get tty() {
    return process.stdin.isTTY === true && process.stderr.isTTY === true;
  },
  get columns() {
    // A serial terminal does not tell its width, and 0 is what the kernel then says.
    return process.stderr.isTTY ? process.stderr.columns || 80 : undefined;
  },
  env: process.env,
};

/**
 * Text that is safe to show on a terminal. Addresses and subjects come from strangers, and an
 * escape sequence in one could rewrite what the operator reads. Line ends and tabs stay.
 */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced here
  return stripVTControlCharacters(text).replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, "\ufffd");
}
