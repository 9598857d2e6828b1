import { makeStar, startNode, submit, flush, eventually, queued, mailbox } from "../support/star.ts";
import { mkdtempSync } from "node:fs";
import { once } from "node:events";
import type { Told } from "./protocol.ts";
const dir = mkdtempSync("/tmp/star-");
const star = await makeStar({ dir, offices: ["herat"], people: { alice: "kabul", bashir: "herat" }, sink: true });
const start = (k: "hub" | "spoke", d: string) => startNode(k, d, { ipc: true, nodeArgs: ["--import", new URL("preload.ts", import.meta.url).pathname], env: { QRELAY_KILL_DIR: d, NODE_COMPILE_CACHE: "/tmp/kill-cache" } });
for (let i = 0; i < 3; i++) {
  console.time("start");
  const t = [startNode("hub", star.hub, { env: { NODE_COMPILE_CACHE: "/tmp/kill-cache" } })];
  await Promise.all(t); console.timeEnd("start");
  await (await t[0]!).kill();
  console.time("start preload");
  const u = await start("hub", star.hub); console.timeEnd("start preload");
  await u.kill();
}
const [hub, spoke] = await Promise.all([start("hub", star.hub), start("spoke", star.spoke("herat"))]);
const ask = async (n: typeof hub, m: object): Promise<Told> => { n.child.send(m as never); return (await once(n.child, "message"))[0] as Told; };
const arm = async (n: typeof hub) => ask(n, { ask: "arm", at: 0, mode: "before" });
const count = async (n: typeof hub) => console.log(n.kind, (await ask(n, { ask: "count" })));
await arm(hub); await arm(spoke);
await flush(spoke.dir, hub.port("link")); await count(hub); await count(spoke);
await submit(hub.port("smtp"), "x@y.example", ["bashir@example.org"], "Subject: hi\n\nbody\n"); await count(hub);
await submit(spoke.port("smtp"), "bashir@example.org", ["alice@example.org", "x@outside.example"], "Subject: hi 2\n\nbody\n");
await flush(spoke.dir, hub.port("link"));
await eventually(() => star.sink?.messages.length);
await count(hub); await count(spoke);
await Promise.all([hub.stop(), spoke.stop()]); await star.sink?.close();
