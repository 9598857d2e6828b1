/**
 * The clock that ticks. node-cron fires at each whole minute; two of its habits are kept away from a
 * laptop whose battery clock has died. Late, it walks through every run it missed (a jump from 1970 to
 * today: thirty million, half an hour of standstill), so each task is armed for one minute of the year
 * and made anew after it. Set back, it stays silent until the old time comes again, so a plain timer
 * looks as well; ticking twice in a minute must do no harm.
 */
import { createTask, type ScheduledTask } from "node-cron";

const MINUTE_MS = 60_000;

/** Calls `tick` at each whole minute of `now`, and after every sleep or jump of the clock, until `signal`. */
export function tickMinutes(tick: () => void, now: () => Date, signal: AbortSignal): void {
  if (signal.aborted) return;
  let armed = arm();
  const timer = setInterval(beat, MINUTE_MS);
  signal.addEventListener("abort", stop, { once: true });

  function arm(): ScheduledTask {
    const task = createTask(minuteOfYear(now()), beat, { timezone: "UTC", suppressMissedWarning: true });
    task.on("execution:missed", beat);
    void task.start();
    return task;
  }

  function beat(): void {
    if (signal.aborted) return;
    void armed.destroy();
    armed = arm();
    tick();
  }

  function stop(): void {
    clearInterval(timer);
    void armed.destroy();
  }
}

/** The next whole minute as a schedule. In UTC: node-cron loses runs where a zone changes its clocks. */
function minuteOfYear(now: Date): string {
  const next = new Date(Math.floor(now.getTime() / MINUTE_MS + 1) * MINUTE_MS);
  return `${next.getUTCMinutes()} ${next.getUTCHours()} ${next.getUTCDate()} ${next.getUTCMonth() + 1} *`;
}
