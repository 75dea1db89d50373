import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { Injectable } from '@nestjs/common';

/** Asks the system for the addresses of a host. */
@Injectable()
export class ResolverClient {
  /** Rejects with the system's error, `code` ENOTFOUND among them. An address is its own answer. */
  async resolve(host: string): Promise<string[]> {
    if (isIP(host) !== 0) return [host];
    return (await lookup(host, { all: true })).map(({ address }) => address);
  }
}
