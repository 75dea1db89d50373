import { directionKey, lmV2Response, ntlmV2Response, responseKey } from './ntlm.keys';
import { encodeAttributes } from './ntlm.messages';
import { Rc4 } from './rc4';

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');

/** The inputs and results that MS-NLMP gives in 4.2.1 and 4.2.4. */
const key = responseKey('User', 'Password', 'Domain');
const input = {
  key,
  serverChallenge: hex('0123456789abcdef'),
  clientChallenge: hex('aaaaaaaaaaaaaaaa'),
  time: Buffer.alloc(8),
  targetInfo: encodeAttributes(
    new Map([
      [2, Buffer.from('Domain', 'utf16le')],
      [1, Buffer.from('Server', 'utf16le')],
    ]),
  ),
};
const randomSessionKey = Buffer.alloc(16, 0x55);

describe('the keys of NTLMv2, by the published examples', () => {
  it('makes NTOWFv2 of a password (4.2.4.1.1)', () => {
    expect(key).toEqual(hex('0c868a403bfd7a93a3001ef22ef02e3f'));
  });

  it('folds the user to capitals, one letter for one, and leaves the domain', () => {
    expect(responseKey('uSER', 'Password', 'Domain')).toEqual(key);
    expect(responseKey('User', 'Password', 'DOMAIN')).not.toEqual(key);
    expect(responseKey('straße', 'x', '')).toEqual(responseKey('STRAßE', 'x', ''));
  });

  it('answers the challenge (4.2.4.1.3, 4.2.4.2.2)', () => {
    const { response, sessionBaseKey } = ntlmV2Response(input);
    expect(response.subarray(0, 16)).toEqual(hex('68cd0ab851e51c96aabc927bebef6a1c'));
    expect(response.subarray(16)).toEqual(
      hex(
        `0101000000000000 0000000000000000 aaaaaaaaaaaaaaaa 00000000
         02000c0044006f006d00610069006e00 01000c00530065007200760065007200 00000000 00000000`,
      ),
    );
    expect(sessionBaseKey).toEqual(hex('8de40ccadbc14a82f15cb0ad0de95ca3'));
  });

  it('answers the challenge the older way (4.2.4.2.1)', () => {
    expect(lmV2Response(input)).toEqual(hex('86c35097ac9cec102554764a57cccc19 aaaaaaaaaaaaaaaa'));
  });

  it('encrypts the session key (4.2.4.2.3)', () => {
    const { sessionBaseKey } = ntlmV2Response(input);
    expect(new Rc4(sessionBaseKey).next(randomSessionKey)).toEqual(hex('c5dad2544fc9799094ce1ce90bc9d03e'));
  });

  it('derives the keys of a direction (4.2.4.4)', () => {
    expect(directionKey(randomSessionKey, 'client-to-server', 'sealing')).toEqual(
      hex('59f600973cc4960a25480a7c196e4c58'),
    );
    expect(directionKey(randomSessionKey, 'client-to-server', 'signing')).toEqual(
      hex('4788dc861b4782f35d43fd98fe1a2d39'),
    );
  });
});
