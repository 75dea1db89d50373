import type { OutgoingHttpHeaders } from 'node:http';
import { inspect } from 'node:util';
import { createClientAsync } from 'soap';
import type { Exchange, SoapTransport } from './http.transport';
import { VIM25 } from './schema';
import { SoapClient } from './soap.client';
import { VimFault, VimTransportError } from './vim.errors';
import { buildWsdl } from './wsdl';

const URL_OF_NOBODY = new URL('https://vcenter.test/sdk');

/** Answers every envelope with the same text, and keeps what it was sent. */
class CannedTransport implements SoapTransport {
  readonly sent: { envelope: string; headers: OutgoingHttpHeaders }[] = [];

  constructor(private readonly answer: string) {}

  post(envelope: string, headers: OutgoingHttpHeaders): Promise<string> {
    this.sent.push({ envelope, headers });
    return Promise.resolve(this.answer);
  }

  close(): void {
    this.sent.length = 0;
  }
}

function envelope(body: string): string {
  return (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" ' +
    'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">' +
    `<soapenv:Body>${body}</soapenv:Body></soapenv:Envelope>`
  );
}

function anExchange(operation: string): Exchange {
  return { operation, timeoutMs: 1000, isLongPoll: false, receivedBytes: 0 };
}

async function answerTo(operation: string, body: string): Promise<unknown> {
  const client = await SoapClient.create(URL_OF_NOBODY, new CannedTransport(body));
  return client.send(`<${operation} xmlns="urn:vim25"/>`, anExchange(operation));
}

describe('the WSDL', () => {
  it('is read by npm soap, with every operation of the table', async () => {
    const client = await createClientAsync(buildWsdl(VIM25, '6.5'), { disableCache: true });
    const described = client.describe() as { VimService: { VimPort: Record<string, unknown> } };
    expect(Object.keys(described.VimService.VimPort).sort()).toEqual([...VIM25.operations.keys()].sort());
  });
});

