import type { Io } from "#shared/cli/program.js";
import type { FlushProgress } from "./flush-report.ts";
import { progressLine, progressLines } from "./flush-view.ts";

/** Shows a window that is under way on stderr: lines redrawn in place on a terminal, else one line a minute. */
export interface FlushScreen {
  show(progress: FlushProgress): void;
  /** A line that stays, above what is redrawn. */
  say(line: string): void;
  /** Draws the last state, which stays, and stops. */
  end(): void;
}

/** Between redraws: at most four a second, over ssh on the same thin line too. */
const REDRAW_MS = 250;
/** Without news the clock on the screen still goes. */
const CLOCK_MS = 1000;
const LINE_MS = 60_000;

/** @param quietDial show nothing before there is a link */
export function showFlush(io: Io, quietDial: boolean, now: () => number): FlushScreen {
  const { columns } = io;
  const screen = columns === undefined ? minuteLines(io, now) : redrawn(io, now);
  return quietDial ? { ...screen, show: (one) => (one.phase === "dialling" ? undefined : screen.show(one)) } : screen;
}

function minuteLines(io: Io, now: () => number): FlushScreen {
  const news = new News(now);
  const timer = setInterval(() => {
    if (news.last !== undefined) io.err(`${progressLine(news.last, news.age)}\n`);
  }, LINE_MS).unref();
  return {
    show: (progress) => news.take(progress),
    say: (line) => io.err(`${line}\n`),
    end: () => clearInterval(timer),
  };
}

function redrawn(io: Io, now: () => number): FlushScreen {
  const news = new News(now);
  let height = 0;
  let drawnAt = Number.NEGATIVE_INFINITY;
  let due: NodeJS.Timeout | undefined;
  const draw = (above = ""): void => {
    clearTimeout(due);
    due = undefined;
    if (news.last === undefined) return;
    const lines = progressLines(news.last, news.age, io.columns ?? 80);
    io.err(over(height, lines, above));
    height = lines.length;
    drawnAt = now();
  };
  const clock = setInterval(() => {
    if (now() - drawnAt >= CLOCK_MS) draw();
  }, CLOCK_MS).unref();
  return {
    show: (progress) => {
      news.take(progress);
      due ??= setTimeout(draw, Math.max(0, drawnAt + REDRAW_MS - now())).unref();
    },
    say: (line) => (news.last === undefined ? io.err(`${line}\n`) : draw(`${line}\x1b[K\n`)),
    end: () => {
      clearInterval(clock);
      draw();
    },
  };
}

/** Each line is overwritten and its rest erased, in one write: a screen that is cleared first flickers. */
function over(height: number, lines: readonly string[], above: string): string {
  const up = height === 0 ? "" : `\x1b[${height}A`;
  return `\r${up}${above}${lines.map((line) => `${line}\x1b[K\n`).join("")}\x1b[J`;
}

/** The newest progress, and how old it is. */
class News {
  readonly #now: () => number;
  #at = 0;
  last: FlushProgress | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  take(progress: FlushProgress): void {
    this.last = progress;
    this.#at = this.#now();
  }

  get age(): number {
    return this.#now() - this.#at;
  }
}
