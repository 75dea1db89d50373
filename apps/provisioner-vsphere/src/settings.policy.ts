import type { PlanDiagnostic } from '@dcm/contracts';
import { pointerIn } from './metadata.schema';

/** Rules for keys. VMX keys know no upper and lower case. */
interface KeyRule {
  /** A whole key, or a beginning when it ends with `*`, or an ending when it begins with `*`. */
  readonly pattern: string;
  readonly reason: string;
}

/** What a request may set everywhere: it reaches the guest's own view of its hardware, and nothing outside the VM. */
const ALLOWED: readonly KeyRule[] = [
  { pattern: 'guestinfo.*', reason: 'only read by the guest' },
  { pattern: 'disk.EnableUUID', reason: 'disks tell the guest their serial numbers, which Kubernetes and others need' },
  { pattern: 'devices.hotplug', reason: "Windows offers no ejection of the VM's cards and disks" },
  { pattern: 'keyboard.typematicMinDelay', reason: 'keys do not repeat over a slow console' },
  { pattern: 'svga.autodetect', reason: "the screen's size" },
  { pattern: 'svga.maxWidth', reason: "the screen's size" },
  { pattern: 'svga.maxHeight', reason: "the screen's size" },
  { pattern: 'svga.vgaOnly', reason: 'no graphics acceleration, as hardening guides ask' },
  { pattern: 'tools.syncTime', reason: "the guest's clock" },
  { pattern: 'time.synchronize.*', reason: "the guest's clock" },
];

/** What no request sets and no site can allow. */
const FORBIDDEN: readonly KeyRule[] = [
  { pattern: 'dcm.*', reason: 'it holds the ownership mark' },
  ...['metadata', 'userdata', 'vendordata'].map((name) => ({
    pattern: `guestinfo.${name}*`,
    reason: 'DCM writes it from the request',
  })),
  { pattern: 'RUN.*', reason: 'it would run commands on the host' },
  { pattern: 'SET.*', reason: 'it would change what is reported of the VM' },
  { pattern: '*.fileName', reason: 'it names files of the host' },
  { pattern: '*.dir', reason: 'it names folders of the host' },
  { pattern: '*.directory', reason: 'it names folders of the host' },
  { pattern: '*.vmxPath', reason: 'it names files of the host' },
  { pattern: 'serial*', reason: 'ports reach files and sockets of the host' },
  { pattern: 'parallel*', reason: 'ports reach devices of the host' },
  { pattern: 'pciPassthru*', reason: 'it reaches devices of the host' },
  { pattern: 'usb*', reason: 'it reaches devices of the host' },
  { pattern: 'isolation.*', reason: 'it takes down walls between guest, host and console' },
  { pattern: 'RemoteDisplay.*', reason: 'it opens a port on the host' },
  { pattern: 'tools.setInfo.*', reason: "it lets the guest fill the host's files" },
  { pattern: 'log.*', reason: "it lets the guest fill the host's files" },
  { pattern: 'vmx.*', reason: "it changes the host's process" },
  { pattern: 'monitor*', reason: "it changes the host's hypervisor" },
  { pattern: 'sched.*', reason: 'it takes resources from other VMs' },
  { pattern: 'answer.*', reason: "it answers the platform's questions unseen" },
  { pattern: 'uuid.*', reason: 'it is how the VM is found' },
  { pattern: 'vc.uuid', reason: 'it is how the VM is found' },
  { pattern: 'instanceUuid', reason: 'it is how the VM is found' },
];

const matches = (key: string, { pattern }: Pick<KeyRule, 'pattern'>): boolean => {
  const [text, wanted] = [key.toLowerCase(), pattern.toLowerCase()];
  if (wanted.endsWith('*')) return text.startsWith(wanted.slice(0, -1));
  return wanted.startsWith('*') ? text.endsWith(wanted.slice(1)) : text === wanted;
};

/** Why a site may not allow these keys; undefined when it may. A beginning may hold forbidden keys: they stay forbidden. */
export function forbiddenReason(pattern: string): string | undefined {
  return FORBIDDEN.find((rule) => matches(pattern.replace(/\*$/, ''), rule))?.reason;
}

/**
 * What is wrong with the advanced settings that a request asks for.
 * @param allowed what the site allows beside DCM's own list: keys, or beginnings that end with `*`
 */
export function settingProblems(
  asked: Readonly<Record<string, string>> = {},
  allowed: readonly string[] = [],
): PlanDiagnostic[] {
  const rules = [...ALLOWED, ...allowed.map((pattern) => ({ pattern }))];
  const seen = new Set<string>();
  return Object.keys(asked).flatMap((key): PlanDiagnostic[] => {
    const message = keyProblem(key, rules, seen);
    seen.add(key.toLowerCase());
    return message === undefined ? [] : [{ severity: 'error', pointer: pointerIn(['extraConfig', key]), message }];
  });
}

function keyProblem(
  key: string,
  rules: readonly Pick<KeyRule, 'pattern'>[],
  seen: ReadonlySet<string>,
): string | undefined {
  const forbidden = FORBIDDEN.find((rule) => matches(key, rule));
  if (forbidden !== undefined) return `must not be set: ${forbidden.reason}`;
  if (seen.has(key.toLowerCase())) return 'is named twice: these keys know no upper and lower case';
  if (rules.some((rule) => matches(key, rule))) return undefined;
  return `is not among the settings that this site allows: ${rules.map(({ pattern }) => pattern).join(', ')}`;
}
