import type { Request } from './envelope';
import { badRequest } from './faults';
import { Uri } from './names';
import type { RemoteShell } from './shell';
import { childOf, escaped, type Element } from './xml';

const seconds = (ms: number): string => `PT${(ms / 1000).toFixed(3)}S`;
const whole = (ms: number): string => `P0DT0H0M${Math.floor(ms / 1000)}S`;

/** A shell as it is shown. @see MS-WSMV 2.2.4.37 */
export function shellXml(shell: RemoteShell): string {
  const { owner, clientIp, name, idleTimeoutMs } = shell.settings;
  const fields = [
    ['ShellId', shell.id],
    ['Name', name],
    ['ResourceUri', `${Uri.shell}/cmd`],
    ['Owner', owner],
    ['ClientIP', clientIp],
    ['IdleTimeOut', seconds(idleTimeoutMs)],
    ['InputStreams', 'stdin'],
    ['OutputStreams', 'stdout stderr'],
    ['ShellRunTime', whole(shell.runTimeMs())],
    ['ShellInactivity', whole(shell.inactivityMs())],
  ] as const;
  const written = fields.map(([tag, value]) =>
    value === undefined ? '' : `<rsp:${tag}>${escaped(value)}</rsp:${tag}>`,
  );
  return `<rsp:Shell>${written.join('')}</rsp:Shell>`;
}

interface Page {
  readonly shown: number;
  readonly size: number;
}

/** What an Enumerate asks for: without optimisation, nothing but a context. */
function firstPage(wanted: Element): Page {
  if (childOf(wanted, Uri.wsman, 'OptimizeEnumeration') === undefined) return { shown: 0, size: 0 };
  return { shown: 0, size: sizeOf(childOf(wanted, Uri.wsman, 'MaxElements')) };
}

/** What a Pull asks for. The context is the number of shells that were shown. */
function nextPage(wanted: Element): Page {
  const shown = Number(childOf(wanted, Uri.enumeration, 'EnumerationContext')?.text);
  return { shown, size: sizeOf(childOf(wanted, Uri.enumeration, 'MaxElements')) };
}

/** One at a time, unless more are asked for. @see DSP0226, 8.7 */
function sizeOf(asked: Element | undefined): number {
  return Math.max(Math.trunc(Number(asked?.text)) || 1, 1);
}

/**
 * Answers Enumerate and Pull.
 * @throws ServiceFault
 */
export function listShells({ operation, body }: Request, shells: readonly RemoteShell[]): string {
  const wanted = childOf(body, Uri.enumeration, operation);
  if (wanted === undefined) throw badRequest(`it has no ${operation}`);
  const { shown, size } = operation === 'Pull' ? nextPage(wanted) : firstPage(wanted);
  if (!Number.isSafeInteger(shown)) throw badRequest('its EnumerationContext is none of ours');
  const page = shells.slice(shown, shown + size);
  const isLast = size > 0 && shown + size >= shells.length;
  const prefix = operation === 'Pull' ? 'e' : 'w';
  const items = `<${prefix}:Items>${page.map(shellXml).join('')}</${prefix}:Items>`;
  const context = `<e:EnumerationContext>${isLast ? '' : shown + page.length}</e:EnumerationContext>`;
  return `<e:${operation}Response>${context}${items}${isLast ? `<${prefix}:EndOfSequence/>` : ''}</e:${operation}Response>`;
}
