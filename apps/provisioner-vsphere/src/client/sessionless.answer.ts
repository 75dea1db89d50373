import { readList, readRecord, typeOf } from './reader';
import { faultFrom } from './vim.errors';

const READS_PROPERTIES = /^(?:Continue)?RetrievePropertiesEx$/;

/**
 * The property collector answers a session that is over with HTTP 200 and every property missing, for the reason
 * NotAuthenticated. Taken at face value that would read as "the object has no properties".
 * @throws VimFault `NotAuthenticated`
 */
export function refuseSessionless(operation: string, answer: unknown): void {
  if (!READS_PROPERTIES.test(operation)) return;
  for (const object of readList(readRecord(answer)['objects'])) {
    for (const missing of readList(readRecord(object)['missingSet'])) {
      const reason = readRecord(missing)['fault'];
      if (typeOf(readRecord(reason)['fault']) === 'NotAuthenticated') throw faultFrom(reason, operation);
    }
  }
}
