import { describe, expect, it } from "vitest";
import { type Client, isInside, routeAtSpoke, type SpokeView } from "./routing.ts";

const PEOPLE: Record<string, { suspended: boolean }> = {
  holly: { suspended: false },
  "zo\u00eb": { suspended: false },
  gone: { suspended: true },
  "info@shop.example": { suspended: false },
};

const VIEW: SpokeView = {
  host: "herat.example.org",
  machine: "laptop.lan",
  domains: ["example.org", "example.net"],
  person: (name) => PEOPLE[name],
  movedAway: (name) => name === "moved" || name === "info@shop.example",
  instructions: () => undefined,
  names: () => undefined,
  alias: () => undefined,
};

const HERE: Client = { relay: true };
const STRANGER: Client = { relay: false };
const HUB: Client = { relay: true, hub: true };

/** `mailbox NAME RECIPIENT`, `outbound RECIPIENT` or the status of the refusal. */
function route(address: string, client: Client, view = VIEW) {
  const decision = routeAtSpoke(view, address, client);
  const [destination] = decision.destinations;
  if (destination === undefined) return decision.status;
  return destination.kind === "mailbox"
    ? `mailbox ${destination.name} ${destination.recipient}`
    : `${destination.name} ${destination.recipient}`;
}

const HOLLY = "mailbox holly holly@herat.example.org";
const POSTMASTER = "mailbox postmaster postmaster@herat.example.org";

describe("an address of this office", () => {
  it.each(["holly", "Holly@localhost", "holly@localhost.localdomain", "HOLLY@Herat.Example.org.", "holly@laptop.lan"])(
    "%s is the mailbox, from anywhere",
    (address) => {
      for (const client of [HERE, STRANGER, HUB]) expect(route(address, client)).toBe(HOLLY);
    },
  );

  it.each(["postmaster", "PostMaster@herat.example.org", "abuse@localhost", "root", "MAILER-DAEMON@laptop.lan"])(
    "%s is a role and goes to the postmaster",
    (address) => {
      for (const client of [HERE, STRANGER, HUB]) expect(route(address, client)).toBe(POSTMASTER);
    },
  );

  it("is refused for nobody and for somebody suspended, and nothing else is tried", () => {
    expect(route("nobody@herat.example.org", HERE)).toBe("5.1.1");
    expect(route("gone@herat.example.org", HUB)).toBe("5.2.1");
    expect(route("gone@example.org", HERE)).toBe("5.2.1");
  });

  it("sends on what is still written to somebody who has moved, as a message of its own, and only what is written here", () => {
    for (const client of [HERE, STRANGER, HUB]) {
      expect(route("Moved@herat.example.org", client)).toBe("outbound moved@example.org");
      expect(routeAtSpoke(VIEW, "moved@herat.example.org", client)).toMatchObject({
        expanded: "moved@herat.example.org",
        renewed: true,
      });
    }
    expect(route("moved@example.org", HUB)).toBe("5.1.1");
    expect(routeAtSpoke(VIEW, "moved@example.org", HERE).renewed).toBeUndefined();
  });

  it("reaches the postmaster even when an account of that name is suspended", () => {
    const view = { ...VIEW, person: () => ({ suspended: true }) };
    expect(route("Postmaster", STRANGER, view)).toBe(POSTMASTER);
  });

  it("finds a name however its accents are written", () => {
    expect(route("ZOE\u0308@herat.example.org", HERE)).toBe("mailbox zo\u00eb zo\u00eb@herat.example.org");
  });
});

describe("an address of the organisation", () => {
  it("is the mailbox when the person is here, whichever synonym is written", () => {
    for (const client of [HERE, STRANGER, HUB]) {
      expect(route("holly@example.org", client)).toBe(HOLLY);
      expect(route("Holly@EXAMPLE.NET", client)).toBe(HOLLY);
    }
  });

  it("goes to the hub otherwise, relay or not, with the local part as written", () => {
    expect(route("Artemis@Example.org", HERE)).toBe("outbound Artemis@example.org");
    expect(route("artemis@example.org", STRANGER)).toBe("outbound artemis@example.org");
    expect(route("postmaster@example.org", HERE)).toBe("outbound postmaster@example.org");
    expect(route("abuse@example.org", HERE)).toBe("outbound abuse@example.org");
  });

  it("never goes back to the hub", () => {
    expect(route("artemis@example.org", HUB)).toBe("5.1.1");
    expect(route("postmaster@example.org", HUB)).toBe(POSTMASTER);
  });

  it("stays here when the machine writes to itself: cron's mail never pays for the link", () => {
    expect(route("root@example.org", HERE)).toBe(POSTMASTER);
    expect(route("Mailer-Daemon@example.net", STRANGER)).toBe(POSTMASTER);
  });

  it("is not taken for the machine's own name when that is the domain", () => {
    const view = { ...VIEW, machine: "example.org" };
    expect(route("artemis@example.org", HERE, view)).toBe("outbound artemis@example.org");
  });
});

