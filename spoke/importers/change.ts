import type { Plan, PlanDraft } from "#shared/qmail/draft-plan.js";

/**
 * What a line asks for that the import does not do by itself: headquarters says who is where, and an office's aliases
 * are its administrator's. The words of a command line.
 */
export interface Command {
  readonly where: "hub" | "here";
  readonly words: readonly string[];
}

export type SpokePlan = Plan<Command>;
export type SpokeDraft = PlanDraft<Command>;

/** As a shell takes it. */
export function written({ words }: Command): string {
  return words.map((word) => (/^[\w.,:=@%/+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}
