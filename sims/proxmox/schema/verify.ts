import { badParameters } from '../api.error';
import type { Parameter, ParameterTable } from './parameter';
import { Params, splitList, type ParameterValue } from './params';

/** A value as a form, a query or a JSON body brings it. */
export type RawValue = string | number | boolean | null | readonly unknown[] | object;

const NUMBER = /^-?\d+(\.\d+)?$/;
const INTEGER = /^-?\d+$/;

const shown = (value: RawValue): string =>
  Array.isArray(value) ? 'ARRAY(0x5581a4c0)' : typeof value === 'object' ? 'HASH(0x5581a4d8)' : String(value);

/** Problems carry the vendor's words: clients of the real thing match them. */
class Verification {
  readonly errors: Record<string, string> = {};
  readonly values = new Map<string, ParameterValue>();

  /** A JSON null counts as absent, and yet is handed on where it is allowed to be. */
  take(name: string, parameter: Parameter | undefined, raw: RawValue): void {
    if (parameter === undefined) {
      this.errors[name] = 'property is not defined in schema and the schema does not allow additional properties';
    } else if (raw !== null) {
      this.#check(name, parameter, raw);
    } else if (parameter.isOptional) {
      this.values.set(name, null);
    }
  }

  checkPresence(name: string, { isOptional, requires }: Parameter, given: Readonly<Record<string, RawValue>>): void {
    const isGiven = given[name] !== undefined && given[name] !== null;
    if (!isGiven && !isOptional) this.errors[name] = 'property is missing and it is not optional';
    if (isGiven && requires !== undefined && given[requires] === undefined) {
      this.errors[requires] = `missing property - '${name}' requires this property`;
    }
  }

  #check(name: string, parameter: Parameter, raw: RawValue): void {
    const value = this.#typed(parameter, raw);
    if (value === undefined) {
      this.errors[name] = `type check ('${parameter.type}') failed - got '${shown(raw)}'`;
      return;
    }
    const problem = problemOf(parameter, value);
    if (problem === undefined) this.values.set(name, value);
    else this.errors[name] = problem;
  }

  #typed(parameter: Parameter, raw: RawValue): string | number | undefined {
    if (Array.isArray(raw)) return parameter.isList === true ? raw.map(String).join(';') : undefined;
    if (typeof raw === 'object') return undefined;
    if (parameter.type === 'boolean') return typedFlag(raw);
    const value = typeof raw === 'boolean' ? (raw ? '1' : '0') : String(raw);
    if (parameter.type === 'string') return value;
    return (parameter.type === 'integer' ? INTEGER : NUMBER).test(value) ? Number(value) : undefined;
  }
}

function typedFlag(raw: string | number | boolean): number | undefined {
  if (raw === true || raw === 1 || raw === '1') return 1;
  return raw === false || raw === 0 || raw === '0' ? 0 : undefined;
}

function problemOf(parameter: Parameter, value: string | number): string | undefined {
  return typeof value === 'number' ? rangeProblem(parameter, value) : textProblem(parameter, value);
}

function rangeProblem({ minimum, maximum }: Parameter, value: number): string | undefined {
  if (minimum !== undefined && value < minimum) return `value must have a minimum value of ${minimum}`;
  if (maximum !== undefined && value > maximum) return `value must have a maximum value of ${maximum}`;
  return undefined;
}

function textProblem(parameter: Parameter, value: string): string | undefined {
  const { values, maxLength, pattern } = parameter;
  if (maxLength !== undefined && value.length > maxLength) return `value may only be ${maxLength} characters long`;
  if (values?.includes(value) === false) {
    return `value '${value}' does not have a value in the enumeration '${values.join(', ')}'`;
  }
  if (pattern !== undefined && pattern.exec(value)?.[0] !== value) return 'value does not match the regex pattern';
  return formatProblem(parameter, value);
}

function formatProblem({ format, isList }: Parameter, value: string): string | undefined {
  if (format === undefined) return undefined;
  for (const part of isList === true ? splitList(value) : [value]) {
    const problem = format(part);
    if (problem !== undefined) return `invalid format - ${problem}\n`;
  }
  return undefined;
}

/**
 * Holds what a call was given against its table.
 * @throws ApiError 400 with one reason for each parameter that is missing, unknown or of a wrong shape.
 */
export function verify(table: ParameterTable, given: Readonly<Record<string, RawValue>>): Params {
  const verification = new Verification();
  for (const [name, raw] of Object.entries(given)) {
    verification.take(name, Object.hasOwn(table, name) ? table[name] : undefined, raw);
  }
  for (const [name, parameter] of Object.entries(table)) verification.checkPresence(name, parameter, given);
  if (Object.keys(verification.errors).length > 0) throw badParameters(verification.errors);
  return new Params(verification.values);
}
