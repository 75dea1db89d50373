import type { FaultDetail } from '../wsman.errors';
import { Ns } from './names';
import { readXml, XmlFormatError, XmlNode } from './xml.reader';

/** An answer that was read. */
export interface Answer {
  /** Id of the request that it answers, where the server says it. */
  readonly relatesTo?: string;
  readonly body: XmlNode;
  readonly fault?: FaultDetail;
}

const MAX_REASON = 500;

/**
 * Reads an answer. Servers that are no Windows leave the body's element out, and send nothing where there is nothing to tell.
 * @throws XmlFormatError when it is no SOAP 1.2 envelope.
 */
export function readAnswer(text: string): Answer {
  if (text === '') return { body: new XmlNode(Ns.SOAP, 'Body', new Map()) };
  const envelope = readXml(text);
  if (envelope.uri !== Ns.SOAP || envelope.local !== 'Envelope') throw new XmlFormatError('it is no SOAP 1.2 envelope');
  const body = envelope.child(Ns.SOAP, 'Body') ?? envelope;
  const relatesTo = envelope.child(Ns.SOAP, 'Header')?.child(Ns.ADDRESSING, 'RelatesTo')?.text.trim();
  const fault = body.child(Ns.SOAP, 'Fault');
  return {
    body,
    ...(relatesTo === undefined ? {} : { relatesTo }),
    ...(fault === undefined ? {} : { fault: faultDetail(fault) }),
  };
}

function faultDetail(fault: XmlNode): FaultDetail {
  const detail = fault.child(Ns.SOAP, 'Detail')?.find(Ns.FAULT, 'WSManFault');
  const code = Number(detail?.attributes.get('Code') ?? 0);
  const subcode = fault.path(Ns.SOAP, 'Code', 'Subcode', 'Value')?.text.trim().split(':').at(-1);
  const reason = reasonOf(detail) ?? reasonOf(fault.path(Ns.SOAP, 'Reason', 'Text'));
  return {
    code: Number.isSafeInteger(code) ? code >>> 0 : 0,
    ...(subcode === undefined ? {} : { subcode }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** The words of an element and all in it, on one line. */
function reasonOf(node: XmlNode | undefined): string | undefined {
  const words = node === undefined ? '' : allText(node).replace(/\s+/g, ' ').trim();
  return words === '' ? undefined : words.slice(0, MAX_REASON);
}

function allText(node: XmlNode): string {
  return [node.text, ...node.children.map(allText)].join(' ');
}
