import { type Allowance, allowance, costOf, type Spent, type Use } from "#shared/link/budget.js";
import type { Link } from "./config.ts";
import type { Journal } from "./directory/journal.ts";

/** What a link has used of its calendar month, and what that leaves for a window; read from the journal. */
export interface MonthUse {
  readonly windows: number;
  readonly ms: number;
  readonly bytes: number;
  /** Absent where the link has no price. */
  readonly money?: number;
}

type Priced = Pick<Link, "name" | "budget" | "price">;

/** The machine's own calendar: bills follow the place. A clock that stands at 1970 has a month of its own. */
export function monthAt(now: Date): { readonly from: Date; readonly until: Date } {
  const year = now.getFullYear();
  const month = now.getMonth();
  return { from: new Date(year, month, 1), until: new Date(year, month + 1, 1) };
}

export function monthUse(link: Priced, journal: Pick<Journal, "used">, now: Date): MonthUse {
  const { price } = link;
  const used = usedThisMonth(link, journal, now);
  return {
    windows: used.length,
    ms: sum(used, ({ ms }) => ms),
    bytes: sum(used, ({ bytes }) => bytes),
    ...(price === undefined ? {} : { money: sum(used, (one) => costOf(one, price)) }),
  };
}

/** What a window that opens now may use. */
export function allowedNow(link: Priced, journal: Pick<Journal, "used">, now: Date): Allowance {
  return allowance(link.budget ?? {}, link.price ?? {}, usedThisMonth(link, journal, now));
}

/** Why nothing is dialled, and for how long. */
export function spentInWords({ spent, by }: Spent, now: Date): string {
  if (by === "window") return `${spent}: raise budget in spoke.toml`;
  const until = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long" }).format(monthAt(now).until);
  return `${spent}: nothing more before ${until}`;
}

/** Milliseconds since 1970; Infinity where waiting changes nothing. */
export function spentUntil({ by }: Spent, now: Date): number {
  return by === "month" ? monthAt(now).until.getTime() : Number.POSITIVE_INFINITY;
}

function usedThisMonth({ name }: Priced, journal: Pick<Journal, "used">, now: Date): readonly Use[] {
  const { from, until } = monthAt(now);
  return journal.used(name, from.getTime(), until.getTime());
}

function sum(used: readonly Use[], of: (one: Use) => number): number {
  return used.reduce((total, one) => total + of(one), 0);
}
