import { duration, durationMs, encodeEnvelope } from './envelope';
import { Action, Ns, Resource } from './names';
import { createShell, received, shellPage } from './shell.messages';
import { readXml } from './xml.reader';
import { readAnswer } from './answer';

const context = {
  to: 'https://h:5986/wsman',
  messageId: 'uuid:1',
  operationTimeoutMs: 20_000,
  maxEnvelopeBytes: 153_600,
};
const body = (content: string): ReturnType<typeof readXml> =>
  readXml(
    `<s:Body xmlns:s="${Ns.SOAP}" xmlns:r="${Ns.SHELL}" xmlns:n="${Ns.ENUMERATION}" xmlns:w="${Ns.WSMAN}">${content}</s:Body>`,
  );

describe('an envelope', () => {
  it('says who asks for what, and for how long', () => {
    const settings = { name: 'x/1', idleTimeoutMs: 180_000, environment: { A: '1' } };
    const envelope = readXml(encodeEnvelope(createShell(settings), context));
    const header = envelope.child(Ns.SOAP, 'Header')!;
    expect(header.child(Ns.ADDRESSING, 'Action')?.text).toBe(Action.CREATE);
    expect(header.child(Ns.WSMAN, 'ResourceURI')?.text).toBe(Resource.COMMAND_SHELL);
    expect(header.child(Ns.WSMAN, 'OperationTimeout')?.text).toBe('PT20.000S');
    expect(
      header
        .child(Ns.WSMAN, 'OptionSet')
        ?.all(Ns.WSMAN, 'Option')
        .map((option) => option.text),
    ).toEqual(['TRUE', '65001']);
    const shell = envelope.path(Ns.SOAP, 'Body')?.child(Ns.SHELL, 'Shell');
    expect(shell?.attributes.get('Name')).toBe('x/1');
    expect(shell?.child(Ns.SHELL, 'IdleTimeOut')?.text).toBe('PT180.000S');
  });

  it.each([
    ['PT20.000S', 20_000],
    ['P0DT0H1M30S', 90_000],
    ['P1DT2H', 93_600_000],
    ['PT2147483.647S', 2_147_483_647],
  ])('reads the duration %s', (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });

  it('reads no duration of other text, and writes what it reads', () => {
    expect(durationMs('20 s')).toBeUndefined();
    expect(durationMs(duration(61_500))).toBe(61_500);
  });
});

describe('an answer', () => {
  it('tells a fault by its code and words', () => {
    const text = `<e:Envelope xmlns:e="${Ns.SOAP}"><e:Body><e:Fault><e:Code><e:Value>e:Receiver</e:Value><e:Subcode><e:Value>w:TimedOut</e:Value></e:Subcode></e:Code>
      <e:Reason><e:Text>other</e:Text></e:Reason><e:Detail><f:WSManFault xmlns:f="${Ns.FAULT}" Code="2150858793"><f:Message>It took
      too <b>long</b></f:Message></f:WSManFault></e:Detail></e:Fault></e:Body></e:Envelope>`;
    expect(readAnswer(text).fault).toEqual({ code: 2150858793, subcode: 'TimedOut', reason: 'It took too long' });
  });

  it('keeps the chunks in order and the exit code as a signed number', () => {
    const chunk = (name: string, text: string): string =>
      `<r:Stream Name="${name}">${Buffer.from(text).toString('base64')}</r:Stream>`;
    const state = `<r:CommandState State="${Ns.SHELL}/CommandState/Done"><r:ExitCode>3221225786</r:ExitCode></r:CommandState>`;
    const { chunks, exitCode } = received(
      body(
        `<r:ReceiveResponse>${chunk('stdout', 'a')}${chunk('stderr', 'b')}${chunk('stdout', '')}${state}</r:ReceiveResponse>`,
      ),
    );
    expect(chunks.map(({ stream, bytes }) => `${stream} ${bytes.toString()}`)).toEqual(['stdout a', 'stderr b']);
    expect(exitCode).toBe(-1073741510);
  });

  it('does not take a running program for an ended one', () => {
    const state = `<r:CommandState State="${Ns.SHELL}/CommandState/Running"/>`;
    expect(received(body(`<r:ReceiveResponse>${state}</r:ReceiveResponse>`))).toEqual({ chunks: [] });
  });

  it('lists shells without what the server does not tell', () => {
    const page = shellPage(
      body(
        `<n:EnumerateResponse><n:EnumerationContext>7</n:EnumerationContext><w:Items><r:Shell><r:ShellId>A</r:ShellId><r:ShellInactivity>P0DT0H0M9S</r:ShellInactivity></r:Shell></w:Items></n:EnumerateResponse>`,
      ),
    );
    expect(page).toEqual({ shells: [{ id: 'A', inactivityMs: 9_000 }], context: '7' });
  });
});
