/** Counts, spans and moments in the words of a sentence (pure); columns and logs have the short forms of units.ts. */
import { formatDuration, formatSize } from "./units.ts";

/** `1 message`, `12 messages`, `no messages`. */
export function count(number: number, what: string): string {
  return `${number === 0 ? "no" : number} ${what}${number === 1 ? "" : "s"}`;
}

/** `300B`, `9.5kB`, `25MB`; decimal, as sizes are everywhere here. */
export function bytesInWords(bytes: number): string {
  return `${formatSize(bytes)}B`;
}

const UNITS: Readonly<Record<string, string>> = { d: "d", h: "h", m: "min", s: "s" };

/** The two largest units: `45 s`, `2 min 10 s`, `3 d 4 h`. */
export function spanInWords(ms: number): string {
  return formatDuration(ms).replace(/(\d+)([dhms])(?=(\d?))/g, (_, number: string, unit: string, more: string) => {
    return `${number} ${UNITS[unit]}${more === "" ? "" : " "}`;
  });
}

/** `Sat 28 Nov 17:20`, on the clock of `zone` (the machine's when absent). */
export function momentInWords(date: Date, zone?: string): string {
  const format = new Intl.DateTimeFormat("en-US", {
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    ...(zone === undefined ? {} : { timeZone: zone }),
  });
  const parts = Object.fromEntries(format.formatToParts(date).map(({ type, value }) => [type, value]));
  return `${parts.weekday} ${parts.day} ${parts.month} ${parts.hour}:${parts.minute}`;
}
