import { openBody, sealBody, shownBody } from './body.mapper';

const key = 'an installation key of some length';

describe('the body of a dead letter', () => {
  it('is stored so that only its own letter and key open it', () => {
    const body = Buffer.from('{"guest":{"userData":"#cloud-config"}}');
    const sealed = sealBody(key, 'letter-1', body);
    expect(sealed.includes('cloud-config')).toBe(false);
    expect(openBody(key, 'letter-1', sealed)).toEqual(body);
    expect(openBody(key, 'letter-2', sealed)).toBeUndefined();
    expect(openBody('another installation key', 'letter-1', sealed)).toBeUndefined();
    expect(openBody(key, 'letter-1', Buffer.alloc(5))).toBeUndefined();
  });

  it('is stored when it is empty', () => {
    expect(openBody(key, 'x', sealBody(key, 'x', Buffer.alloc(0)))).toEqual(Buffer.alloc(0));
  });

  it.each([
    ['a key', '{"guest":{"userData":"x"}}'],
    ['a key spelt with escapes', '{"user\\u0044ata":"x"}'],
    ['text that is not JSON', 'password=hunter2'],
    ['a deep key', '{"a":[{"adminPassword":"x"}]}'],
  ])('is not shown when it may hold a secret in %s', (_, text) => {
    expect(shownBody(Buffer.from(text))).toBeNull();
  });

  it('is not shown when it is not text', () => {
    expect(shownBody(Buffer.from([0xff, 0xfe, 0x00]))).toBeNull();
  });

  it('is shown as it came, cut at 4 KiB between characters', () => {
    expect(shownBody(Buffer.from('not json'))).toBe('not json');
    const shown = shownBody(Buffer.from(`a${'漢'.repeat(3000)}`));
    expect(shown).toBe(`a${'漢'.repeat(1365)}`);
  });
});
