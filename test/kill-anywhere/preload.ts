/**
 * Loaded into a node with `--import`, before any of its own code: numbers the durable calls that the process makes
 * and ends it with SIGKILL at the one that was asked for. The product knows nothing of it.
 *
 * A durable call is one whose effect is still there after the process has died: a file made, written, synced,
 * named or removed below QRELAY_KILL_DIR, and a committed change of a database there. Lock files are left out.
 */
import { arm, isQuiet, labels } from "./count-calls.ts";
import type { Told, ToVictim } from "./protocol.ts";
import "./watch-files.ts";
import "./watch-databases.ts";

// A restart is seldom in the same second as the death before it, and names that hold a second must not hide that.
const ahead = Number(process.env.QRELAY_KILL_CLOCK_AHEAD_MS ?? 0);
if (ahead > 0) {
  const Plain = Date;
  globalThis.Date = class extends Plain {
    constructor(...words: [] | [string | number]) {
      super(...((words.length === 0 ? [Plain.now() + ahead] : words) as [number]));
    }
    static override now(): number {
      return Plain.now() + ahead;
    }
  } as DateConstructor;
}

if (process.send !== undefined) {
  process.on("message", (message: ToVictim) => {
    if (message.ask === "count") tell({ count: labels.length, labels, quiet: isQuiet() });
    else
      whenQuiet(() => {
        arm(message.at, message.mode);
        tell({ count: 0, labels: [], quiet: true });
      });
  });
  process.channel?.unref();
}

function tell(told: Told): void {
  process.send?.(told);
}

function whenQuiet(act: () => void): void {
  if (isQuiet()) act();
  else setTimeout(whenQuiet, 5, act);
}
