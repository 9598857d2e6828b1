/**
 * Marks an entry for a part of a record, such as a program among an alias's targets: others have had the message by the same record.
 * It is never routed whole again, whatever the record says by then.
 */
export const BESIDE_FIELDS = { beside: "1" } as const;

export function isBeside(fields: Readonly<Record<string, string>>): boolean {
  return fields.beside !== undefined;
}