describe('the SOAP client', () => {
  it('sends our XML as it is, under the SOAPAction of the version it speaks', async () => {
    const transport = new CannedTransport(envelope('<LogoutResponse xmlns="urn:vim25"></LogoutResponse>'));
    const client = await SoapClient.create(URL_OF_NOBODY, transport);
    await client.send('<Logout xmlns="urn:vim25"><_this type="X">y</_this></Logout>', anExchange('Logout'));
    client.speak('7.0.3.0');
    await client.send('<Logout xmlns="urn:vim25"/>', anExchange('Logout'));
    expect(transport.sent[0]?.envelope).toContain('<Logout xmlns="urn:vim25"><_this type="X">y</_this></Logout>');
    expect(transport.sent.map(({ headers }) => headers['SOAPAction'])).toEqual([
      '"urn:vim25/6.5"',
      '"urn:vim25/7.0.3.0"',
    ]);
  });

  it('types an answer by the table: lists, numbers, dates, long integers', async () => {
    const body =
      '<WaitForUpdatesExResponse xmlns="urn:vim25"><returnval><version>1</version><filterSet>' +
      '<filter type="PropertyFilter">f</filter><objectSet><kind>enter</kind><obj type="Task">task-1</obj>' +
      '<changeSet><name>info.progress</name><op>assign</op><val xsi:type="xsd:int">40</val></changeSet></objectSet>' +
      '</filterSet></returnval></WaitForUpdatesExResponse>';
    expect(await answerTo('WaitForUpdatesEx', envelope(body))).toEqual({
      version: '1',
      filterSet: [
        {
          filter: { type: 'PropertyFilter', value: 'f' },
          objectSet: [
            {
              kind: 'enter',
              obj: { type: 'Task', value: 'task-1' },
              changeSet: [{ name: 'info.progress', op: 'assign', val: 40 }],
            },
          ],
        },
      ],
    });
  });

  it('gives lists of subtypes their own fields', async () => {
    const body =
      '<RetrievePropertiesExResponse xmlns="urn:vim25"><returnval><objects><obj type="VirtualMachine">vm-1</obj><propSet>' +
      '<name>config.hardware.device</name><val xsi:type="ArrayOfVirtualDevice"><VirtualDevice xsi:type="VirtualDisk">' +
      '<key>2000</key><backing xsi:type="VirtualDiskFlatVer2BackingInfo"><fileName>[a] b.vmdk</fileName>' +
      '<thinProvisioned>true</thinProvisioned></backing><capacityInKB>8388608</capacityInKB>' +
      '<capacityInBytes>9223372036854775807</capacityInBytes></VirtualDevice>' +
      '<VirtualDevice xsi:type="VirtualMadeUp"><key>9</key></VirtualDevice></val></propSet></objects></returnval>' +
      '</RetrievePropertiesExResponse>';
    const backing = { $type: 'VirtualDiskFlatVer2BackingInfo', fileName: '[a] b.vmdk', thinProvisioned: true };
    const sizes = { capacityInKB: 8_388_608, capacityInBytes: 9_223_372_036_854_775_807n };
    const val = [
      { $type: 'VirtualDisk', key: 2000, backing, ...sizes },
      { $type: 'VirtualMadeUp', key: 9 },
    ];
    expect(await answerTo('RetrievePropertiesEx', envelope(body))).toEqual({
      objects: [{ obj: { type: 'VirtualMachine', value: 'vm-1' }, propSet: [{ name: 'config.hardware.device', val }] }],
    });
  });

  it('knows an empty answer from no answer', async () => {
    const nothingFound = envelope('<FindByUuidResponse xmlns="urn:vim25"></FindByUuidResponse>');
    expect(await answerTo('FindByUuid', nothingFound)).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['no XML', 'upstream connect error'],
    ['a page', '<html><body>login</body></html>'],
    ['another document', '<?xml version="1.0"?><note/>'],
    ['an empty envelope', envelope('')],
    ['the answer to another operation', envelope('<LogoutResponse xmlns="urn:vim25"></LogoutResponse>')],
    ['a broken answer', envelope('<FindByUuidResponse xmlns="urn:vim25"></FindByUuid')],
  ])('takes %s for no answer, never for "not found"', async (_, text) => {
    const error: unknown = await answerTo('FindByUuid', text).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(VimTransportError);
    expect(error).toMatchObject({ code: 'NOT_SOAP', operation: 'FindByUuid', requestSent: true });
  });

  it('reads a fault with its type and fields', async () => {
    const body =
      '<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>The name is taken.</faultstring><detail>' +
      '<DuplicateNameFault xmlns="urn:vim25" xsi:type="DuplicateName"><name>web-01</name>' +
      '<object type="VirtualMachine">vm-7</object></DuplicateNameFault></detail></soapenv:Fault>';
    const error: unknown = await answerTo('CloneVM_Task', envelope(body)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(VimFault);
    expect(error).toMatchObject({
      fault: 'DuplicateName',
      operation: 'CloneVM_Task',
      explanation: 'The name is taken.',
      detail: { name: 'web-01', object: { type: 'VirtualMachine', value: 'vm-7' } },
    });
  });

  it('takes the fault’s name from its element when it says no type', async () => {
    const body =
      '<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring/><detail>' +
      '<NotAuthenticatedFault xmlns="urn:vim25"/></detail></soapenv:Fault>';
    await expect(answerTo('CurrentTime', envelope(body))).rejects.toMatchObject({ fault: 'NotAuthenticated' });
  });

  it('calls a fault without detail a MethodFault', async () => {
    const body = '<soapenv:Fault><faultcode>Client</faultcode><faultstring>Bad request</faultstring></soapenv:Fault>';
    const expected = { fault: 'MethodFault', explanation: 'Bad request' };
    await expect(answerTo('CurrentTime', envelope(body))).rejects.toMatchObject(expected);
  });

  it('keeps nothing of a request, neither in the client nor in an error', async () => {
    const transport = new CannedTransport('no SOAP');
    const client = await SoapClient.create(URL_OF_NOBODY, transport);
    const body = '<Login xmlns="urn:vim25"><password>hunter2</password></Login>';
    const error: unknown = await client.send(body, anExchange('Login')).catch((thrown: unknown) => thrown);
    transport.close();
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error as Error))).not.toContain('hunter2');
    expect(inspect(client, { depth: 4, maxStringLength: null })).not.toContain('hunter2');
  });
});
