import { signatureHeaders } from './signature.policy';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const parts = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1_614_265_330, body: '{"test": 2432232314}' };

describe('the signature of a webhook', () => {
  it('is the one that the documentation of the standard has for its example', () => {
    expect(signatureHeaders([secret], parts)).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('is made by each secret while two are good', () => {
    const other = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
    const signatures = signatureHeaders([other, secret], parts)['webhook-signature']?.split(' ');
    expect([signatures?.length, signatures?.[1]]).toEqual([2, 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=']);
  });

  it.each([{ id: 'msg_2' }, { timestamp: 1_614_265_331 }, { body: '{"test": 2432232315}' }])(
    'is another for %j',
    (change) => {
      const of = (what: typeof parts): string | undefined => signatureHeaders([secret], what)['webhook-signature'];
      expect(of({ ...parts, ...change })).not.toBe(of(parts));
    },
  );
});
