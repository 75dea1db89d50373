import { setTimeout as delay } from 'node:timers/promises';
import type { StackSite } from '../../tools/src/stack/stack.file';
import { InvariantDatabase, type Motion } from './database';
import { checkSite } from './hypervisor.checks';
import { witnessOf, type Witness } from './witness';
import { isViolated, type Expectations, type Finding } from './invariant';

export interface InvariantsOptions {
  readonly databaseUrl: string;
  readonly sites: Readonly<Record<string, StackSite>>;
  readonly expected: Expectations;
  /** How long to wait for quiet before judging. */
  readonly settleMs: number;
}

export interface Judgement {
  readonly findings: readonly Finding[];
  /** What was still under way when the time was over; undefined: it was quiet. */
  readonly unsettled: Motion | undefined;
  readonly settledAfterMs: number;
}

const pollMs = 150;

const isQuiet = (motion: Motion): boolean => Object.values(motion).every((count) => count === 0);

/** Checks all invariants on databases and hypervisors, again and again over one run. */
export class Invariants {
  private readonly witnesses = new Map<string, Witness | undefined>();

  constructor(private readonly options: InvariantsOptions) {
    for (const [name, site] of Object.entries(options.sites)) this.witnesses.set(name, witnessOf(site));
  }

  close(): void {
    for (const witness of this.witnesses.values()) witness?.close();
  }

  /** Waits for quiet, then judges. What is violated is looked at again until the time is over: some of it may still be on its way. */
  async judge(overrides: Partial<Expectations> = {}): Promise<Judgement> {
    const { databaseUrl, settleMs, expected } = this.options;
    const startedAt = performance.now();
    const leftMs = (): number => settleMs - (performance.now() - startedAt);
    const database = await InvariantDatabase.connect(databaseUrl);
    try {
      for (;;) {
        const motion = await database.motion();
        if (!isQuiet(motion) && leftMs() > 0) {
          await delay(pollMs);
          continue;
        }
        const findings = await this.look(database, { ...expected, ...overrides });
        if (findings.some(isViolated) && leftMs() > 0) {
          await delay(pollMs);
          continue;
        }
        const settledAfterMs = Math.round(performance.now() - startedAt);
        return { findings, unsettled: isQuiet(motion) ? undefined : motion, settledAfterMs };
      }
    } finally {
      await database.close();
    }
  }

  private async look(database: InvariantDatabase, expected: Expectations): Promise<Finding[]> {
    const findings = await database.check(expected);
    const installation = await database.installation();
    const known = await database.vms();
    for (const [site, witness] of this.witnesses) {
      if (witness === undefined) {
        const title = `the hypervisor of ${site} agrees`;
        findings.push({ invariant: 'I2', title, counted: 0, offenders: [], skipped: 'nobody can look into it' });
      } else findings.push(...checkSite({ site, installation, known, seen: await witness.marked() }));
    }
    return findings;
  }
}
