import { parseArgs } from 'node:util';

/** What `npm start -- …` understands. */
export interface StackOptions {
  readonly detach: boolean;
  /** The gateway's port; the first free one from here on is not tried: a taken port is an error that names it. */
  readonly port: number;
  /** Replicas by platform, e.g. `{ vsphere: 2 }`. */
  readonly scale: Readonly<Record<string, number>>;
  /** The demo sites to run, by name; none names all. */
  readonly sites: readonly string[];
  /** Runs on the in-process broker even where a RabbitMQ answers. */
  readonly inProcess: boolean;
}

function parseScale(entries: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    entries.map((entry) => {
      const match = /^([a-z][a-z0-9-]*)=([1-9][0-9]?)$/.exec(entry);
      if (!match) throw new Error(`--scale ${entry}: write platform=count, e.g. --scale vsphere=2`);
      return [match[1] ?? '', Number(match[2])];
    }),
  );
}

/** @throws Error that names the argument that is not understood. */
export function parseOptions(args: readonly string[]): StackOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      detach: { type: 'boolean', default: false },
      port: { type: 'string', default: process.env['PORT'] ?? '3000' },
      scale: { type: 'string', multiple: true, default: [] },
      site: { type: 'string', multiple: true, default: [] },
      'in-process': { type: 'boolean', default: process.env['AMQP_URL']?.startsWith('inprocess:') ?? false },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`--port ${values.port}: write a port from 0 to 65535`);
  return {
    detach: values.detach,
    port,
    scale: parseScale(values.scale),
    sites: values.site,
    inProcess: values['in-process'],
  };
}
