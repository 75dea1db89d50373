const UNITS: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };
const GIB = 1024 ** 3;

/** Bytes of a size as Proxmox writes it in a disk (`32G`, `528M`, `4194304`); undefined for any other text. */
export function bytesOf(text: string | undefined): number | undefined {
  const [, figure, unit = ''] = /^(\d+(?:\.\d+)?)([KMGT]?)$/.exec(text ?? '') ?? [];
  const factor = UNITS[unit];
  return figure === undefined || factor === undefined ? undefined : Math.round(Number(figure) * factor);
}

/** Bytes as GiB; a fraction where it is no whole number. */
export const gibOf = (bytes: number): number => bytes / GIB;

/** GiB as bytes. */
export const bytesOfGib = (gib: number): number => gib * GIB;
