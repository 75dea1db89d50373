import type { Capability } from '@dcm/contracts';
import type { SiteOptions } from './hyperv.config';

const NEEDS_LIBRARY = 'the site needs the option "library", and the image cloud-init with the NoCloud data source';

/** What this adapter does of what the port knows, with the reason where it does not or not always. */
export const capabilitiesOf = ({ library }: Pick<SiteOptions, 'library'>): readonly Capability[] => {
  const byDisc = library === undefined ? 'UNSUPPORTED' : 'CONDITIONAL';
  return [
    { feature: 'create-from-image', support: 'SUPPORTED', reason: 'a VMM template is the image' },
    { feature: 'create-blank', support: 'UNSUPPORTED', reason: 'VMs are made from VMM templates only' },
    {
      feature: 'linked-clone',
      support: 'UNSUPPORTED',
      reason: 'VMM makes differencing disks on one host alone, and DCM lets it choose',
    },
    { feature: 'secure-boot', support: 'CONDITIONAL', reason: 'the template must be of generation 2' },
    { feature: 'domain-join', support: 'CONDITIONAL', reason: 'Windows templates, by Sysprep' },
    { feature: 'power-soft', support: 'CONDITIONAL', reason: 'integration services must run in the guest' },
    { feature: 'power-hard', support: 'SUPPORTED', reason: '' },
    { feature: 'power-suspend', support: 'SUPPORTED', reason: 'the state is saved to disk' },
    {
      feature: 'restart-soft',
      support: 'CONDITIONAL',
      reason: 'integration services must run in the guest: it is shut down and started',
    },
    { feature: 'resize-hot', support: 'UNSUPPORTED', reason: 'Hyper-V gives a running VM no CPUs' },
    { feature: 'resize-cold', support: 'SUPPORTED', reason: 'the VM must be off' },
    {
      feature: 'disk-grow',
      support: 'SUPPORTED',
      reason: 'while the VM is off and has no snapshots; adding works while it runs',
    },
    {
      feature: 'snapshots',
      support: 'SUPPORTED',
      reason: "VMM checkpoints; the VM's checkpoint type decides about memory",
    },
    {
      feature: 'console',
      support: 'UNSUPPORTED',
      reason: "Hyper-V's console speaks RDP to the host with an account's credentials; no browser can open it",
    },
    { feature: 'static-address', support: byDisc, reason: NEEDS_LIBRARY },
    { feature: 'cloud-init', support: byDisc, reason: NEEDS_LIBRARY },
    {
      feature: 'change-feed',
      support: 'CONDITIONAL',
      reason: 'tells what VMM does; what is done beside VMM is told by the next scan',
    },
    { feature: 'adoption', support: 'UNSUPPORTED', reason: 'not implemented' },
  ];
};