describe("any other address", () => {
  it("goes to the hub for those who may relay", () => {
    expect(route("a@b.example", HERE)).toBe("outbound a@b.example");
    expect(route("x@mazar.example.org", HERE)).toBe("outbound x@mazar.example.org");
  });

  it("is refused for others, and when the hub sent it", () => {
    expect(route("a@b.example", STRANGER)).toBe("5.7.1");
    expect(route("x@mazar.example.org", STRANGER)).toBe("5.7.1");
    expect(route("a@b.example", HUB)).toBe("5.7.1");
  });
});

describe("tricks", () => {
  it.each(["user%victim.example@herat.example.org", "victim!user@herat.example.org", "victim!user", "a@b@localhost"])(
    "%s is a literal local part and nobody's",
    (address) => {
      for (const client of [HERE, STRANGER, HUB]) expect(route(address, client)).toBe("5.1.1");
    },
  );

  it("takes a local part with an @ for nobody, though it reads like somebody in a domain with people of its own", () => {
    for (const client of [HERE, STRANGER, HUB]) {
      expect(route("info@shop.example@localhost", client)).toBe("5.1.1");
      expect(route("info@shop.example@herat.example.org", client)).toBe("5.1.1");
    }
    expect(route("info@shop.example@example.org", HUB)).toBe("5.1.1");
    expect(route("info@shop.example@example.org", HERE)).toBe("outbound info@shop.example@example.org");
  });

  it.each([
    "",
    "@example.org",
    "@a,@b:user@example.org",
    "a@",
    "a@b..c",
    "a@-b",
    "a\nb@example.org",
    `${"x".repeat(1000)}@localhost`,
  ])("%j is refused as no address", (address) => {
    for (const client of [HERE, STRANGER, HUB]) expect(route(address, client)).toBe("5.1.3");
  });
});

describe("the steps", () => {
  it("say every rule that was met", () => {
    expect(routeAtSpoke(VIEW, "artemis@example.org", HERE).steps).toEqual([
      { rule: "domain", record: "example.org", says: "The domain is the organisation's own" },
      { rule: "outbound", record: "hub", says: "Nobody of that name is here: the hub knows where" },
    ]);
    expect(routeAtSpoke(VIEW, "nobody", HERE)).toEqual({
      outcome: "refused",
      status: "5.1.1",
      text: 'Nobody here has the name "nobody"',
      destinations: [],
      steps: [
        { rule: "office", record: "herat.example.org", says: "This office is final for the address" },
        { rule: "person", record: "nobody", says: 'Nobody here has the name "nobody"' },
      ],
    });
  });
});

describe("isInside", () => {
  it.each([
    ["example.org", true],
    ["mazar.example.net", true],
    ["badexample.org", false],
    ["example.org.evil", false],
  ])("%s: %s", (domain, inside) => expect(isInside(VIEW, domain)).toBe(inside));
});

