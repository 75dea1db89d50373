import type { StatusCommand } from '@dcm/contracts';
import type { Command } from './command.mapper';

/** A command, and how many VMs its site's provisioner looks at for one. */
export interface Sent {
  readonly command: Command;
  readonly looksAtOnce: number;
}

type Status = Command & { readonly data: StatusCommand };

const isStatus = (command: Command): command is Status => command.type === 'io.dcm.command.status.v1';

/** Puts looks at VMs of one site into as few commands as it takes. All others stay as they are, before them. */
export function gatherLooks(sent: readonly Sent[]): Command[] {
  const others: Command[] = [];
  const bySite = new Map<string, { readonly looksAtOnce: number; readonly looks: Status[] }>();
  for (const { command, looksAtOnce } of sent) {
    const known = bySite.get(command.routingKey);
    if (!isStatus(command)) others.push(command);
    else if (known !== undefined) known.looks.push(command);
    else bySite.set(command.routingKey, { looksAtOnce, looks: [command] });
  }
  return [...others, ...[...bySite.values()].flatMap(({ looks, looksAtOnce }) => pages(looks, looksAtOnce).map(one))];
}

const pages = (looks: readonly Status[], size: number): (readonly Status[])[] =>
  Array.from({ length: Math.ceil(looks.length / size) }, (_, page) => looks.slice(page * size, (page + 1) * size));

/** Its id is the first look's, which no other command has, and how many there are. */
function one(looks: readonly Status[]): Command {
  const [first, second] = looks;
  if (first === undefined) throw new TypeError('a page of looks is empty');
  if (second === undefined) return first;
  const requestId = `${first.id}+${looks.length - 1}`;
  const { site } = first.data;
  const data = { requestId, site, looks: looks.map(({ data: { site: _site, ...look } }) => look) };
  return { ...first, id: requestId, type: 'io.dcm.command.statuses.v1', data };
}
