import { extname } from "node:path";
import { Worker } from "node:worker_threads";

/**
 * A mixing model in a thread of its own, so that a second of learning never holds up the event loop. Its memory
 * (about 40 MB) is there from `openCoder` to `close`.
 */
export interface Coder {
  /** Learns `item` for all calls that are made later. */
  advance(item: Uint8Array): void;
  /** See {@link MixingModel.encode}. @throws Error (rejects) when the worker died or the coder was closed */
  encode(plain: Uint8Array, tail: Uint8Array): Promise<Uint8Array>;
  /** See {@link MixingModel.decode}. @throws Error (rejects) as `encode`, RangeError for a length that is refused */
  decode(encoded: Uint8Array, length: number, tail: Uint8Array): Promise<Uint8Array>;
  /** Ends the worker and frees its memory; what was not answered is rejected. May be called twice. */
  close(): Promise<void>;
}

export type CoderRequest =
  | { readonly kind: "advance"; readonly item: Uint8Array }
  | { readonly kind: "encode"; readonly plain: Uint8Array; readonly tail: Uint8Array }
  | { readonly kind: "decode"; readonly encoded: Uint8Array; readonly length: number; readonly tail: Uint8Array };

export type CoderReply = { readonly bytes: Uint8Array } | { readonly error: string };

/**
 * Starts a worker that learns `window`, oldest first; calls may be made at once and wait until it has.
 * @param start another worker in its place, for tests
 */
export function openCoder(window: readonly Uint8Array[], start = startWorker): Coder {
  return new WorkerCoder(start(window.map(owned)));
}

function startWorker(window: Uint8Array[]): Worker {
  // Beside this file in both lives: coder-worker.ts in the source, coder-worker.js in dist.
  return new Worker(new URL(`./coder-worker${extname(import.meta.url)}`, import.meta.url), {
    name: "mixing coder",
    // The worker needs nothing that the process was started with, and some options (--input-type) would break it.
    execArgv: [],
    workerData: window,
    transferList: window.map((item) => item.buffer as ArrayBuffer),
  });
}

interface Pending {
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

class WorkerCoder implements Coder {
  readonly #worker: Worker;
  /** Oldest first: the worker answers in the order of asking. */
  readonly #pending: Pending[] = [];
  /** Why no call can be answered any more. */
  #ended: Error | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.unref();
    worker.on("message", (reply: CoderReply) => this.#settle(reply));
    worker.on("messageerror", (error) => this.#end("could not read a reply of", error));
    worker.on("error", (error) => this.#end("failed:", error));
    worker.on("exit", (code) => this.#end(`ended with exit code ${code}`));
  }

  advance(item: Uint8Array): void {
    if (this.#ended === undefined) this.#post({ kind: "advance", item: owned(item) });
  }

  encode(plain: Uint8Array, tail: Uint8Array): Promise<Uint8Array> {
    return this.#ask({ kind: "encode", plain: owned(plain), tail: owned(tail) });
  }

  decode(encoded: Uint8Array, length: number, tail: Uint8Array): Promise<Uint8Array> {
    return this.#ask({ kind: "decode", encoded: owned(encoded), length, tail: owned(tail) });
  }

  async close(): Promise<void> {
    this.#fail(new Error("The coder was closed; open another one"));
    await this.#worker.terminate();
  }

  #ask(request: CoderRequest): Promise<Uint8Array> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      this.#pending.push({ resolve, reject });
      // A process must not end while an answer is awaited, nor live on because a coder is idle.
      this.#worker.ref();
      this.#post(request);
    });
  }

  #post(request: CoderRequest): void {
    const buffers = Object.values(request).filter((value) => value instanceof Uint8Array);
    this.#worker.postMessage(
      request,
      buffers.map(({ buffer }) => buffer as ArrayBuffer),
    );
  }

  #settle(reply: CoderReply): void {
    const first = this.#pending.shift();
    if (this.#pending.length === 0) this.#worker.unref();
    if ("bytes" in reply) first?.resolve(reply.bytes);
    else first?.reject(new RangeError(reply.error));
  }

  #end(how: string, cause?: unknown): void {
    const reason = cause instanceof Error ? ` ${cause.message}` : "";
    this.#fail(new Error(`The coder's worker ${how}${reason}; open another coder`, { cause }));
  }

  #fail(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#pending.splice(0)) reject(this.#ended);
    this.#worker.unref();
  }
}

/** A copy that can be given away: a view of a pool of Node's would take the whole pool with it. */
function owned(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}