describe("an address of the organisation, where the list of names is held", () => {
  const listed = { version: 12, at: Date.UTC(2026, 10, 24), ageMs: 3_600_000 };
  const view = {
    ...VIEW,
    names: () => ({ ...listed, get: (name: string) => (name === "artemis" ? { name } : undefined) }),
  };

  it.each(["artemis", "Artemis", "artemis+travel", "artemis-x-y", "postmaster", "abuse"])(
    "goes to the hub: %s",
    (local) => {
      for (const client of [HERE, STRANGER])
        expect(route(`${local}@example.org`, client, view)).toBe(`outbound ${local}@example.org`);
    },
  );

  it("is refused when nobody has it, with the age of the list, and `explain` has the version", () => {
    expect(routeAtSpoke(view, "Artemsi@example.org", HERE)).toMatchObject({
      outcome: "refused",
      status: "5.1.1",
      text: expect.stringMatching(/no "Artemsi@example.org" in .* of 2026-11-24 \(1 h old\)/),
      destinations: [],
      steps: [
        { rule: "domain" },
        { rule: "names", says: "Headquarters' list (version 12 of 2026-11-24, 1 h old) does not have it" },
      ],
    });
    expect(routeAtSpoke(view, "artemis+x@example.org", HERE).steps[1]).toEqual({
      rule: "names",
      record: "artemis+x",
      says: "Headquarters' list (version 12 of 2026-11-24, 1 h old) has artemis",
    });
  });

  it("is the person here, listed or not, and nothing elsewhere is asked of the list", () => {
    expect(route("holly@example.org", HERE, view)).toBe(HOLLY);
    expect(route("root@example.org", HERE, view)).toBe(POSTMASTER);
    expect(route("x@mazar.example.org", HERE, view)).toBe("outbound x@mazar.example.org");
    expect(route("x@example.com", HERE, view)).toBe("outbound x@example.com");
  });

  it("is not looked up when the hub sends it", () => {
    const never = (): never => {
      throw new Error("The list was asked");
    };
    expect(route("artemsi@example.org", HUB, { ...VIEW, names: never })).toBe("5.1.1");
  });
});

describe("what people here want done with their mail", () => {
  const wishes = (all: Record<string, string>): SpokeView => ({
    ...VIEW,
    person: (name) => PEOPLE[name] ?? (name === "ali" ? { suspended: false } : undefined),
    instructions: (person, record) => all[record === "" ? person : `${person}-${record}`],
  });
  const places = (address: string, all: Record<string, string>, client = HERE): string[] =>
    routeAtSpoke(wishes(all), address, client).destinations.map(({ kind, recipient }) => `${kind} ${recipient}`);

  const IN_HOLLYS = "mailbox holly@herat.example.org";
  const IN_ALIS = "mailbox ali@herat.example.org";
  it.each([
    [
      "copies",
      "holly@example.org",
      { holly: "./\nali\nh@far.example" },
      [IN_HOLLYS, IN_ALIS, "outbound h@far.example"],
    ],
    ["forwards", "holly@example.net", { holly: "ali" }, [IN_ALIS]],
    ["an extension", "holly-news@example.org", { "holly-default": "ali" }, [IN_ALIS]],
    ["a plus, with a record", "holly+news@example.org", { "holly-news": "ali" }, [IN_ALIS]],
    ["a plus, without one", "holly+news@example.org", {}, [IN_HOLLYS]],
    ["each other", "holly@example.org", { holly: "ali", ali: "holly" }, [IN_HOLLYS]],
    ["each other, and one keeps a copy", "holly@example.org", { holly: "ali", ali: "./\nholly" }, [IN_ALIS]],
    ["to herself", "holly@example.org", { holly: "holly" }, [IN_HOLLYS]],
    ["a program", "holly@example.org", { holly: "|vacation\nali" }, [IN_HOLLYS]],
    ["the address that is final here", "holly@herat.example.org", { holly: "ali" }, [IN_HOLLYS]],
  ] as const)("%s", (_what, address, all, expected) => {
    expect(places(address, all)).toEqual(expected);
  });

  it("is headquarters' affair for what headquarters sends", () => {
    expect(places("holly@example.org", { holly: "ali" }, HUB)).toEqual([IN_HOLLYS]);
  });

  it("costs the others nothing when one address is bad, and is refused when all are", () => {
    const gone = { recipient: "gone", status: "5.2.1" };
    expect(routeAtSpoke(wishes({ holly: "./\ngone" }), "holly@example.org", HERE)).toMatchObject({
      outcome: "several",
      problems: [gone],
    });
    expect(routeAtSpoke(wishes({ holly: "gone" }), "holly@example.org", HERE)).toMatchObject({
      outcome: "refused",
      status: "5.2.1",
    });
  });

  it("ends in time where everybody forwards to everybody", () => {
    const names = Array.from({ length: 60 }, (_one, index) => `p${index}`);
    const view: SpokeView = {
      ...VIEW,
      person: (name) => (names.includes(name) ? { suspended: false } : undefined),
      instructions: (person, record) => (record === "" && person !== "p59" ? names.join("\n") : undefined),
    };
    expect(routeAtSpoke(view, "p0@example.org", HERE).destinations).toHaveLength(1);
  });

  it("leaves a hyphen that nobody has named to headquarters", () => {
    expect(places("holly-typo@example.org", {})).toEqual(["outbound holly-typo@example.org"]);
  });
});
