import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { RecipientAnswer } from "#shared/link/wire/answer.js";
import type { Done } from "#shared/link/wire/hello.js";
interface Given extends Done { readonly stream: number; end?: number }
export class GivenAnswers {
  readonly #path: string; #given: Given[];
  private constructor(path: string, given: Given[]) { this.#path = path; this.#given = given; }
  static open(path: string): GivenAnswers {
    const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n").filter((line) => line !== "") : [];
    const given = lines.flatMap((line) => { try { return [{ ...(JSON.parse(line) as Done), stream: -1 }]; } catch { return []; } });
    return new GivenAnswers(path, given);
  }
  add(stream: number, id: string, answers: readonly RecipientAnswer[]): void { this.#given.push({ stream, id, answers }); appendFileSync(this.#path, `${JSON.stringify({ id, answers })}\n`, { mode: 0o600 }); }
  written(stream: number, end: number): void { const one = this.#given.find((given) => given.stream === stream); if (one !== undefined) one.end = end; }
  confirmed(position: number): void { this.#given = this.#given.filter(({ end }) => end === undefined || end > position); }
  list(): Done[] { return this.#given.map(({ id, answers }) => ({ id, answers })).reverse().slice(0, 64); }
  save(): void { writeFileSync(this.#path, this.#given.map(({ id, answers }) => `${JSON.stringify({ id, answers })}\n`).join(""), { mode: 0o600 }); }
  clear(): void { this.#given = []; rmSync(this.#path, { force: true }); }
}
