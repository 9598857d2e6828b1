/** One star, and a working day in it. Each part uses marks of its own, so their order does not matter. */
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { useStar } from "../scene.ts";
import { aliases } from "./aliases.ts";
import { bounces } from "./bounces.ts";
import { checkpassword } from "./checkpassword.ts";
import { mail } from "./mail.ts";
import { people } from "./people.ts";
import { qmtp } from "./qmtp.ts";
import { refusals } from "./refusals.ts";

const scene = useStar({
  offices: ["mazar", "herat", "farah"],
  people: {
    bob: "kabul",
    holly: "mazar",
    hamid: "mazar",
    hana: "mazar",
    layla: "mazar",
    zeno: "herat",
    zahra: "herat",
    farid: "farah",
    gone: "herat",
  },
  passwords: { bob: "secret of bob", holly: "secret of holly" },
  sink: true,
  // 127.0.0.1 is a stranger to the hub; two more of the machine's addresses stand for its friends.
  hubToml: `[[smtp.rule]]
from = "127.0.0.9"
relay = true

[[smtp.rule]]
from = "127.0.0.8"
office = "herat"`,
  running: ["hub", "mazar", "herat"],
  // The link's table is the last one of the file.
  prepare: (star) => appendFile(join(star.spoke("herat"), "spoke.toml"), 'listen = "127.0.0.1:0"\n'),
});

describe("mail", () => mail(scene));
describe("a recipient at RCPT", () => refusals(scene));
describe("aliases", () => aliases(scene));
describe("people", () => people(scene));
describe("checkpassword", () => checkpassword(scene));
describe("bounces", () => bounces(scene));
describe("QMTP", () => qmtp(scene));
