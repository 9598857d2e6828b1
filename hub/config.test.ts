import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type KeyTable, schemaOf } from "#shared/config/key-table.js";
import { formatProblem, schemaKeys } from "#shared/config/read-toml.js";
import { permit } from "#shared/config/rules.js";
import { applySet } from "#shared/config/set-key.js";
import { documentHubKeys, HUB_KEYS, loadHubConfig, newHubToml, parseHubConfig } from "./config.ts";

const GIVEN = { domain: "example.org", office: "kabul", host: "kabul.example.org" };

function problems(text: string): string[] {
  const read = parseHubConfig(text, "/dir");
  return read.ok ? [] : read.problems.map((problem) => formatProblem("hub.toml", problem));
}

describe("hub.toml", () => {
  it("as init writes it gives the defaults", () => {
    const read = parseHubConfig(newHubToml(GIVEN), "/dir");
    expect(read).toMatchObject({
      ok: true,
      value: {
        ...GIVEN,
        dir: "/dir",
        listen: {
          smtp: [{ host: "0.0.0.0", port: 25 }],
          submission: [{ host: "0.0.0.0", port: 587 }],
          qmtp: [{ host: "0.0.0.0", port: 209 }],
          link: [{ host: "0.0.0.0", port: 6209 }],
          pop3: [{ host: "0.0.0.0", port: 110 }],
          http: [{ host: "127.0.0.1", port: 8025 }],
        },
        limits: { message: 25e6, connections: 100, perAddress: 10, freeSpace: 50e6, freeInodes: 1000 },
        queue: {
          lifetimeMs: 432e6,
          linkLifetimeMs: 7776e6,
          delayNoticeMs: 144e5,
          linkDelayNoticeMs: 1728e5,
          prefix: "",
        },
        log: { level: "info" },
      },
    });
  });

  it("takes --set for every listener, as scripts do", () => {
    let text = newHubToml(GIVEN);
    for (const room of ["smtp", "submission", "qmtp", "link", "pop3", "http"])
      text = applySet(text, `${room}.listen=127.0.0.1:0`);
    const read = parseHubConfig(text, "/dir");
    expect(read.ok && Object.values(read.value.listen)).toEqual(Array(6).fill([{ host: "127.0.0.1", port: 0 }]));
  });

  it("knows exactly the keys of its table, and the sample shows them all", () => {
    const keys = Object.entries(HUB_KEYS as KeyTable).flatMap(([key, { each }]) =>
      each === undefined ? [key] : Object.keys(each).map((part) => `${key}.${part}`),
    );
    expect(new Set(schemaKeys(schemaOf(HUB_KEYS)))).toEqual(new Set(keys));
    for (const key of Object.keys(HUB_KEYS))
      expect(newHubToml(GIVEN)).toMatch(new RegExp(`^(# )?(\\[\\[)?${key}( =|\\]\\])`, "m"));
  });

  it("is what CONFIG.md says (vitest -u writes it)", async () => {
    await expect(documentHubKeys()).toMatchFileSnapshot("./CONFIG.md");
  });

  it("compiles the rules of both rooms", () => {
    const rules =
      '[[smtp.rule]]\nfrom = "10.1.0.0/16"\nrelay = true\n[[qmtp.rule]]\nfrom = "10.1.2.3"\noffice = "herat"\n';
    const read = parseHubConfig(newHubToml(GIVEN) + rules, "/dir");
    if (!read.ok) throw new Error("the rules should be fine");
    const none = { allow: true, relay: false };
    expect(permit(read.value.smtpRules, "10.1.2.3", none)).toEqual({ allow: true, relay: true });
    expect(permit(read.value.qmtpRules, "10.1.2.3", none)).toEqual({ allow: true, relay: false, office: "herat" });
  });

  it("resolves certificate paths against the folder and wants both or none", () => {
    const set = applySet(applySet(newHubToml(GIVEN), "tls.cert=c.pem"), "tls.key=/k.pem");
    expect(parseHubConfig(set, "/dir")).toMatchObject({
      ok: true,
      value: { tls: { cert: "/dir/c.pem", key: "/k.pem" } },
    });
    expect(problems(applySet(newHubToml(GIVEN), "tls.cert=c.pem"))).toEqual([
      expect.stringMatching(/tls\.key is missing: tls\.cert and tls\.key, both or none$/),
    ]);
  });

  it("tells everything that is wrong at once", () => {
    const text = [
      'domain = "not a domain"',
      'office = "Kabul"',
      'submissions.listen = "0.0.0.0:465"',
      'queue.lifetime = "5"',
      'limits.message = "big"',
      'log.level = "loud"',
      "[[smtp.rule]]",
      'from = "10.1.2.3/16"',
      "[[smtp.rule]]",
      'from = "@lan"',
    ].join("\n");
    expect(problems(text)).toEqual([
      "hub.toml: host is missing: the hub's own host name, such as kabul.example.org",
      'hub.toml:1: domain = "not a domain": the organisation\'s first domain, such as example.org',
      'hub.toml:2: office = "Kabul": the name of headquarters, such as kabul: lower-case letters, digits and hyphens, 63 at most',
      'hub.toml:3: submissions.listen = "0.0.0.0:465": "off", because it is not served here: use submission.listen',
      'hub.toml:4: queue.lifetime = "5": a duration such as "15m", "4h" or "30d"',
      'hub.toml:5: limits.message = "big": a size such as "200k", "25M" or 300 (bytes)',
      'hub.toml:6: log.level = "loud": "debug" or "info" or "warn" or "error"',
      'hub.toml:8: smtp.rule.from = "10.1.2.3/16": an address, a network without host bits such as 10.1.0.0/16, or "@lan"',
      'hub.toml:10: smtp.rule.from = "@lan": the key lan.interface, which says what "@lan" is',
    ]);
  });
});

describe("loadHubConfig", () => {
  let dir = "";
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "qrelay-config-"));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it("fails with 78 and the cure when there is no file", () => {
    expect(() => loadHubConfig(dir)).toThrow(
      expect.objectContaining({ exit: 78, message: expect.stringContaining("qrelay hub init") }),
    );
  });

  it("fails with 78 and a line for each problem", async () => {
    await writeFile(join(dir, "hub.toml"), "domain = 1\noffice = 2\n");
    expect(() => loadHubConfig(dir)).toThrow(
      expect.objectContaining({
        exit: 78,
        message: expect.stringMatching(/^hub\.toml: host.*\nhub\.toml:1: .*\nhub\.toml:2: .*$/),
      }),
    );
  });

  it("reads what init writes", async () => {
    await writeFile(join(dir, "hub.toml"), newHubToml(GIVEN));
    expect(loadHubConfig(dir)).toMatchObject({ ...GIVEN, dir });
  });
});
