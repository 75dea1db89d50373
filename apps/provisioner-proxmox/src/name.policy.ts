const LABEL = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i;
const MAX_LENGTH = 253;
const MAX_LABEL = 63;

/** Why Proxmox cannot have a VM of this name, for people; undefined when it can. Names are DNS names; Proxmox lets several VMs have one. */
export function nameProblem(name: string): string | undefined {
  if (name.length > MAX_LENGTH) return `a name can have at most ${MAX_LENGTH} characters`;
  const isName = name.split('.').every((label) => label.length <= MAX_LABEL && LABEL.test(label));
  return isName ? undefined : 'a name must be a DNS name: labels of letters, digits and inner hyphens, joined by dots';
}
