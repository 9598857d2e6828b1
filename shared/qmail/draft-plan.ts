import type { Service } from "./access-rule.ts";
import { type Line, type Problem, place } from "./lines.ts";

/** A change that a line asks for; what changes there are, each node says. */
export interface PlannedChange<C> {
  readonly at: Line;
  readonly change: C;
}

/** A Maildir of mail that waits in the old system. */
export interface Waiting {
  readonly at: Line;
  readonly maildir: string;
  /** What qmail put before the recipients. */
  readonly prefix: string;
}

/** What is printed for a line. */
export interface Row extends Line {
  readonly verdict: "carried" | Problem["weight"];
  readonly becomes: string;
  readonly cure?: string;
}

export interface Plan<C> {
  readonly changes: readonly PlannedChange<C>[];
  readonly rows: readonly Row[];
  readonly waiting: readonly Waiting[];
  /** Keys for the configuration file, each with its value as TOML writes it. */
  readonly settings: Readonly<Record<string, string>>;
  /** Rules to append to the configuration file; empty when there are none. */
  readonly toml: string;
}

/** A plan while it is made. Rows stand in the order in which they were noted; `done` sorts them. */
export class PlanDraft<C> {
  readonly #changes: PlannedChange<C>[] = [];
  readonly #waiting: Waiting[] = [];
  readonly #settings: Record<string, string> = {};
  readonly #toml: string[] = [];
  readonly #rows: Row[] = [];

  /** The line becomes something: a change, or what is already so. */
  carry(at: Line, becomes: string, change?: C): void {
    this.#rows.push({ ...place(at), verdict: "carried", becomes });
    if (change !== undefined) this.change(at, change);
  }

  /** A change of which its rows speak already. */
  change(at: Line, change: C): void {
    this.#changes.push({ at: place(at), change });
  }

  tell(problems: readonly Problem[]): void {
    for (const problem of problems) {
      const { says, cure, weight } = problem;
      this.#rows.push({ ...place(problem), verdict: weight, becomes: says, cure });
    }
  }

  adopt(waiting: Waiting): void {
    this.#waiting.push(waiting);
  }

  set(at: Line, key: string, toml: string, file: string): void {
    this.#settings[key] = toml;
    this.carry(at, `${key} = ${toml} for ${file}`);
  }

  rule(service: Service, lines: readonly string[]): void {
    this.#toml.push(`[[${service}.rule]]`, ...lines, "");
  }

  done(): Plan<C> {
    const rows = this.#rows.toSorted((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1));
    const toml = this.#toml.join("\n").trimEnd();
    return { changes: this.#changes, rows, waiting: this.#waiting, settings: this.#settings, toml };
  }
}
