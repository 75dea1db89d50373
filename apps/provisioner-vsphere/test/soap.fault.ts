import type { HttpAnswer } from '../../../sims/faults/faults';

const envelope = (body: string): string =>
  '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"' +
  ` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>${body}</soapenv:Body></soapenv:Envelope>`;

/** How a vCenter answers a call that it refuses. @param fields of the fault, as XML @param text for people */
export function fault(type: string, fields = '', text = 'staged'): HttpAnswer {
  const detail = `<${type}Fault xmlns="urn:vim25" xsi:type="${type}">${fields}</${type}Fault>`;
  const content = `<faultcode>ServerFaultCode</faultcode><faultstring>${text}</faultstring><detail>${detail}</detail>`;
  return posted(500, `<soapenv:Fault>${content}</soapenv:Fault>`);
}

/** The answer of an operation that found nothing. */
export const answer = (operation: string): HttpAnswer =>
  posted(200, `<${operation}Response xmlns="urn:vim25"></${operation}Response>`);

const posted = (status: number, body: string): HttpAnswer => ({
  status,
  headers: { 'content-type': 'text/xml; charset=utf-8' },
  body: Buffer.from(envelope(body)),
});
