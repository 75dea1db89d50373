import type { MessageSealing } from '../authenticator';
import { isWsmanError } from '../wsman.errors';
import { isSealed, openBody, sealBody } from './sealed.message';

/** Seals by turning bits round: the sealed bytes can be chosen. */
const flip = (bytes: Buffer): Buffer => Buffer.from(bytes.map((byte) => byte ^ 0xff));
const sealing: MessageSealing = {
  protocol: 'application/HTTP-SPNEGO-session-encrypted',
  seal: (plain) => ({ signature: Buffer.alloc(16, 1), sealed: flip(plain) }),
  open: (sealed) => flip(sealed),
};

describe('a sealed message', () => {
  it.each([
    ['text', Buffer.from('<s:Envelope/>')],
    ['bytes that spell the boundary when sealed', flip(Buffer.from('--Encrypted Boundary--\r\n'))],
    ['nothing', Buffer.alloc(0)],
  ])('comes out as it went in: %s', (_what, plain) => {
    const { body, contentType } = sealBody(plain, sealing);
    expect(isSealed(contentType)).toBe(true);
    expect(openBody(body, sealing)).toEqual(plain);
  });

  const { body } = sealBody(Buffer.from('<s:Envelope/>'), sealing);
  it.each([
    ['cut short', body.subarray(0, body.length - 30)],
    ['longer than it says', Buffer.concat([body, Buffer.from('x')])],
    ['no parts', Buffer.from('<s:Envelope/>')],
    ['a false length', Buffer.from(body.toString('latin1').replace('Length=13', 'Length=14'), 'latin1')],
    ['no length', Buffer.from(body.toString('latin1').replace('Length=13', ''), 'latin1')],
    ['empty', Buffer.alloc(0)],
  ])('is not believed when it is %s', (_what, bytes) => {
    let thrown: unknown;
    try {
      openBody(bytes, sealing);
    } catch (error) {
      thrown = error;
    }
    expect(isWsmanError(thrown, 'BAD_ANSWER')).toBe(true);
  });
});
