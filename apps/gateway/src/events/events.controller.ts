import { Controller } from '@nestjs/common';
import { Input, RawEndpoint, type Call } from '../http/endpoint';
import { EventStreams } from './event-streams';

/** `/v1/events` */
@Controller()
export class EventsController {
  constructor(private readonly streams: EventStreams) {}

  @RawEndpoint('streamEvents')
  async stream(@Input() { request, reply, principal }: Call<'streamEvents'>): Promise<unknown> {
    // The end of a stream is the end of its connection, so that a server that goes away need not wait for it to be used again.
    void reply.type('text/event-stream; charset=utf-8').headers({ 'x-accel-buffering': 'no', connection: 'close' });
    if (request.method === 'HEAD') return '';
    const lastEventId = request.headers['last-event-id'];
    return this.streams.open({
      principal,
      authorization: request.headers.authorization,
      lastEventId: typeof lastEventId === 'string' && lastEventId !== '' ? lastEventId : undefined,
    });
  }
}
