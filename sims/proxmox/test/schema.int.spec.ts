import { readFileSync } from 'node:fs';
import { endpoints } from '../http/endpoints';
import type { Endpoint } from '../http/endpoint';
import type { Parameter, ParameterTable } from '../schema/parameter';
import { describeWith, referenceFile } from './transcript';

/** What the vendor's schema says of a parameter, as far as it is compared. */
interface OfficialParameter {
  readonly type: string;
  readonly optional?: number;
  /** Some are texts. */
  readonly minimum?: number | string;
  readonly maximum?: number | string;
  readonly maxLength?: number;
  readonly enum?: readonly string[];
  readonly requires?: string;
}

interface OfficialMethod {
  readonly protected?: number;
  readonly parameters: { readonly properties?: Readonly<Record<string, OfficialParameter>> };
}

type OfficialSchema = Readonly<Record<string, Readonly<Record<string, OfficialMethod>>>>;

const file = referenceFile('pve-api-subset.json');
const withSchema = describeWith('the parameters of the official schema', [file]);

/** Paths whose official form is not in the subset. */
const NOT_IN_SUBSET = [/\/termproxy$/];

const ours = ({ type, isOptional, minimum, maximum, maxLength, values, requires }: Parameter): OfficialParameter => ({
  type,
  ...(isOptional ? { optional: 1 } : {}),
  ...(minimum === undefined ? {} : { minimum }),
  ...(maximum === undefined ? {} : { maximum }),
  ...(maxLength === undefined ? {} : { maxLength }),
  ...(values === undefined ? {} : { enum: values }),
  ...(requires === undefined ? {} : { requires }),
});

const theirs = (one: OfficialParameter): OfficialParameter => ({
  type: one.type,
  ...(one.optional === 1 ? { optional: 1 } : {}),
  ...(one.minimum === undefined ? {} : { minimum: Number(one.minimum) }),
  ...(one.maximum === undefined ? {} : { maximum: Number(one.maximum) }),
  ...(one.maxLength === undefined ? {} : { maxLength: one.maxLength }),
  ...(one.enum === undefined ? {} : { enum: one.enum }),
  ...(one.requires === undefined ? {} : { requires: one.requires }),
});

/** `net0` and `net7` are `net[n]` there. */
function collapsed(table: ParameterTable, names: ReadonlySet<string>): Record<string, OfficialParameter> {
  const rows = Object.entries(table).map(([name, parameter]) => {
    const family = name.replace(/\d+$/, '[n]');
    return [!names.has(name) && names.has(family) ? family : name, ours(parameter)] as const;
  });
  return Object.fromEntries(rows);
}

withSchema('the parameters that the simulator takes', () => {
  const official = (JSON.parse(readFileSync(file!, 'utf8')) as { endpoints: OfficialSchema }).endpoints;
  const compared = endpoints.filter(({ path: one }) => !NOT_IN_SUBSET.some((pattern) => pattern.test(one)));

  it.each(compared.map((one): [string, Endpoint] => [`${one.method} ${one.path}`, one]))('%s', (_, endpoint) => {
    const method = official[endpoint.path]?.[endpoint.method];
    expect(method).toBeDefined();
    const properties = method?.parameters.properties ?? {};
    const expected = Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, theirs(one)]));
    expect(collapsed(endpoint.parameters, new Set(Object.keys(properties)))).toEqual(expected);
    expect(endpoint.isProtected === true).toBe(method?.protected === 1);
  });

  it('are compared for nearly every endpoint', () => {
    expect(compared.length).toBeGreaterThan(endpoints.length - NOT_IN_SUBSET.length - 1);
  });
});
