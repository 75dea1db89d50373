/** `connection.close` with CONNECTION_FORCED: what an operator's `close_all_connections` or a shutdown sends. */
export function forcedClose(): Buffer {
  const text = Buffer.from('CONNECTION_FORCED by the test');
  const payload = Buffer.concat([
    Buffer.from([0, 10, 0, 50, 320 >> 8, 320 & 0xff, text.length]),
    text,
    Buffer.from([0, 0, 0, 0]),
  ]);
  const head = Buffer.alloc(7);
  head.writeUInt8(1, 0);
  head.writeUInt32BE(payload.length, 3);
  return Buffer.concat([head, payload, Buffer.from([0xce])]);
}
