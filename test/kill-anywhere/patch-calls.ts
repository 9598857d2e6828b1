/** In the victim: puts a counted call in the place of a plain one. */
import fs from "node:fs";
import { begin, end, type later, type now } from "./count-calls.ts";

export type Function_ = (...words: never[]) => unknown;
export type Anything = Record<string, Function_>;

/** Replaces `holder[name]`; `label` says what the call is called, or undefined when it is not counted. */
export function patch(
  holder: object,
  name: string,
  run: typeof now | typeof later,
  label: (words: readonly unknown[], self: object) => string | undefined,
): void {
  const table = holder as Anything;
  const original = table[name];
  if (original === undefined) throw new Error(`There is no ${name} to watch`);
  replace(table, name, function (this: object, ...words: never[]) {
    const said = label(words, this);
    const work = () => original.apply(this, words);
    return said === undefined ? work() : run(`${name.replace(/Sync$/, "")} ${said}`, work as () => Promise<unknown>);
  } as Function_);
}

/** The same for a call that answers its last argument. */
export function patchCallback(name: string, label: (words: readonly unknown[]) => string | undefined): void {
  const table = fs as unknown as Anything;
  const original = table[name];
  if (original === undefined) throw new Error(`There is no ${name} to watch`);
  replace(table, name, ((...words: unknown[]) => {
    const said = label(words);
    if (said === undefined) return original(...(words as never[]));
    const number = begin(`${name} ${said}`);
    const answer = words.pop() as (...values: unknown[]) => void;
    const answered = (...values: unknown[]): void => {
      end(number);
      answer(...values);
    };
    return original(...([...words, answered] as never[]));
  }) as Function_);
}

/** promisify() finds out by hidden properties of `fs.write` and its like what their promise is: they go along. */
export function replace(table: Anything, name: string, by: Function_): void {
  Object.defineProperties(by, Object.getOwnPropertyDescriptors(table[name] as object));
  table[name] = by;
}
