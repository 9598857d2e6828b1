import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { askDaemon } from "#shared/io/control.js";
import {
  eventually,
  killAll,
  mailbox,
  makeStar,
  type NodeProcess,
  qrelay,
  qrelayJson,
  queued,
  type Star,
  startNode,
  submit,
} from "../../support/star.ts";

let dir: string;
let star: Star;
let hub: NodeProcess;
const file = (): string => join(dir, "staff.txt");

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "qrelay-includes-"));
  await writeFile(file(), "# staff\nholly\nm@far.example\n");
  star = await makeStar({ dir, offices: [], people: { bob: "kabul", holly: "kabul", zeno: "kabul" }, sink: true });
  await qrelayJson(["hub", "alias", "set", "staff", "bob", `:include:${file()}`, "--dir", star.hub]);
  hub = await startNode("hub", star.hub);
}, 60_000);

afterAll(async () => {
  await killAll();
  await rm(dir, { recursive: true, force: true });
});

const soon = (check: () => Promise<void>): Promise<unknown> =>
  eventually(async () => {
    await check();
    return true;
  });

function write(subject: string) {
  const message = `From: x@far.example\nTo: staff@example.org\nSubject: ${subject}\n\nhello\n`;
  return submit(hub.port("smtp"), "x@far.example", ["staff@example.org"], message);
}

async function got(subject: string): Promise<Record<string, number>> {
  const counted: Record<string, number> = {};
  for (const name of ["bob", "holly", "zeno"])
    counted[name] = (await mailbox(star.hub, name)).filter((one) => one.header("subject") === subject).length;
  const far = star.sink?.messages.filter(({ to, text }) => to.includes("m@far.example") && text.includes(subject));
  return { ...counted, far: far?.length ?? 0 };
}

it("reads a file anew when it has changed, without a word to the hub", async () => {
  expect(await write("first")).toMatchObject({ ok: true });
  await soon(async () => expect(await got("first")).toEqual({ bob: 1, holly: 1, zeno: 0, far: 1 }));
  await writeFile(file(), "zeno\nm@far.example\n");
  expect(await write("second")).toMatchObject({ ok: true });
  await soon(async () => expect(await got("second")).toEqual({ bob: 1, holly: 0, zeno: 1, far: 1 }));
});

it("keeps for those in a missing file what the others get at once, and gives it to nobody twice", async () => {
  await rename(file(), `${file()}.away`);
  expect(await write("third")).toMatchObject({ ok: true });
  await soon(async () => expect(await got("third")).toEqual({ bob: 1, holly: 0, zeno: 0, far: 0 }));
  const [left] = await eventually(async () => {
    const waiting = await queued(star.hub, "sorting");
    return waiting.length === 1 && waiting[0]?.header("delivered-to")?.includes("/") ? waiting : undefined;
  });
  expect(left?.header("delivered-to")).toBe(`staff${file()}@example.org`);
  const checked = await qrelay(["hub", "check", "--dir", star.hub]);
  expect(checked.out + checked.err).toContain(`${file()}: there is no such file`);
  await rename(`${file()}.away`, file());
  await askDaemon(star.hub, { command: "retry", args: { queue: "sorting" } });
  await soon(async () => expect(await got("third")).toEqual({ bob: 1, holly: 0, zeno: 1, far: 1 }));
  await soon(async () => expect(await queued(star.hub, "sorting")).toEqual([]));
});

it("defers the message where nobody else is on the list, and names the file", async () => {
  await qrelayJson(["hub", "alias", "set", "staff", `:include:${file()}`, "--dir", star.hub]);
  await writeFile(file(), "zeno\n|/bin/sh\n");
  expect(await write("fourth")).toMatchObject({ ok: false, text: expect.stringContaining(file()) });
  expect((await write("fourth")).text).toMatch(/^451.*4\.3\.5/);
});
