/** Proxmox's own range of VMIDs. */
const LOWEST = 100;
const HIGHEST = 999_999_999;

/**
 * The VMID of an instance: it is chosen before the first call and belongs to nobody else, so Proxmox, which gives each VMID
 * to one VM only, makes at most one VM of it.
 * @param instanceNumber allotted by approvals, from 1, never reused
 * @returns undefined when the number leads out of Proxmox's range
 */
export function vmidFor(vmidBase: number, instanceNumber: number): number | undefined {
  const vmid = vmidBase + instanceNumber;
  return instanceNumber >= 1 && Number.isSafeInteger(vmid) && vmid >= LOWEST && vmid <= HIGHEST ? vmid : undefined;
}

/** A native id, which is a VMID in digits; undefined for any other text. */
export function readVmid(nativeId: string): number | undefined {
  const vmid = /^[1-9]\d{2,8}$/.test(nativeId) ? Number(nativeId) : undefined;
  return vmid !== undefined && vmid >= LOWEST && vmid <= HIGHEST ? vmid : undefined;
}

/** Whether a VMID lies in the part of the range that DCM numbers. */
export const isNumbered = (vmid: number, vmidBase: number): boolean => vmid > vmidBase && vmid <= HIGHEST;
