import { behaviours, runConformance } from '@dcm/provisioner-kit/testing';
import { proxmoxTarget } from './proxmox.target';

/** What depends on how the account proves itself; a ticket ends, a token does not. */
const aboutLogins = behaviours.filter(({ faults = [] }) =>
  faults.some((fault) => fault === 'expireSessions' || fault === 'wrongPassword'),
);

runConformance({ name: 'proxmox with tickets', target: () => proxmoxTarget('ticket'), behaviours: aboutLogins });
