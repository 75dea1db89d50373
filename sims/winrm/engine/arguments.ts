import { Credential, SecureText } from '../model/secrets';
import { refusal } from './refusal';

type Json = Readonly<Record<string, unknown>>;

/** Makes values of the argument forms of a step. @throws DispatchError REFERENCE, BAD_REQUEST. */
export function resolveArguments(args: Json, kept: ReadonlyMap<string, readonly unknown[]>): Json {
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, resolve(value, kept)]));
}

function resolve(value: unknown, kept: ReadonlyMap<string, readonly unknown[]>): unknown {
  if (Array.isArray(value)) return value.map((one) => resolve(one, kept));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as Json);
  const [form] = entries;
  if (form === undefined || entries.length !== 1)
    throw refusal('BAD_REQUEST', 'an object argument has exactly one key');
  return resolveForm(form, kept);
}

function resolveForm([form, inner]: [string, unknown], kept: ReadonlyMap<string, readonly unknown[]>): unknown {
  switch (form) {
    case '$ref':
      return referenced(String(inner), kept);
    case '$guid':
      return String(inner);
    case '$text':
      return Buffer.from(String(inner), 'base64').toString('utf8');
    case '$secure':
      return new SecureText(String(inner));
    case '$cred': {
      const { username, password } = inner as { readonly username: unknown; readonly password: unknown };
      return new Credential(String(username), new SecureText(String(password)));
    }
    default:
      throw refusal('BAD_REQUEST', `unknown argument form '${form}'`);
  }
}

function referenced(name: string, kept: ReadonlyMap<string, readonly unknown[]>): unknown {
  const objects = kept.get(name);
  if (objects === undefined) throw refusal('REFERENCE', `no step '${name}' has run`);
  if (objects.length !== 1) throw refusal('REFERENCE', `step '${name}' holds ${objects.length} objects, expected 1`);
  return objects[0];
}
