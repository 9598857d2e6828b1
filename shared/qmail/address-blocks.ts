/**
 * The fewest networks that cover exactly these keys of tcprules (`1.2.3.4` or `1.2.3.`), all of one line: neighbours in
 * the last number become one network.
 */
export function blocksOf(keys: readonly string[]): string[] {
  const parsed = keys.map((key) => key.replace(/\.$/, "").split(".").map(Number));
  const blocks: string[] = [];
  for (let at = 0; at < parsed.length; ) {
    const first = parsed[at] ?? [];
    let next = at + 1;
    while (follows(parsed[next - 1], parsed[next])) next += 1;
    blocks.push(...cover(first.slice(0, -1), first.at(-1) ?? 0, next - at));
    at = next;
  }
  return blocks;
}

function follows(a: readonly number[] | undefined, b: readonly number[] | undefined): boolean {
  if (a === undefined || b === undefined || a.length !== b.length) return false;
  return a.slice(0, -1).every((label, index) => label === b[index]) && (a.at(-1) ?? 0) + 1 === b.at(-1);
}

/** `count` values of one label from `from` on, as networks of powers of two. */
function cover(before: readonly number[], from: number, count: number): string[] {
  const found: string[] = [];
  for (let at = from, left = count; left > 0; ) {
    let size = 1;
    while (size * 2 <= left && at % (size * 2) === 0) size *= 2;
    const address = [...before, at, 0, 0, 0].slice(0, 4).join(".");
    const bits = 8 * (before.length + 1) - Math.log2(size);
    found.push(bits === 32 ? address : `${address}/${bits}`);
    at += size;
    left -= size;
  }
  return found;
}
