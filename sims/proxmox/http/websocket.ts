import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Answer } from './answer';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const BINARY_FRAME = 0x82;

/** What a screen says first. @see RFC 6143, 7.1.1 */
const GREETING = Buffer.from('RFB 003.008\n');

/**
 * Answers a request to turn a connection into a WebSocket: a console that was granted greets its client, and no more;
 * a refusal is a plain HTTP answer.
 * @see RFC 6455, 4.2.2
 */
export function answerUpgrade(request: IncomingMessage, socket: Duplex, answer: Answer): void {
  const key = request.headers['sec-websocket-key'];
  socket.on('error', () => socket.destroy());
  if (answer.status !== 200 || key === undefined) {
    const head = [`HTTP/1.1 ${answer.status} ${answer.reason}`, `Content-Length: ${Buffer.byteLength(answer.body)}`];
    socket.end(`${[...head, 'Connection: close'].join('\r\n')}\r\n\r\n${answer.body}`);
    return;
  }
  const accept = createHash('sha1')
    .update(key + GUID)
    .digest('base64');
  const wanted = request.headers['sec-websocket-protocol']?.split(/,\s*/) ?? [];
  const protocol = wanted.includes('binary') ? ['Sec-WebSocket-Protocol: binary'] : [];
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
  socket.write(`${[...lines, `Sec-WebSocket-Accept: ${accept}`, ...protocol].join('\r\n')}\r\n\r\n`);
  socket.write(Buffer.concat([Buffer.from([BINARY_FRAME, GREETING.length]), GREETING]));
  socket.on('end', () => socket.end());
  socket.resume();
}
