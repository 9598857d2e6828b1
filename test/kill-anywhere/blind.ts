/**
 * Whether the watch has seen all it should (pure): a file cannot be named unless it was opened and synced before. Calls
 * that `preload.ts` does not know would leave kills untried, and nobody would notice.
 */
export function unseen(calls: readonly string[]): string[] {
  const seen = new Set<string>();
  const missing: string[] = [];
  for (const call of calls) {
    const [verb = "", path = ""] = call.split(" ");
    if (
      /^(link|rename)$/.test(verb) &&
      path.includes("/tmp/") &&
      !(seen.has(`open ${path}`) && seen.has(`sync ${path}`))
    )
      missing.push(`${path} was named, and preload.ts has not seen it opened and synced`);
    seen.add(`${verb.replace(/^f?(data)?sync$/, "sync")} ${path}`);
  }
  return missing;
}
