import { startVcsim, type Vcsim } from '../vcsim';

const MOVE = '<_this type="VirtualMachine">vm-1</_this>';
const RECONFIGURE = (spec: string): string =>
  `<ReconfigVM_Task xmlns="urn:vim25">${MOVE}<spec>${spec}</spec></ReconfigVM_Task>`;
const DEVICE = (device: string): string =>
  RECONFIGURE(`<deviceChange><operation>add</operation><device ${device}</device></deviceChange>`);

/** Requests that a vCenter parses: without a session it then refuses them. */
const ORDERLY: readonly [string, string][] = [
  ['fields in their order, some left out', RECONFIGURE('<name>x</name><numCPUs>2</numCPUs><memoryMB>64</memoryMB>')],
  [
    'the fields of a subtype after those of its base types',
    DEVICE('xsi:type="VirtualDisk"><key>-1</key><controllerKey>1000</controllerKey><capacityInKB>1</capacityInKB>'),
  ],
  [
    'a list, and a value of any type',
    RECONFIGURE(
      '<extraConfig><key>a</key><value xsi:type="xsd:string">1</value></extraConfig>' +
        '<extraConfig><key>b</key><value xsi:type="xsd:string">2</value></extraConfig>',
    ),
  ],
];

/** Requests that a vCenter does not parse, with what it says. */
const DISORDERLY: readonly [string, string, RegExp][] = [
  ['fields in another order', RECONFIGURE('<numCPUs>2</numCPUs><name>x</name>'), /Got <name> tag when expecting/],
  [
    'the fields of a base type after those of the subtype',
    DEVICE('xsi:type="VirtualDisk"><capacityInKB>1</capacityInKB><key>-1</key>'),
    /Got <capacityInKB> tag when expecting <key> tag/,
  ],
  ['a field that no type has', RECONFIGURE('<nmae>x</nmae>'), /Got <nmae> tag/],
  ['a single field twice', RECONFIGURE('<name>x</name><name>y</name>'), /Got <name> tag/],
  ['a field too few', DEVICE('xsi:type="VirtualDisk"><key>-1</key>'), /Required element <capacityInKB> is missing/],
  ['a parameter too few', '<CloneVM_Task xmlns="urn:vim25">' + MOVE + '</CloneVM_Task>', /<folder> is missing/],
  ['a type that does not belong there', DEVICE('xsi:type="CustomizationSpec"><key>-1</key>'), /no BaseVirtualDevice/],
  [
    'a value that does not say its type',
    RECONFIGURE('<extraConfig><key>a</key><value>1</value></extraConfig>'),
    /no xsi:type/,
  ],
];

describe('the order of elements in a request', () => {
  let vcsim: Vcsim;

  const post = async (content: string): Promise<string> => {
    const body =
      '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema"' +
      ` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>${content}</soapenv:Body></soapenv:Envelope>`;
    return (await fetch(vcsim.url, { method: 'POST', body, headers: { 'content-type': 'text/xml' } })).text();
  };

  beforeAll(async () => {
    vcsim = await startVcsim({ tls: false, vms: 0 });
  }, 180_000);
  afterAll(() => vcsim.stop());

  it.each(ORDERLY)('is right with %s', async (_what, request) => {
    expect(await post(request)).toContain('NotAuthenticatedFault');
  });

  it.each(DISORDERLY)('is wrong with %s', async (_what, request, problem) => {
    const answer = await post(request);
    expect(answer).toContain('InvalidRequestFault');
    expect(answer.replace(/&lt;/g, '<').replace(/&gt;/g, '>')).toMatch(problem);
  });
});
