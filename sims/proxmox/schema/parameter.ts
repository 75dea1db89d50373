/** Says what is wrong with a value, or nothing. */
export type Format = (value: string) => string | undefined;

/** What a call takes under one name. @see the vendor's API viewer, where the same words are used */
export interface Parameter {
  readonly type: 'string' | 'integer' | 'number' | 'boolean';
  readonly isOptional: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  /** Matched against the whole value. */
  readonly pattern?: RegExp;
  readonly values?: readonly string[];
  readonly format?: Format;
  /** Several values of `format`; JSON arrays and repeated keys are taken too. */
  readonly isList?: boolean;
  /** Another parameter without which this one is refused. */
  readonly requires?: string;
}

export type ParameterTable = Readonly<Record<string, Parameter>>;

type Limits = Omit<Parameter, 'type' | 'isOptional'>;

export const text = (limits: Limits = {}): Parameter => ({ type: 'string', isOptional: false, ...limits });
export const integer = (limits: Limits = {}): Parameter => ({ type: 'integer', isOptional: false, ...limits });
export const decimal = (limits: Limits = {}): Parameter => ({ type: 'number', isOptional: false, ...limits });
export const flag = (limits: Limits = {}): Parameter => ({ type: 'boolean', isOptional: false, ...limits });
export const choice = (...values: readonly string[]): Parameter => text({ values });
export const optional = (parameter: Parameter): Parameter => ({ ...parameter, isOptional: true });

/** `net` and 3: the optional parameters net0, net1 and net2. */
export function numbered(name: string, count: number, parameter: Parameter): ParameterTable {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`${name}${index}`, optional(parameter)]));
}
