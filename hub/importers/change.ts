import type { Plan, PlanDraft } from "#shared/qmail/draft-plan.js";

/** What a line becomes in the directory. A new kind of thing there is one more variant, and one more case in `apply-plan.ts`. */
export type Change =
  | { readonly kind: "domain"; readonly name: string; readonly ownPeople?: boolean }
  /** A stock qmail office; `prefix` stands before the recipients in its Maildir. */
  | { readonly kind: "office"; readonly name: string; readonly host: string; readonly prefix: string }
  | { readonly kind: "person"; readonly name: string; readonly office: string; readonly fullName?: string }
  | { readonly kind: "instructions"; readonly person: string; readonly extension: string; readonly text: string }
  | { readonly kind: "alias"; readonly name: string; readonly targets: readonly string[]; readonly owner?: string }
  | { readonly kind: "route"; readonly pattern: string; readonly destination: string; readonly accept: boolean };

export type HubPlan = Plan<Change>;
export type HubDraft = PlanDraft<Change>;
