/** One element of DER. @see ITU-T X.690 */
export function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const digits = body.length.toString(16);
  const size = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
  const head = body.length < 128 ? [tag, body.length] : [tag, 0x80 | size.length, ...size];
  return Buffer.concat([Buffer.from(head), body]);
}

/** A SEQUENCE of elements. */
export const sequence = (...content: readonly Buffer[]): Buffer => der(0x30, ...content);

/** An OBJECT IDENTIFIER in its dotted form. */
export function objectId(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const septets = (value: number): number[] =>
    value < 128 ? [value] : [...septets(Math.floor(value / 128)).map((one) => one | 0x80), value % 128];
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(septets)]));
}

/** A UTCTime from milliseconds since the epoch. */
export const utcTime = (at: number): Buffer => {
  const digits = new Date(at).toISOString().replace(/\D/g, '');
  return der(0x17, Buffer.from(`${digits.slice(2, 14)}Z`));
};

/** A UTF8String. */
export const utf8 = (text: string): Buffer => der(0x0c, Buffer.from(text));

/** PEM of a DER certificate. */
export const certificatePem = (bytes: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64').replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;
