import type { Service } from "#shared/qmail/access-rule.js";
import { type Line, type Problem, place } from "#shared/qmail/lines.js";

/** What a line becomes in the directory. Routing learns more kinds as it grows: each is one variant and one case in `apply-plan.ts`. */
export type Change =
  | { readonly kind: "domain"; readonly name: string }
  /** A stock qmail office; `prefix` stands before the recipients in its Maildir. */
  | { readonly kind: "office"; readonly name: string; readonly host: string; readonly prefix: string }
  | { readonly kind: "person"; readonly name: string; readonly office: string }
  | { readonly kind: "instructions"; readonly person: string; readonly extension: string; readonly text: string }
  | { readonly kind: "alias"; readonly name: string; readonly targets: readonly string[]; readonly owner?: string }
  | { readonly kind: "route"; readonly pattern: string; readonly destination: string; readonly accept: boolean };

export interface PlannedChange {
  readonly at: Line;
  readonly change: Change;
}

/** A Maildir of mail that waits in the old system. */
export interface Waiting {
  readonly at: Line;
  readonly maildir: string;
  /** What qmail put before the recipients. */
  readonly prefix: string;
  /** Queue here: `office/NAME`, or `sorting` for mail that is still to be routed. */
  readonly queue: string;
}

/** What is printed for a line. */
export interface Row extends Line {
  readonly verdict: "carried" | Problem["weight"];
  readonly becomes: string;
  readonly cure?: string;
}

export interface Plan {
  readonly changes: readonly PlannedChange[];
  readonly rows: readonly Row[];
  readonly waiting: readonly Waiting[];
  /** Text to append to hub.toml; empty when there are no rules. */
  readonly toml: string;
}

/** A plan while it is made. Rows stand in the order in which they were noted; `plan` sorts them. */
export class PlanDraft {
  readonly changes: PlannedChange[] = [];
  readonly waiting: Waiting[] = [];
  readonly toml: string[] = [];
  readonly #rows: Row[] = [];

  /** The line becomes something: a change, or what is already so. */
  carry(at: Line, becomes: string, change?: Change): void {
    this.#rows.push({ ...place(at), verdict: "carried", becomes });
    if (change !== undefined) this.changes.push({ at: place(at), change });
  }

  tell(problems: readonly Problem[]): void {
    for (const problem of problems) {
      const { says, cure, weight } = problem;
      this.#rows.push({ ...place(problem), verdict: weight, becomes: says, cure });
    }
  }

  adopt(waiting: Waiting): void {
    this.waiting.push(waiting);
  }

  rule(service: Service, lines: readonly string[]): void {
    this.toml.push(`[[${service}.rule]]`, ...lines, "");
  }

  done(): Plan {
    const rows = this.#rows.toSorted((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1));
    return { changes: this.changes, rows, waiting: this.waiting, toml: this.toml.join("\n").trimEnd() };
  }
}
