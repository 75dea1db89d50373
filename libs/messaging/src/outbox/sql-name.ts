/** A schema's name cannot be a parameter of a statement, so only plain names pass. @throws TypeError for any other. */
export function schemaName(schema: string): string {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema))
    throw new TypeError(`Unable to use schema ${JSON.stringify(schema)}: not a plain name`);
  return `"${schema}"`;
}
