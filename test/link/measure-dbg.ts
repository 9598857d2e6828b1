import { readdirSync, readFileSync } from "node:fs";
import { duplexPair } from "node:stream";
import { packageSize } from "qmtp-codec";
import { nodePair } from "../support/node-pair.ts";

const dir = process.argv[2] ?? "";
const rows = readFileSync(`${dir}/../bench.tsv`, "utf8")
  .trim()
  .split("\n")
  .slice(1)
  .map((l) => {
    const [file = "", , cls = "", bytes = "0", , , html, att] = l.split("\t");
    return { file, cls, bytes: Number(bytes), html, att };
  });
const kind = (r: (typeof rows)[0]) =>
  r.cls.includes("attach") || r.att
    ? "att"
    : r.cls.includes("html") || r.html === "1"
      ? "html"
      : r.cls.startsWith("tiny")
        ? "tiny"
        : "text";
let seed = 7;
const rnd = () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};
const shuffled = [...rows]
  .map((r) => [rnd(), r] as const)
  .sort((a, b) => a[0] - b[0])
  .map(([, r]) => r);
const cut = Math.floor(shuffled.length * 0.35);
const cold = process.argv[3] === "cold";
const warm = shuffled.slice(0, cut),
  rest = shuffled.slice(cut);
const nodes = await nodePair();
async function run(list: typeof rows) {
  let raw = 0,
    plain = 0;
  for (const r of list) {
    const text = readFileSync(`${dir}/${r.file}`, "latin1");
    await nodes.down(text);
  }
  const q = nodes.hub.store.queue("office/herat");
  for (const e of await q.list()) {
    const o = await q.open(e);
    if (o) {
      raw += o.size;
      plain +=
        packageSize(
          o.size,
          o.head.envelope.sender,
          o.head.envelope.recipients.map((x) => x.address),
        ) + 25;
      await o.close();
    }
  }
  const [spoke, hub] = duplexPair();
  let writes = 0;
  for (const end of [spoke, hub]) {
    const w = end.write.bind(end);
    end.write = ((...a: Parameters<typeof w>) => {
      writes += 1;
      return w(...a);
    }) as typeof end.write;
  }
  const t = performance.now();
  const { wire, spoke: rep } = await nodes.session({ spoke, hub });
  const ms = performance.now() - t;
  const total = wire.up + wire.down + writes * 22 + 590;
  console.log(
    list.length,
    "msgs",
    rep.ended,
    rep.reason ?? "",
    rep.received.messages,
    "raw",
    raw,
    "down",
    wire.down,
    "up",
    wire.up,
    "writes",
    writes,
    "ratio",
    (total / plain).toFixed(3),
    "per msg",
    Math.round(total / list.length),
    "ms/msg",
    (ms / list.length).toFixed(1),
  );
}
if (!cold) await run(warm);
for (const k of ["tiny", "text", "html", "att"]) {
  const list = rest.filter((r) => kind(r) === k);
  console.log(k);
  await run(list);
}
await nodes.close();
