import { readAnswer } from './pve.answer';
import { PveRefusal, PveTransportError } from './pve.errors';
import { encodeRequest } from './pve.request';

const REQUEST = encodeRequest('POST', ['nodes', 'pve1', 'qemu', 9000, 'clone'], { newid: 1, cipassword: 'gehe;im' });
const CONTEXT = { scheme: 'token', secrets: ['0000-token'] } as const;

const read = (status: number, reason: string, body = ''): unknown =>
  readAnswer({ status, reason, body }, REQUEST, CONTEXT);

function failure(status: number, reason: string, body = ''): unknown {
  try {
    read(status, reason, body);
  } catch (error) {
    return error;
  }
  throw new Error('it was no failure');
}

describe('an answer', () => {
  it('is its data', () => {
    expect(read(200, 'OK', '{"data":"UPID:x"}')).toBe('UPID:x');
    expect(read(200, 'OK', '{"data":null}')).toBeUndefined();
  });

  it.each(['', '<html>', '"text"', '{"data"'])('of 200 with the body %j comes from something else', (body) => {
    expect(failure(200, 'OK', body)).toMatchObject({ code: 'NOT_PVE', mayHaveRun: true });
  });

  it('says why in its body, else in its reason phrase, as before PVE 8.3', () => {
    const text = 'unable to create VM 400: config file already exists';
    for (const error of [
      failure(500, 'x', `{"data":null,"message":"${text}\\n"}`),
      failure(500, text, '{"data":null}'),
      failure(500, text),
    ]) {
      expect(error).toBeInstanceOf(PveRefusal);
      expect(error).toMatchObject({ status: 500, text, call: 'POST /nodes/pve1/qemu/9000/clone', scheme: 'token' });
    }
    expect(failure(500, '')).toMatchObject({ text: 'HTTP 500' });
  });

  it('names each wrong parameter of a 400', () => {
    const body =
      '{"data":null,"errors":{"newid":"type check (\'integer\') failed - got \'abc\'\\n"},"message":"Parameter verification failed.\\n"}';
    expect(failure(400, 'Parameter verification failed.', body)).toMatchObject({
      text: 'Parameter verification failed.',
      fields: { newid: "type check ('integer') failed - got 'abc'" },
    });
  });

  it.each([
    [595, 'Connection refused', 'NODE_UNREACHABLE', false],
    [595, 'No route to host', 'NODE_UNREACHABLE', false],
    [596, 'Connection timed out', 'BACKEND_SILENT', true],
    [597, 'Broken pipe', 'BACKEND_SILENT', true],
    [599, 'Too many redirections', 'BACKEND_SILENT', true],
    [301, 'Moved Permanently', 'HTTP_STATUS', false],
    [503, 'Service Unavailable', 'HTTP_STATUS', true],
  ])('%i %s leaves open whether it was carried out only where it is open', (status, reason, code, mayHaveRun) => {
    const error = failure(status, reason);
    expect(error).toBeInstanceOf(PveTransportError);
    expect(error).toMatchObject({ code, mayHaveRun, httpStatus: status, text: reason });
  });

  it('tells no secret that PVE quotes', () => {
    const body = '{"errors":{"cipassword":"value \'gehe;im\' is too short"},"message":"no gehe%3Bim, 0000-token"}';
    const error = failure(400, '', body) as PveRefusal;
    expect(error.fields).toEqual({ cipassword: "value '(hidden)' is too short" });
    expect(error.message).toBe('Unable to run POST /nodes/pve1/qemu/9000/clone: 400 no (hidden), (hidden)');
  });
});
