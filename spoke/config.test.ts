import { describe, expect, it } from "vitest";
import { formatProblem } from "#shared/config/read-toml.js";
import { applySet } from "#shared/config/set-key.js";
import { documentSpokeKeys, loadSpokeConfig, newSpokeToml, parseSpokeConfig } from "./config.ts";

const KEY = Buffer.alloc(32, 7);
const GIVEN = {
  domains: ["example.org", "example.net"],
  office: "herat",
  host: "herat.example.org",
  hub: "kabul.example.org",
  key: KEY.toString("base64url"),
  link: [{ name: "hub", connect: "tls://192.0.2.1:6209" }],
};

function problems(text: string): string[] {
  const read = parseSpokeConfig(text, "/dir");
  return read.ok ? [] : read.problems.map((problem) => formatProblem("spoke.toml", problem));
}

function links(text: string) {
  const { link: _link, ...plain } = GIVEN;
  const read = parseSpokeConfig(newSpokeToml({ ...plain, link: [] }) + text, "/dir");
  if (!read.ok) throw new Error(read.problems.map((problem) => formatProblem("spoke.toml", problem)).join("\n"));
  return read.value.links;
}

describe("spoke.toml", () => {
  it("as join writes it opens nothing by itself and listens for the office only", () => {
    const text = newSpokeToml(GIVEN);
    expect(text).toMatch(/^windows = \[\]$/m);
    expect(parseSpokeConfig(text, "/dir")).toMatchObject({
      ok: true,
      value: {
        domains: GIVEN.domains,
        office: "herat",
        host: "herat.example.org",
        hub: "kabul.example.org",
        key: KEY,
        listen: { smtp: [{ port: 25 }], submission: [{ port: 587 }], qmtp: [], link: [], pop3: [{ port: 110 }] },
        queue: { prefix: "" },
        links: [
          {
            name: "hub",
            connect: { scheme: "tls", host: "192.0.2.1", port: 6209 },
            protocol: "qrelay",
            duplex: "full",
            order: "both",
            windows: [],
          },
        ],
      },
    });
  });

  it("takes --set for its listeners and for its one link", () => {
    let text = newSpokeToml(GIVEN);
    for (const set of [
      "smtp.listen=127.0.0.1:0",
      "link.duplex=full",
      "link.windows=always",
      "link.listen=off",
      "queue.prefix=org-herat-",
    ])
      text = applySet(text, set);
    expect(parseSpokeConfig(text, "/dir")).toMatchObject({
      ok: true,
      value: {
        listen: { smtp: [{ port: 0 }] },
        queue: { prefix: "org-herat-" },
        links: [{ duplex: "full", windows: "always" }],
      },
    });
  });

  it("reads a link with everything in it", () => {
    const text = `[[link]]
name = "hf"
connect = "tls://kabul.example.org:6209"
duplex = "half"
order = "receive-first"
windows = [{ cron = "0 7,17 * * *", for = "15m", zone = "Asia/Kabul" }, { cron = "*/5 * * * *", for = "90s" }]
budget = "200k"
max-message = "20k"
classes = ["urgent", "small"]
history = "off"
[[link]]
name = "modem"
connect = "exec:/usr/lib/qrelay/modem 'two words'"
budget = { window = { minutes = 15 }, month = { money = 100, bytes = "10M" } }
price = { minute = 1.44, step = "20s", currency = "USD" }
[[link]]
name = "lan"
connect = "qmtp://[2001:db8::1]"
`;
    expect(links(text)).toEqual([
      {
        name: "hf",
        connect: { scheme: "tls", host: "kabul.example.org", port: 6209 },
        protocol: "qrelay",
        duplex: "half",
        order: "receive-first",
        windows: [
          { cron: "0 7,17 * * *", forMs: 900_000, zone: "Asia/Kabul" },
          { cron: "*/5 * * * *", forMs: 90_000 },
        ],
        budget: { window: { bytes: 200_000 } },
        maxMessage: 20_000,
        classes: ["urgent", "small"],
        history: false,
        listen: [],
      },
      {
        name: "modem",
        connect: { scheme: "exec", command: ["/usr/lib/qrelay/modem", "two words"] },
        protocol: "qrelay",
        duplex: "full",
        order: "both",
        windows: [],
        history: true,
        budget: { window: { minutes: 15 }, month: { money: 100, bytes: 10_000_000 } },
        price: { minute: 1.44, stepMs: 20_000, currency: "USD" },
        listen: [],
      },
      {
        name: "lan",
        connect: { scheme: "qmtp", host: "2001:db8::1", port: 209 },
        protocol: "qmtp",
        duplex: "full",
        order: "both",
        windows: [],
        history: true,
        listen: [],
      },
    ]);
  });

  it.each([
    ['connect = "exec:modem herat"', /link\.connect = "exec:modem herat": .*exec:\/PATH/],
    ['connect = "exec:/usr/lib/modem \'herat"', /link\.connect/],
    ['connect = "tls://kabul"\nduplex = "half"\nwindows = "always"', /link\.windows = "always": .*cannot stay open/],
    ['connect = "tls://kabul"\nbudget = { money = 3 }', /link\.price.*what a minute or a megabyte costs/],
    [
      'connect = "tls://kabul"\nbudget = { month = { money = 3 } }\nprice = { setup = 1 }',
      /link\.price.*what a minute/,
    ],
    ['connect = "tls://kabul"\nbudget = "9k"\nwindows = "always"', /link\.windows = "always": .*keep to a budget/],
    ['connect = "tls://kabul"\nbudget = { minutes = 0 }', /link\.budget = \{"minutes":0\}: a size/],
    ['connect = "tls://kabul"\nbudget = { window = {}, weeks = {} }', /link\.budget/],
    ['connect = "tls://kabul"\nbudget = {}', /link\.budget = \{\}: a size/],
    ['connect = "tls://kabul"\nbudget = { month = {} }', /link\.budget/],
    ['connect = "tls://kabul"\nprice = { minute = "1.44" }', /link\.price = .*a table of minute/],
    ['connect = "tls://kabul"\nprice = { minute = 1, step = "0s" }', /link\.price/],
    ['connect = "tls://kabul"\nclasses = ["slow"]', /link\.classes/],
    ['connect = "tls://kabul"\nhistory = "1M"', /link\.history = "1M"/],
    ['connect = "kabul:6209"', /link\.connect = "kabul:6209": tls:\/\/HOST:PORT/],
    ['connect = "tls://kabul:0"', /link\.connect/],
    ['connect = "qmtp://kabul"\nprotocol = "qrelay"', /link\.protocol = "qrelay": "qmtp", because qmtp:\/\/ is plain/],
    ['connect = "tls://kabul"\nwindows = "sometimes"', /link\.windows = "sometimes": "always" or a list/],
    [
      'connect = "tls://kabul"\nwindows = [{ cron = "0 25 * * *", for = "15m" }]',
      /link\.windows\.cron = "0 25 \* \* \*": five cron fields/,
    ],
    ['connect = "tls://kabul"\nwindows = [{ cron = "0 5 * * *", for = 15 }]', /link\.windows\.for = 15: a duration/],
    [
      'connect = "tls://kabul"\nwindows = [{ cron = "0 5 * * *", for = "1m", zone = "Asia/Kabl" }]',
      /link\.windows\.zone = "Asia\/Kabl"/,
    ],
    [
      'connect = "tls://kabul"\nwindows = [{ cron = "0 5 * * *", four = "1m", for = "1m" }]',
      /did you mean link\.windows\.for/,
    ],
    ['connect = "tls://kabul"\nbudget = { pages = 5 }', /link\.budget = \{"pages":5\}: a size/],
    [
      'connect = "tls://kabul"\n[[link]]\nname = "a"\nconnect = "tls://mazar"',
      /link\.name = "a": a name that no other link has/,
    ],
  ])("refuses a link with %j", (text, problem) => {
    const { link: _link, ...plain } = GIVEN;
    const found = problems(`${newSpokeToml({ ...plain, link: [] })}[[link]]\nname = "a"\n${text}\n`);
    expect(found).toEqual([expect.stringMatching(problem)]);
  });

  it("refuses a key of another length without showing it", () => {
    const found = problems(newSpokeToml({ ...GIVEN, key: "c2VjcmV0" }));
    expect(found).toEqual([expect.stringMatching(/key = \(not shown\): the link's key from the join token/)]);
  });

  it("is what CONFIG.md says (vitest -u writes it)", async () => {
    await expect(documentSpokeKeys()).toMatchFileSnapshot("./CONFIG.md");
  });
});

describe("loadSpokeConfig", () => {
  it("fails with 78 and the cure when there is no file", () => {
    expect(() => loadSpokeConfig("/nowhere/at/all")).toThrow(
      expect.objectContaining({ exit: 78, message: expect.stringContaining("qrelay spoke join") }),
    );
  });
});
