import { Agent, request } from 'node:https';
import type { Vcsim } from '../vcsim';

/** Status and body of one SOAP answer. */
export interface SoapAnswer {
  readonly status: number;
  readonly body: string;
}

/**
 * One vCenter session on many open connections, to send calls in the same instant: the way to meet the gap between a
 * check and the change it allows. Calls are given as the content of the SOAP body.
 */
export class Volley {
  private readonly agent: Agent;
  private cookie = '';

  constructor(
    private readonly vcsim: Vcsim,
    private readonly size: number,
  ) {
    this.agent = new Agent({ keepAlive: true, maxSockets: size, ...(vcsim.ca === undefined ? {} : { ca: vcsim.ca }) });
  }

  /** Logs in and opens all connections. */
  async open(): Promise<void> {
    const { username, password } = this.vcsim;
    const login = `<Login xmlns="urn:vim25"><_this type="SessionManager">SessionManager</_this><userName>${username}</userName><password>${password}</password></Login>`;
    const { status } = await this.call(login);
    if (status !== 200) throw new Error(`Unable to log in: HTTP ${status}`);
    await this.fire(
      '<CurrentTime xmlns="urn:vim25"><_this type="ServiceInstance">ServiceInstance</_this></CurrentTime>',
    );
  }

  /** Sends the call on every connection at once. */
  fire(call: string): Promise<SoapAnswer[]> {
    return Promise.all(Array.from({ length: this.size }, () => this.call(call)));
  }

  close(): void {
    this.agent.destroy();
  }

  private call(content: string): Promise<SoapAnswer> {
    const envelope = `<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body>${content}</Body></Envelope>`;
    return new Promise((resolve, reject) => {
      const options = { method: 'POST', agent: this.agent, headers: { cookie: this.cookie } };
      const sent = request(this.vcsim.url, options, (response) => {
        this.cookie = response.headers['set-cookie']?.[0]?.split(';')[0] ?? this.cookie;
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, body });
        });
      });
      sent.on('error', reject);
      sent.end(envelope);
    });
  }
}
