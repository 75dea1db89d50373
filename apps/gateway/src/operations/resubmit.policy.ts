import { createVmSchema, DcmError, guestSecretsOf, parseOrThrow } from '@dcm/contracts';
import type { AskedRequest, CreateVm, ErrorDetail, Resubmit } from '@dcm/contracts';

const missing = 'was given with the first request and is not kept';
const surplus = 'was not given with the first request, and only that is asked for once more';

/** What the caller gave too little and too much of. */
function faultsOf({ secrets }: AskedRequest, { guest }: Resubmit): ErrorDetail[] {
  const given = guestSecretsOf(guest).map(({ pointer }) => pointer);
  return [
    ...secrets.filter((pointer) => !given.includes(pointer)).map((pointer) => ({ pointer, message: missing })),
    ...given.filter((pointer) => !secrets.includes(pointer)).map((pointer) => ({ pointer, message: surplus })),
  ];
}

/** @throws DcmError INVALID_REQUEST that names each secret that is missing, and each that the first request did not have. */
export function assertSecretsOf(asked: AskedRequest, body: Resubmit): void {
  const details = faultsOf(asked, body);
  if (details.length === 0) return;
  const said = details.map(({ pointer, message }) => `${pointer}: ${message}`).join('; ');
  throw new DcmError('INVALID_REQUEST', `Unable to accept the request: ${said}`, { details });
}

/** The body of a create as the first request had it, with the secrets that came again. @throws DcmError INVALID_REQUEST if it is none any more. */
export function createOf({ data }: AskedRequest, { guest }: Resubmit): CreateVm {
  const { domain, ...secrets } = guest;
  const before = data['guest'] as CreateVm['guest'];
  const joined = domain === undefined ? {} : { domain: { ...before.domain, ...domain } };
  return parseOrThrow(createVmSchema, { ...data, guest: { ...before, ...secrets, ...joined } }, 'the first request');
}
