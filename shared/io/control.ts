import { chmod, unlink } from "node:fs/promises";
import { createConnection, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";

/**
 * How commands speak to the running daemon of the same folder: one JSON object a line over DIR/control.sock (0600,
 * so only the node's own user can). The daemon answers with any number of `progress` lines and one `result` or
 * `error`. A second line `{"stop":true}` asks it to end the work cleanly and answer; a command that goes away breaks
 * it off.
 */
export interface ControlRequest {
  readonly command: string;
  readonly args: Record<string, unknown>;
}

/**
 * @param gone the command went away: nobody waits for the result
 * @param stop the command wants a clean end, and waits for the result
 */
export type ControlHandler = (
  args: Record<string, unknown>,
  progress: (value: unknown) => void,
  gone: AbortSignal,
  stop: AbortSignal,
) => Promise<unknown>;

/** A request is a command and its flags; anything longer is not ours. */
const MAX_REQUEST = 64 * 1024;
const STOP_LINE = `${JSON.stringify({ stop: true })}\n`;

export function controlPath(dir: string): string {
  return join(dir, "control.sock");
}

/** Caller holds the run lock: a socket file that is there belongs to a dead daemon. */
export async function serveControl(
  dir: string,
  handlers: Readonly<Record<string, ControlHandler>>,
): Promise<{ close(): Promise<void> }> {
  const path = controlPath(dir);
  await unlink(path).catch(ignoreMissing);
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    socket.on("error", () => undefined);
    void serveOne(socket, handlers);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(new Error(`Cannot listen on ${path}: ${error.message}`, { cause: error })));
    server.listen(path, resolve);
  });
  await chmod(path, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

async function serveOne(socket: Socket, handlers: Readonly<Record<string, ControlHandler>>): Promise<void> {
  const gone = new AbortController();
  const stop = new AbortController();
  socket.once("close", () => gone.abort());
  const say = (value: unknown): void => {
    if (socket.writable) socket.write(`${JSON.stringify(value)}\n`);
  };
  try {
    onSecondLine(socket, () => stop.abort());
    const request = await readRequest(socket);
    const handler = Object.hasOwn(handlers, request.command) ? handlers[request.command] : undefined;
    if (handler === undefined) throw new Error(`This daemon does not know the command "${request.command}"`);
    const result = await handler(request.args, (value) => say({ progress: value }), gone.signal, stop.signal);
    say({ result: result ?? null });
  } catch (error) {
    const exit = error instanceof Error && "exit" in error && typeof error.exit === "number" ? error.exit : undefined;
    say({ error: error instanceof Error ? error.message : String(error), ...(exit === undefined ? {} : { exit }) });
  }
  socket.end();
}

/** It may come in one piece with the request, or later. */
function onSecondLine(socket: Socket, act: () => void): void {
  let lines = 0;
  socket.on("data", (chunk: Buffer | string) => {
    lines += chunk.toString().split("\n").length - 1;
    if (lines > 1) act();
  });
}

async function readRequest(socket: Socket): Promise<ControlRequest> {
  let text = "";
  socket.setEncoding("utf8");
  return new Promise((resolve, reject) => {
    const onData = (chunk: string): void => {
      text += chunk;
      const end = text.indexOf("\n");
      if (text.length > MAX_REQUEST) finish(new Error("The request is too long"));
      else if (end >= 0) finish(undefined, text.slice(0, end));
    };
    const onClose = (): void => finish(new Error("The command went away"));
    const finish = (error: Error | undefined, line = ""): void => {
      socket.removeListener("data", onData);
      socket.removeListener("close", onClose);
      // The rest is a wish to stop, or the end of the connection; keep reading so that it is noticed.
      socket.resume();
      if (error !== undefined) {
        reject(error);
        return;
      }
      try {
        resolve(asRequest(JSON.parse(line)));
      } catch (cause) {
        reject(new Error("The request is not a JSON object with a command", { cause }));
      }
    };
    socket.on("data", onData);
    socket.on("close", onClose);
  });
}

function asRequest(value: unknown): ControlRequest {
  if (typeof value !== "object" || value === null || !("command" in value) || typeof value.command !== "string")
    throw new TypeError("no command");
  const args = "args" in value && typeof value.args === "object" && value.args !== null ? value.args : {};
  return { command: value.command, args: args as Record<string, unknown> };
}

/** An error the daemon answered with; `exit` is the exit code it wants the command to have. */
export class DaemonError extends Error {
  readonly exit: number | undefined;

  constructor(message: string, exit: number | undefined) {
    super(message);
    this.exit = exit;
  }
}

/**
 * Asks the daemon of a folder. undefined when none is running there.
 *
 * @param options.signal goes away: the work is broken off
 * @param options.stop asks for a clean end, and goes on waiting for the result
 * @throws DaemonError with the daemon's own words
 */
export async function askDaemon(
  dir: string,
  request: ControlRequest,
  options: {
    readonly onProgress?: (value: unknown) => void;
    readonly signal?: AbortSignal;
    readonly stop?: AbortSignal;
  } = {},
): Promise<{ result: unknown } | undefined> {
  const socket = await connectTo(controlPath(dir));
  if (socket === undefined) return undefined;
  const leave = (): void => void socket.destroy();
  const wish = (): void => void socket.write(STOP_LINE);
  socket.on("error", () => undefined);
  socket.write(`${JSON.stringify(request)}\n`);
  when(options.signal, leave);
  when(options.stop, wish);
  const lines = createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY });
  // readline knows only "end": a connection that breaks, or that we break off, would leave us waiting for ever.
  socket.once("close", () => lines.close());
  try {
    for await (const line of lines) {
      const answer = JSON.parse(line) as { progress?: unknown; result?: unknown; error?: string; exit?: number };
      if (answer.error !== undefined) throw new DaemonError(answer.error, answer.exit);
      if ("result" in answer) return { result: answer.result };
      options.onProgress?.(answer.progress);
    }
  } finally {
    options.signal?.removeEventListener("abort", leave);
    options.stop?.removeEventListener("abort", wish);
    socket.destroy();
  }
  throw new DaemonError(options.signal?.aborted ? "Stopped" : "The daemon stopped before it had answered", undefined);
}

/** Also for a signal that was given while the connection was made. */
function when(signal: AbortSignal | undefined, act: () => void): void {
  if (signal?.aborted === true) act();
  else signal?.addEventListener("abort", act, { once: true });
}

async function connectTo(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.once("connect", () => resolve(socket));
    socket.once("error", (error: NodeJS.ErrnoException) => {
      // No file, or a file whose daemon was killed: nobody is there.
      if (error.code === "ENOENT" || error.code === "ECONNREFUSED") resolve(undefined);
      else reject(new Error(`Cannot ask the daemon at ${path}: ${error.message}`, { cause: error }));
    });
  });
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}

/** Whether a daemon serves this folder now. */
export async function daemonAnswers(dir: string): Promise<boolean> {
  const socket = await connectTo(controlPath(dir));
  socket?.destroy();
  return socket !== undefined;
}
