import { randomBytes } from "node:crypto";
import { expect, it, onTestFinished } from "vitest";
import { cutLine } from "../cut-anywhere/cut-line.ts";
import { nodePair } from "../support/node-pair.ts";

it("a message larger than any memory should hold crosses, also over several cuts, in little more than its bytes", async () => {
  const nodes = await nodePair();
  onTestFinished(() => nodes.close());
  const photo = randomBytes(2_000_000).toString("base64").replace(/.{76}/g, "$&\n");
  await nodes.session(cutLine());
  await nodes.down(`From: sender@example.org\nSubject: photo\n\n${photo}\n`);
  let down = 0;
  for (const after of [300_000, 900_000, 500_000]) {
    const line = cutLine({ direction: "down", after });
    await nodes.session(line);
    down += line.bytes.down;
  }
  const last = cutLine();
  expect((await nodes.session(last)).spoke).toMatchObject({ ended: "drained", received: { messages: 1 } });
  expect(down + last.bytes.down).toBeLessThan(2_000_000 * 1.03);
  expect(await nodes.subjects("spoke", "holly")).toEqual(["photo"]);
});
