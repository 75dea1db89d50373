import { ShellError } from '../model/errors';
import { KIND, type Kind, type PsObject } from '../model/objects';
import { SecureText } from '../model/secrets';

/** What a parameter takes: a plain .NET type, or an object of the management server. */
export type PlainType =
  'string' | 'string[]' | 'int' | 'int64' | 'byte' | 'uint16' | 'bool' | 'switch' | 'guid' | 'credential';
export interface Parameter {
  readonly name: string;
  readonly type: PlainType | Kind;
  readonly isMandatory: boolean;
}

/** Names of parameters that are used together. */
export type ParameterSet = readonly Parameter[];

const PLAIN: ReadonlySet<string> = new Set<PlainType>([
  'string',
  'string[]',
  'int',
  'int64',
  'byte',
  'uint16',
  'bool',
  'switch',
  'guid',
  'credential',
]);

/** Common parameters of PowerShell that the dispatcher may set. */
export const COMMON =
  'ErrorAction:string ErrorVariable:string WarningAction:string Verbose:switch Debug:switch OutVariable:string';
/** Parameters of every cmdlet that starts a job. */
export const ASYNC =
  'RunAsynchronously:switch PROTipID:guid JobVariable:string OnBehalfOfUser:string OnBehalfOfUserRole:UserRole';
export const ON_BEHALF = 'OnBehalfOfUser:string OnBehalfOfUserRole:UserRole';
export const SERVER = 'VMMServer:ServerConnection';

/** Reads `Name:type!` notation; `!` is mandatory. */
export function parseSet(notation: string): ParameterSet {
  return notation
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => {
      const [name = '', type = ''] = word.replace('!', '').split(':');
      return { name, type: type as Parameter['type'], isMandatory: word.endsWith('!') };
    });
}

const INTEGERS: Readonly<Record<string, { readonly name: string; readonly min: number; readonly max: number }>> = {
  byte: { name: 'System.Byte', min: 0, max: 255 },
  uint16: { name: 'System.UInt16', min: 0, max: 65_535 },
  int: { name: 'System.Int32', min: -(2 ** 31), max: 2 ** 31 - 1 },
  int64: { name: 'System.Int64', min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER },
};
const GUID = /^\{?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?$/i;

/** Arguments as they were bound, under the documented names. */
export type BoundArguments = ReadonlyMap<string, unknown>;

/**
 * Binds arguments as PowerShell does: names and types are those of one parameter set.
 * @throws ShellError NamedParameterNotFound, AmbiguousParameterSet, MissingMandatoryParameter, CannotConvertArgument.
 */
export function bind(
  cmdlet: string,
  sets: readonly ParameterSet[],
  given: Readonly<Record<string, unknown>>,
): BoundArguments {
  const wanted = new Map(Object.entries(given).map(([name, value]) => [name.toLowerCase(), { name, value }]));
  for (const { name } of wanted.values()) demandKnown(cmdlet, sets, name);
  const possible = sets.filter((set) => [...wanted.keys()].every((name) => parameterOf(set, name) !== undefined));
  if (possible.length === 0) {
    throw bindingError(
      'Parameter set cannot be resolved using the specified named parameters.',
      'AmbiguousParameterSet',
      cmdlet,
    );
  }
  const complete = possible.find((set) =>
    set.every(({ name, isMandatory }) => !isMandatory || wanted.has(name.toLowerCase())),
  );
  if (complete === undefined) {
    const missing = (possible[0] ?? []).filter(
      ({ name, isMandatory }) => isMandatory && !wanted.has(name.toLowerCase()),
    );
    const names = missing.map(({ name }) => name).join(' ');
    const text = `Cannot process command because of one or more missing mandatory parameters: ${names}.`;
    throw bindingError(text, 'MissingMandatoryParameter', cmdlet);
  }
  const bound = new Map<string, unknown>();
  for (const [key, { value }] of wanted) {
    const parameter = parameterOf(complete, key);
    if (parameter === undefined) continue;
    if (value !== null) bound.set(parameter.name, convert(cmdlet, parameter, value));
    else if (parameter.type === 'string') bound.set(parameter.name, '');
  }
  return bound;
}

const parameterOf = (set: ParameterSet, name: string): Parameter | undefined =>
  set.find((parameter) => parameter.name.toLowerCase() === name.toLowerCase());

function demandKnown(cmdlet: string, sets: readonly ParameterSet[], name: string): void {
  if (sets.some((set) => parameterOf(set, name) !== undefined)) return;
  throw bindingError(
    `A parameter cannot be found that matches parameter name '${name}'.`,
    'NamedParameterNotFound',
    cmdlet,
  );
}

const bindingError = (text: string, id: string, cmdlet: string): ShellError =>
  new ShellError(text, `${id},${cmdlet}`, 'InvalidArgument', 'System.Management.Automation.ParameterBindingException');

function convert(cmdlet: string, parameter: Parameter, value: unknown): unknown {
  const { type } = parameter;
  if (!PLAIN.has(type)) return convertObject(cmdlet, parameter, value);
  const integer = INTEGERS[type];
  if (integer !== undefined) return convertInteger(cmdlet, parameter, integer, value);
  if (type === 'credential') return value;
  if (type === 'string[]') return Array.isArray(value) ? value.map(String) : [String(value)];
  if (type === 'guid') return convertGuid(cmdlet, parameter, value);
  if (type === 'string') return textOf(cmdlet, parameter, value);
  if (typeof value === 'boolean') return value;
  throw cannotConvert(cmdlet, parameter, value, 'System.Boolean');
}

function convertGuid(cmdlet: string, parameter: Parameter, value: unknown): string {
  if (typeof value === 'string' && GUID.test(value)) return value.replace(/[{}]/g, '').toLowerCase();
  throw cannotConvert(cmdlet, parameter, value, 'System.Guid');
}

function textOf(cmdlet: string, parameter: Parameter, value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value instanceof SecureText) return value.toString();
  throw cannotConvert(cmdlet, parameter, value, 'System.String');
}

function convertInteger(
  cmdlet: string,
  parameter: Parameter,
  { name, min, max }: { readonly name: string; readonly min: number; readonly max: number },
  value: unknown,
): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number) && number >= min && number <= max)
    return Math.round(number);
  throw cannotConvert(cmdlet, parameter, value, name);
}

function convertObject(cmdlet: string, parameter: Parameter, value: unknown): PsObject {
  if (isPsObject(value) && value[KIND] === parameter.type) return value;
  throw cannotConvert(cmdlet, parameter, value, `Microsoft.SystemCenter.VirtualMachineManager.${parameter.type}`);
}

/** Whether a value is an object of the management server. */
export const isPsObject = (value: unknown): value is PsObject =>
  typeof value === 'object' && value !== null && KIND in value;

function cannotConvert(cmdlet: string, { name }: Parameter, value: unknown, type: string): ShellError {
  const shown = typeof value === 'string' ? value : typeof value;
  const text = `Cannot bind parameter '${name}'. Cannot convert the "${shown}" value to type "${type}".`;
  return bindingError(text, 'CannotConvertArgumentNoMessage', cmdlet);
}
