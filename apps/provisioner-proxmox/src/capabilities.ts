import type { Capability } from '@dcm/contracts';

/** What this adapter does of what the port knows, with the reason where it does not or not always. */
export const capabilities: readonly Capability[] = [
  {
    feature: 'create-from-image',
    support: 'SUPPORTED',
    reason: 'full or linked clone of a template, or a disk image that a storage holds for import',
  },
  { feature: 'create-blank', support: 'SUPPORTED', reason: 'VirtIO SCSI disks and VirtIO cards' },
  {
    feature: 'linked-clone',
    support: 'CONDITIONAL',
    reason: 'the image must be a template, not a disk image for import',
  },
  {
    feature: 'secure-boot',
    support: 'CONDITIONAL',
    reason: 'the VM must start by UEFI, with enrolled keys on the EFI disk of the image, or on the one that DCM adds',
  },
  {
    feature: 'domain-join',
    support: 'UNSUPPORTED',
    reason: 'cloud-init, by which Proxmox tells guests, has no word for it',
  },
  { feature: 'power-soft', support: 'CONDITIONAL', reason: 'the QEMU guest agent must run in the guest' },
  { feature: 'power-hard', support: 'SUPPORTED', reason: '' },
  { feature: 'power-suspend', support: 'SUPPORTED', reason: 'it is paused, and keeps the memory of its node' },
  { feature: 'restart-soft', support: 'CONDITIONAL', reason: 'the QEMU guest agent must run in the guest' },
  {
    feature: 'resize-hot',
    support: 'CONDITIONAL',
    reason:
      'the image must have hotplug of cpu (with spare cores) or memory (with NUMA); nothing is taken from a running VM',
  },
  { feature: 'resize-cold', support: 'SUPPORTED', reason: 'the VM must be powered off' },
  { feature: 'disk-grow', support: 'SUPPORTED', reason: 'also while it runs' },
  {
    feature: 'snapshots',
    support: 'CONDITIONAL',
    reason: 'the storage of every disk must have them: not thick LVM, nor raw files',
  },
  {
    feature: 'console',
    support: 'CONDITIONAL',
    reason: 'the VM must be powered on; the browser must reach the cluster and be logged in there',
    limits: { lifetimeSeconds: 10 },
  },
  { feature: 'static-address', support: 'CONDITIONAL', reason: 'the image must have cloud-init and its drive' },
  {
    feature: 'cloud-init',
    support: 'CONDITIONAL',
    reason: 'the image must have cloud-init and its drive; user data of its own is not possible over the API',
  },
  {
    feature: 'change-feed',
    support: 'SUPPORTED',
    reason: 'two cheap lists, read every few seconds; what changes and changes back between two readings is not told',
  },
  { feature: 'adoption', support: 'UNSUPPORTED', reason: 'not implemented' },
];
