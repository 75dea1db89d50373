/** What a parameter may be once it has passed the schema; null is a JSON null. */
export type ParameterValue = string | number | null;

/** The parameters of one call, as its schema has let them through: booleans are 0 or 1. */
export class Params {
  constructor(private readonly values: ReadonlyMap<string, ParameterValue>) {}

  has(name: string): boolean {
    return this.values.has(name);
  }

  optionalText(name: string): string | undefined {
    const value = this.values.get(name);
    return value === undefined || value === null ? undefined : String(value);
  }

  /** Only for what the schema requires. */
  text(name: string): string {
    const value = this.optionalText(name);
    if (value === undefined) throw new Error(`parameter '${name}' is read but not required`);
    return value;
  }

  optionalNumber(name: string): number | undefined {
    const value = this.optionalText(name);
    return value === undefined ? undefined : Number(value);
  }

  /** Only for what the schema requires. */
  number(name: string): number {
    return Number(this.text(name));
  }

  /** Absent is false. */
  flag(name: string): boolean {
    return this.optionalNumber(name) === 1;
  }

  entries(): readonly (readonly [string, ParameterValue])[] {
    return [...this.values.entries()];
  }

  /** Those of a comma, semicolon or space separated list. */
  list(name: string): readonly string[] {
    return splitList(this.optionalText(name) ?? '');
  }
}

/** The vendor's lists are separated by commas, semicolons or white space. */
export const splitList = (value: string): readonly string[] => value.split(/[,;\s]+/).filter((part) => part !== '');
