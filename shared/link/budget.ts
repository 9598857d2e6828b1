/** What a window may use, and what it has cost (pure). Money is in units of the price's currency. */
export interface Limits {
  /** On the wire, both directions. */
  readonly bytes?: number;
  readonly minutes?: number;
  readonly money?: number;
}

export interface Budget {
  readonly window?: Limits;
  /** Of the calendar month. */
  readonly month?: Limits;
}

export interface Price {
  /** Of a minute on line, billed in steps of `stepMs`. */
  readonly minute?: number;
  readonly stepMs?: number;
  /** Of a million bytes; of a session at least `leastBytes` are billed. */
  readonly megabyte?: number;
  readonly leastBytes?: number;
  /** Of a session. */
  readonly setup?: number;
  readonly currency?: string;
}

export interface Use {
  readonly ms: number;
  readonly bytes: number;
}

/** `by`: whether the next month, or only another budget, changes it. */
export interface Spent {
  readonly spent: string;
  readonly by: "window" | "month";
}

export type Allowance = { readonly ms?: number; readonly bytes?: number } | Spent;

const MINUTE_MS = 60_000;
/** Bytes of a session that finds nothing to do, TLS included: with less, dialling is money thrown away. */
const LEAST_SESSION = 900;
const MEGABYTE = 1_000_000;

export function costOf({ ms, bytes }: Use, price: Price): number {
  return (price.setup ?? 0) + timeCost(ms, price) + byteCost(bytes, price);
}

/**
 * What the next window may use, by the tightest of all limits. Money is divided between time and bytes where both are
 * billed: bytes are paid first for the least that a session is billed, time with what is left.
 *
 * @param used windows of this month so far
 */
export function allowance(budget: Budget, price: Price, used: readonly Use[]): Allowance {
  const month = leftOf(budget.month ?? {}, price, used);
  const both = tightest(budget.window ?? {}, month);
  if (both.bytes !== undefined && both.bytes < LEAST_SESSION) return tooFew(month.bytes === both.bytes);
  if (both.minutes !== undefined && both.minutes <= 0)
    return { spent: "this month's minutes are used up", by: "month" };
  const paid = both.money === undefined ? {} : forMoney(both.money, price);
  if (paid === undefined) return tooDear(month.money === both.money);
  const ms = least(both.minutes === undefined ? undefined : both.minutes * MINUTE_MS, paid.ms);
  const bytes = least(both.bytes, paid.bytes);
  return { ...(ms === undefined ? {} : { ms }), ...(bytes === undefined ? {} : { bytes }) };
}

function tooFew(monthly: boolean): Spent {
  if (monthly) return { spent: "this month's bytes are used up", by: "month" };
  return { spent: `a window's bytes do not pay for a session, which takes ${LEAST_SESSION}`, by: "window" };
}

function tooDear(monthly: boolean): Spent {
  if (monthly) return { spent: "what is left of this month's money does not pay for a session", by: "month" };
  return { spent: "a window's money does not pay for a session", by: "window" };
}

function timeCost(ms: number, { minute, stepMs = 1 }: Price): number {
  if (minute === undefined) return 0;
  // A step that is begun is paid.
  return (Math.ceil(ms / stepMs) * stepMs * minute) / MINUTE_MS;
}

function byteCost(bytes: number, { megabyte, leastBytes = 0 }: Price): number {
  return megabyte === undefined ? 0 : (Math.max(bytes, leastBytes) * megabyte) / MEGABYTE;
}

function leftOf({ bytes, minutes, money }: Limits, price: Price, used: readonly Use[]): Limits {
  const sum = (of: (one: Use) => number): number => used.reduce((total, one) => total + of(one), 0);
  return {
    ...(bytes === undefined ? {} : { bytes: bytes - sum((one) => one.bytes) }),
    ...(minutes === undefined ? {} : { minutes: minutes - sum((one) => one.ms) / MINUTE_MS }),
    ...(money === undefined ? {} : { money: money - sum((one) => costOf(one, price)) }),
  };
}

function tightest(one: Limits, two: Limits): Limits {
  const bytes = least(one.bytes, two.bytes);
  const minutes = least(one.minutes, two.minutes);
  const money = least(one.money, two.money);
  return {
    ...(bytes === undefined ? {} : { bytes }),
    ...(minutes === undefined ? {} : { minutes }),
    ...(money === undefined ? {} : { money }),
  };
}

function least(one: number | undefined, two: number | undefined): number | undefined {
  return one === undefined ? two : two === undefined ? one : Math.min(one, two);
}

/** Sums of money are a hair off: the last step that is paid in full must not be lost to it. */
const ROUNDING = 1e-9;

/**
 * Where both are billed, time gets half of what the least session leaves, in whole steps and at least one, and bytes the
 * rest: together they cannot overdraw the sum. A session that may not use a byte is none.
 */
function forMoney(money: number, price: Price): { ms?: number; bytes?: number } | undefined {
  const { minute, stepMs = 1, megabyte, leastBytes = 0 } = price;
  const free = money - costOf({ ms: 0, bytes: 0 }, price);
  const step = timeCost(stepMs, price);
  if (free < step - ROUNDING) return undefined;
  const timeShare = megabyte === undefined ? free : Math.max(free / 2, step);
  const ms = minute === undefined ? 0 : wholeSteps(timeShare, step, stepMs);
  const rest = free - timeCost(ms, price);
  const bytes = megabyte === undefined ? undefined : leastBytes + Math.floor((rest * MEGABYTE) / megabyte + ROUNDING);
  if (bytes !== undefined && bytes <= 0) return undefined;
  return { ...(minute === undefined ? {} : { ms }), ...(bytes === undefined ? {} : { bytes }) };
}

/** A step that does not fit is never begun; one that is begun may be used to its end. */
function wholeSteps(money: number, step: number, stepMs: number): number {
  return Math.floor(money / step + ROUNDING) * stepMs;
}
