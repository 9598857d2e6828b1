/**
 * Sizes and durations as people write them. Sizes are decimal (k = 1000): a budget is paid for by
 * the byte, and reading `200k` as 204800 would spend more than was allowed.
 */
const SIZE_UNITS = { "": 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 } as const;
const DURATION_UNITS = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 } as const;

/** `300`, `200k`, `25M`, `1.5G` → bytes; undefined when it is no size or cannot be counted exactly. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([kmgt]?)$/i.exec(text.trim());
  if (match === null) return undefined;
  const unit = (match[2] ?? "").toLowerCase() as keyof typeof SIZE_UNITS;
  const bytes = Math.round(Number(match[1]) * SIZE_UNITS[unit]);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** For people: three digits or so, `300`, `9.5k`, `200k`, `25M`. */
export function formatSize(bytes: number): string {
  const units = ["", "k", "M", "G", "T"];
  let value = Math.max(0, Math.round(bytes));
  let step = 0;
  // 999.5 would be shown as 1000 of the smaller unit.
  while (value >= 999.5 && step < units.length - 1) {
    value /= 1000;
    step++;
  }
  const digits = step > 0 && value < 99.95 ? value.toFixed(1).replace(/\.0$/, "") : value.toFixed(0);
  return `${digits}${units[step]}`;
}

/** `90s`, `15m`, `4h`, `30d`, `2w`, `1h30m` → milliseconds; undefined when it is no duration. */
export function parseDuration(text: string): number | undefined {
  const compact = text.trim();
  if (!/^(\d+\s*[wdhms]\s*)+$/i.test(compact)) return undefined;
  let total = 0;
  for (const [, count, unit] of compact.matchAll(/(\d+)\s*([wdhms])/gi)) {
    total += Number(count) * DURATION_UNITS[(unit ?? "s").toLowerCase() as keyof typeof DURATION_UNITS];
  }
  return Number.isSafeInteger(total) ? total : undefined;
}

/** For people: the two largest units, `5d`, `4h30m`, `90s` as `1m30s`; under a second `0s`. */
export function formatDuration(ms: number): string {
  let rest = Math.max(0, Math.floor(ms / 1000) * 1000);
  const parts: string[] = [];
  for (const unit of ["d", "h", "m", "s"] as const) {
    const count = Math.floor(rest / DURATION_UNITS[unit]);
    rest -= count * DURATION_UNITS[unit];
    if (count > 0) parts.push(`${count}${unit}`);
    else if (parts.length > 0) break;
  }
  return parts.slice(0, 2).join("") || "0s";
}
