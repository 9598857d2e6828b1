// What a power cut leaves of a fake disk. Each change that was not synced is lost or kept on its own.
import { apply, type Directory, type File, makeDirectory, makeFile, type Node } from "./fake-nodes.ts";

/** Everything not synced is lost, or kept, or (a seed) each thing by the throw of a coin. */
export type Fate = "lost" | "kept" | number;

export function survivorsOf(root: Directory, fate: Fate): Directory {
  const coin = coinOf(fate);
  const done = new Map<Node, Node>(); // a file under two names is still one file
  const survive = (node: Node): Node => {
    const known = done.get(node);
    if (known !== undefined) return known;
    const made = node.kind === "file" ? survivingFile(node, coin) : makeDirectory(survivingNames(node, coin, survive));
    done.set(node, made);
    return made;
  };
  return makeDirectory(survivingNames(root, coin, survive));
}

function survivingNames(directory: Directory, coin: () => boolean, survive: (node: Node) => Node): Map<string, Node> {
  const entries = new Map(directory.durable);
  for (const change of directory.pending) if (coin()) apply(entries, change);
  return new Map([...entries].map(([name, node]) => [name, survive(node)]));
}

// Bytes not synced may be lost in part: the front half stands for every torn file.
function survivingFile(file: File, coin: () => boolean): File {
  if (coin()) return makeFile(file.mtimeMs, file.content);
  const extra = coin() ? Math.floor((file.content.length - file.durable.length) / 2) : 0;
  return makeFile(file.mtimeMs, file.content.subarray(0, file.durable.length + extra));
}

function coinOf(fate: Fate): () => boolean {
  if (fate === "lost") return () => false;
  if (fate === "kept") return () => true;
  let state = Math.imul(fate + 1, 2_654_435_761) >>> 0 || 1; // spread: small seeds would begin alike
  return () => {
    // xorshift32: the same seed gives the same accident again.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state & 1) === 1;
  };
}
