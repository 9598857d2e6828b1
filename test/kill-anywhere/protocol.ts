/** Between the harness and the code in a victim (types only). */
export type Mode = "before" | "after";

export type ToVictim =
  /** Count from now on (from the next quiet moment), and die at call `at`; 0 counts only. */
  { readonly ask: "arm"; readonly at: number; readonly mode: Mode } | { readonly ask: "count" };

/** Durable calls since it was armed. */
export interface Told {
  readonly count: number;
  readonly labels: readonly string[];
  /** Nothing is under way, and nothing was a moment ago. */
  readonly quiet: boolean;
}
