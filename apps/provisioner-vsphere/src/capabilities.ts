import type { Capability } from '@dcm/contracts';

/** What this adapter does of what the port knows, with the reason where it does not or not always. */
export const capabilities: readonly Capability[] = [
  {
    feature: 'create-from-image',
    support: 'SUPPORTED',
    reason: 'full clone of a template, or linked clone of its snapshot',
  },
  { feature: 'create-blank', support: 'SUPPORTED', reason: 'paravirtual SCSI disks and vmxnet3 cards' },
  {
    feature: 'linked-clone',
    support: 'CONDITIONAL',
    reason: 'the template must have a snapshot, whose disks the clone stands on; they never grow',
  },
  { feature: 'secure-boot', support: 'CONDITIONAL', reason: 'the image must start by EFI, or the VM be blank' },
  {
    feature: 'domain-join',
    support: 'CONDITIONAL',
    reason: 'Windows images with VMware Tools, by the customization windows',
  },
  { feature: 'power-soft', support: 'CONDITIONAL', reason: 'VMware Tools must run in the guest' },
  { feature: 'power-hard', support: 'SUPPORTED', reason: '' },
  { feature: 'power-suspend', support: 'SUPPORTED', reason: '' },
  { feature: 'restart-soft', support: 'CONDITIONAL', reason: 'VMware Tools must run in the guest' },
  {
    feature: 'resize-hot',
    support: 'CONDITIONAL',
    reason: 'the image must allow hot-add of CPUs and memory; nothing is taken from a running VM',
  },
  { feature: 'resize-cold', support: 'SUPPORTED', reason: 'the VM must be powered off' },
  { feature: 'disk-grow', support: 'SUPPORTED', reason: 'also while it runs; not a disk that stands on a snapshot' },
  { feature: 'snapshots', support: 'SUPPORTED', reason: 'with or without memory; while there are some, no disk grows' },
  {
    feature: 'console',
    support: 'CONDITIONAL',
    reason: 'the VM must be powered on; the browser must reach its ESXi host',
  },
  {
    feature: 'static-address',
    support: 'CONDITIONAL',
    reason:
      'the image must have cloud-init with the VMware data source, or VMware Tools for the customizations linux and windows',
  },
  {
    feature: 'cloud-init',
    support: 'CONDITIONAL',
    reason: 'the image must have cloud-init with the VMware data source',
  },
  {
    feature: 'change-feed',
    support: 'SUPPORTED',
    reason: 'one long poll on all VMs; what changes during an outage is not told',
  },
  { feature: 'adoption', support: 'UNSUPPORTED', reason: 'not implemented' },
];
