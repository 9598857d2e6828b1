import Pop3 from "node-pop3";

/** Every message of a mailbox, oldest first, as a mail program fetches them. @throws when the login is refused */
export async function readPop3(port: number, user: string, password: string): Promise<string[]> {
  const client = new Pop3({ host: "127.0.0.1", port, user, password, tls: false });
  const texts: string[] = [];
  const list = await client.UIDL();
  for (const [number] of list) texts.push(String(await client.RETR(Number(number))));
  await client.QUIT();
  return texts;
}
