import { EXIT, type ExitCode } from "#shared/cli/exit-codes.js";
import type { Io } from "#shared/cli/program.js";

/** A node that serves: what it listens on, and how it ends. */
export interface Running {
  readonly listen: Readonly<Record<string, string | readonly string[]>>;
  close(): Promise<void>;
}

export interface DaemonOptions {
  readonly start: () => Promise<Running>;
  readonly io: Io;
  readonly json: boolean;
  readonly log: (event: string, fields: Record<string, unknown>) => void;
}

/**
 * Serves until SIGTERM or SIGINT, then drains and returns 0. The ready line (first on stdout with `json`) comes when
 * every listener is open. A second signal does not wait any more.
 */
export async function runDaemon({ start, io, json, log }: DaemonOptions): Promise<ExitCode> {
  const asked = signalled();
  const running = await start();
  log("ready", { listen: running.listen });
  if (json) io.out(`${JSON.stringify({ event: "ready", listen: running.listen })}\n`);
  else
    io.out(
      `Ready. ${Object.entries(running.listen)
        .map(([key, at]) => `${key} ${[at].flat().join(", ")}`)
        .join("; ")}\n`,
    );
  const signal = await asked;
  log("stopping", { signal });
  const began = performance.now();
  process.once("SIGTERM", () => process.exit(EXIT.tempFail));
  process.once("SIGINT", () => process.exit(EXIT.tempFail));
  await running.close();
  log("stopped", { seconds: Math.round(performance.now() - began) / 1000 });
  return EXIT.done;
}

function signalled(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once("SIGTERM", resolve);
    process.once("SIGINT", resolve);
  });
}
