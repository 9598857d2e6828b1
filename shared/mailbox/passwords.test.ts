import { describe, expect, it } from "vitest";
import { DUMMY_HASH, hashPassword, passwordProblem, verifyPassword } from "./passwords.ts";

/** From the test list of the argon2 reference implementation, raised to the PHC form. */
const REFERENCE = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

describe("hashPassword and verifyPassword", () => {
  it("agree, with a new salt each time", async () => {
    const first = await hashPassword("correct horse é");
    const second = await hashPassword("correct horse é");
    expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(first).not.toBe(second);
    expect(await verifyPassword("correct horse é", first)).toBe(true);
    expect(await verifyPassword("correct horse e\u0301", first)).toBe(true);
    expect(await verifyPassword("correct horse e", first)).toBe(false);
    expect(await verifyPassword("", first)).toBe(false);
  });

  it("take a hash that the reference implementation made", async () => {
    expect(await verifyPassword("password", REFERENCE)).toBe(true);
    expect(await verifyPassword("differentpassword", REFERENCE)).toBe(false);
  });

  it.each([
    "",
    "secret",
    "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
    "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA",
    "$argon2id$v=19$m=9999999,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    "$argon2id$v=19$m=65536,t=200,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    "$argon2id$v=19$m=65536,t=0,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    "$argon2id$v=19$m=8,t=1,p=2$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    `${REFERENCE}\n`,
  ])("refuse the hash %j without an error", async (phc) => {
    expect(await verifyPassword("password", phc)).toBe(false);
  });

  it("refuse a password too long to be one, before hashing it", async () => {
    expect(await verifyPassword("x".repeat(1001), DUMMY_HASH)).toBe(false);
  });

  it("do not hold up the event loop", async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await Promise.all([hashPassword("12345678"), hashPassword("12345678"), hashPassword("12345678")]);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
  });
});

describe("DUMMY_HASH", () => {
  it("costs what a real hash costs and fits no password", async () => {
    const [, , , cost] = (await hashPassword("12345678")).split("$");
    expect(DUMMY_HASH.split("$")[3]).toBe(cost);
    expect(await verifyPassword("", DUMMY_HASH)).toBe(false);
  });
});

describe("passwordProblem", () => {
  it("wants 8 characters, 1000 bytes at most, and no control characters", () => {
    expect(passwordProblem("1234567")).toContain("it has 7 characters");
    expect(passwordProblem("éééééééé")).toBeUndefined();
    expect(passwordProblem("x".repeat(1000))).toBeUndefined();
    expect(passwordProblem("é".repeat(501))).toContain("1002 bytes");
    expect(passwordProblem("12345678\n")).toContain("control character");
    expect(passwordProblem("12 34 56 78")).toBeUndefined();
  });
});
