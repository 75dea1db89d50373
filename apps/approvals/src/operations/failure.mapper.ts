import type { DcmErrorBody, ErrorCode, HypervisorCode, HypervisorErrorBody } from '@dcm/contracts';

const codes: Readonly<Record<HypervisorCode, ErrorCode>> = {
  INVALID_ARGUMENT: 'HYPERVISOR_REFUSED',
  NOT_FOUND: 'HYPERVISOR_REFUSED',
  ALREADY_EXISTS: 'HYPERVISOR_REFUSED',
  PERMISSION_DENIED: 'HYPERVISOR_REFUSED',
  RESOURCE_EXHAUSTED: 'HYPERVISOR_REFUSED',
  FAILED_PRECONDITION: 'HYPERVISOR_REFUSED',
  UNIMPLEMENTED: 'HYPERVISOR_REFUSED',
  ABORTED: 'HYPERVISOR_FAILED',
  INTERNAL: 'HYPERVISOR_FAILED',
  UNAUTHENTICATED: 'SITE_UNAVAILABLE',
  UNAVAILABLE: 'SITE_UNAVAILABLE',
  CANCELLED: 'CANCELLED',
  DEADLINE_EXCEEDED: 'DEADLINE_EXCEEDED',
  UNKNOWN: 'OUTCOME_UNKNOWN',
};

/** What an operation says of a hypervisor's error: its code for programs, the adapter's sentence for people. */
export const failureOf = (error: HypervisorErrorBody): DcmErrorBody => ({
  code: codes[error.code],
  message: error.message,
});
