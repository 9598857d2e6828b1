import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  eventually,
  killAll,
  mailbox,
  makeStar,
  type NodeProcess,
  qrelayJson,
  queued,
  type Star,
  startNode,
  submit,
} from "../../support/star.ts";

let dir: string;
let star: Star;
let hub: NodeProcess;
const out = (name: string): string => join(dir, name);
const onHub = (...words: string[]) => qrelayJson(["hub", ...words, "--dir", star.hub]);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "qrelay-programs-"));
  star = await makeStar({
    dir,
    offices: [],
    people: { holly: "kabul", bob: "kabul" },
    hubToml: `[programs]\nallow = true\nuser = ${JSON.stringify(userInfo().username)}\n\n[[smtp.rule]]\nfrom = "127.0.0.1"\nrelay = true`,
  });
  hub = await startNode("hub", star.hub);
}, 60_000);

afterAll(async () => {
  await killAll();
  await rm(dir, { recursive: true, force: true });
});

async function send(to: string, subject: string): Promise<void> {
  const message = `From: bob@example.org\nTo: ${to}\nSubject: ${subject}\n\nhello\n`;
  expect(await submit(hub.port("smtp"), "bob@example.org", [to], message)).toMatchObject({ ok: true });
}

const soon = (check: () => Promise<void>): Promise<unknown> =>
  eventually(async () => {
    await check();
    return true;
  });

const subjects = async (name: string): Promise<(string | undefined)[]> =>
  (await mailbox(star.hub, name)).map((one) => one.header("subject"));

it("gives a message to an alias's program, with its environment, and to the others", async () => {
  await onHub(
    "alias",
    "set",
    "tickets",
    `|cat > ${out("ticket")}; echo "$SENDER $RECIPIENT" >> ${out("ticket")}`,
    "holly",
  );
  await send("tickets@example.org", "broken pump");
  await soon(async () =>
    expect(await readFile(out("ticket"), "utf8")).toContain("bob@example.org tickets@example.org"),
  );
  const text = await readFile(out("ticket"), "utf8");
  expect(text).toMatch(/^Delivered-To: tickets@example\.org\nReceived: /);
  expect(text).toContain("Subject: broken pump");
  await soon(async () => expect(await subjects("holly")).toEqual(["broken pump"]));
});

it("does what follows a program only when it says yes", async () => {
  await onHub("instructions", "set", "bob", `|grep -q "Subject: private" && exit 99; exit 0`, "holly", "./");
  await send("bob@example.org", "private");
  await send("bob@example.org", "public");
  await soon(async () => expect(await subjects("holly")).toContain("public"));
  await soon(async () => expect(await subjects("bob")).toEqual(["public"]));
  expect(await subjects("holly")).not.toContain("private");
});

it("bounces what a program refuses, with its words", async () => {
  await onHub("route", "set", "wall@example.org", `program:echo "nobody reads this"; exit 100`);
  await send("wall@example.org", "hello wall");
  // bob's own instructions forward the report to holly.
  await soon(async () => {
    const reports = (await mailbox(star.hub, "holly")).filter((one) => one.header("subject")?.endsWith("hello wall"));
    expect(reports.map((one) => one.body)).toEqual([expect.stringContaining("nobody reads this")]);
  });
});

it("keeps what a program cannot take now, and tries again by the record of then", async () => {
  await onHub("route", "set", "later@example.org", "program:exit 111");
  await onHub("route", "set", "moved@example.org", "program:exit 111");
  await send("later@example.org", "patience");
  await send("moved@example.org", "changed my mind");
  await soon(async () => expect(hub.log.some((line) => line.includes("deferred"))).toBe(true));
  expect(await queued(star.hub, "programs")).toHaveLength(2);
  await onHub("route", "set", "moved@example.org", "to:holly@example.org");
  await writeFile(out("later"), "");
  await onHub("route", "set", "later@example.org", `program:cat > ${out("later")}`);
  await hub.kill();
  hub = await startNode("hub", star.hub);
  await soon(async () => expect(await readFile(out("later"), "utf8")).toContain("patience"));
  await soon(async () => expect(await queued(star.hub, "programs")).toHaveLength(0));
  await soon(async () => expect(await subjects("holly")).toContain("changed my mind"));
});

it("keeps its part while programs are switched off, and the others have theirs once", async () => {
  await onHub("alias", "set", "off", `|cat >> ${out("off")}`, "holly");
  const config = await readFile(join(star.hub, "hub.toml"), "utf8");
  await hub.stop();
  await writeFile(join(star.hub, "hub.toml"), config.replace("allow = true\nuser", "allow = false\nuser"));
  hub = await startNode("hub", star.hub);
  await send("off@example.org", "switched off");
  await soon(async () => expect((await subjects("holly")).filter((one) => one === "switched off")).toHaveLength(1));
  await soon(async () => expect(await queued(star.hub, "programs")).toHaveLength(1));
  // Tried again, as it is at every start.
  await hub.stop();
  hub = await startNode("hub", star.hub);
  await soon(async () => expect(hub.log.join("\n")).toContain("programs are not allowed on this hub"));
  expect((await subjects("holly")).filter((one) => one === "switched off")).toHaveLength(1);
  await hub.stop();
  await writeFile(join(star.hub, "hub.toml"), config);
  hub = await startNode("hub", star.hub);
  await soon(async () => expect(await readFile(out("off"), "utf8")).toContain("Subject: switched off"));
  expect((await subjects("holly")).filter((one) => one === "switched off")).toHaveLength(1);
});

it("sends nobody the mail again when a program is taken out of an alias while its part waits", async () => {
  await onHub("alias", "set", "dropped", "|exit 111", "holly");
  await send("dropped@example.org", "to whom it concerns");
  await soon(async () => expect((await queued(star.hub, "programs")).length).toBe(1));
  await soon(async () => expect(await subjects("holly")).toContain("to whom it concerns"));
  await onHub("alias", "set", "dropped", "holly");
  await hub.stop();
  hub = await startNode("hub", star.hub);
  await soon(async () => expect(await queued(star.hub, "programs")).toHaveLength(0));
  expect((await subjects("holly")).filter((one) => one === "to whom it concerns")).toHaveLength(1);
});
