import { selfSigned } from '../../../sims/faults/certificate';
import { ClusterAuthority } from '../../../sims/proxmox/certificates/authority';
import { loadGatewayConfig } from '../src/gateway.config';
import { MailClient, type Mail } from '../src/notifications/mail.client';
import { reasonOf } from '../src/notifications/mail.errors';
import { MailCatcher, type MailDoor } from './mail-catcher';

const PASSWORD = 'Canary-4711 %';
const mail: Mail = {
  ...{ id: 'one', to: 'amy@example.com', subject: 'dev asks for VM web-01', html: '<p>web-01</p>' },
  text: 'https://dcm.example.com/v1/approval-links/abc',
};

describe('a mail over TLS', () => {
  const authority = new ClusterAuthority();
  const stranger = new ClusterAuthority();
  const { key, cert } = authority.issue('mail');
  let catcher: MailCatcher;
  afterEach(() => catcher.close());

  const listen = async (door: MailDoor): Promise<void> => {
    catcher = await MailCatcher.open(door);
  };
  /** @param login `user:password@`, or nothing */
  const clientOf = (scheme: string, login: string, ca?: string): MailClient =>
    new MailClient(
      loadGatewayConfig({
        DATABASE_URL: 'none',
        AMQP_URL: 'none',
        DCM_INSTALLATION_KEY: 'an installation key for tests',
        DCM_SMTP_URL: `${scheme}://${login}127.0.0.1:${catcher.port}`,
        DCM_MAIL_FROM: 'dcm@example.com',
        DCM_PUBLIC_URL: 'https://dcm.example.com',
        DCM_SMTP_CA: ca,
      }),
    );
  const login = `dcm:${encodeURIComponent(PASSWORD)}@`;
  const doors = [
    ['smtps', 'from the first byte', { implicit: true }],
    ['smtp', 'after STARTTLS', { implicit: false }],
  ] as const;

  describe.each(doors)('by %s, %s', (scheme, _when, { implicit }) => {
    it('is handed in to a server whose authority is believed, with the login', async () => {
      await listen({ tls: { key, cert, implicit }, login: { user: 'dcm', password: PASSWORD } });
      await clientOf(scheme, login, authority.pem).send(mail);
      expect(catcher.mails).toMatchObject([{ to: ['amy@example.com'], from: 'dcm@example.com', isSecure: true }]);
      expect(catcher.logins).toEqual([{ user: 'dcm', password: PASSWORD, isSecure: true }]);
    });

    it('is not handed in to a server with a certificate of another authority, and the password is told to nobody', async () => {
      await listen({ tls: { ...stranger.issue('mail'), implicit }, login: { user: 'dcm', password: PASSWORD } });
      const error: unknown = await clientOf(scheme, login, authority.pem)
        .send(mail)
        .catch((thrown: unknown) => thrown);
      expect(reasonOf(error)).toMatch(/^E(SOCKET|TLS)$/);
      expect([catcher.mails, catcher.logins, catcher.attempts]).toEqual([[], [], 0]);
    });

    it('is not handed in where the certificate is another host’s', async () => {
      const other = selfSigned(['mail.elsewhere.test']);
      await listen({ tls: { ...other, implicit }, login: { user: 'dcm', password: PASSWORD } });
      await expect(clientOf(scheme, login, other.cert).send(mail)).rejects.toThrow();
      expect([catcher.mails, catcher.logins]).toEqual([[], []]);
    });

    it('is not handed in to a server that knows TLS 1.1 at most', async () => {
      await listen({ tls: { key, cert, implicit, maxVersion: 'TLSv1.1' } });
      await expect(clientOf(scheme, '', authority.pem).send(mail)).rejects.toThrow();
      expect(catcher.mails).toEqual([]);
    });

    it('says in codes that a login is refused, and no word of it', async () => {
      await listen({ tls: { key, cert, implicit }, login: { user: 'dcm', password: 'another' } });
      const error: unknown = await clientOf(scheme, login, authority.pem)
        .send(mail)
        .catch((thrown: unknown) => thrown);
      expect(reasonOf(error)).toBe('EAUTH, reply 535');
      expect(catcher.mails).toEqual([]);
    });
  });

  it('is not handed in to a server that only everybody’s authorities could vouch for', async () => {
    await listen({ tls: { key, cert, implicit: true } });
    await expect(clientOf('smtps', '').send(mail)).rejects.toThrow();
    expect(catcher.mails).toEqual([]);
  });

  it('is not handed in in the clear where the server offers no STARTTLS and it is demanded', async () => {
    await listen({});
    const error: unknown = await clientOf('smtp', '', authority.pem)
      .send(mail)
      .catch((thrown: unknown) => thrown);
    expect(reasonOf(error)).toMatch(/^ETLS/);
    expect([catcher.mails, catcher.attempts]).toEqual([[], 0]);
  });

  it('is spared on loopback where no authority is named', async () => {
    await listen({});
    await clientOf('smtp', '').send(mail);
    expect(catcher.mails).toMatchObject([{ isSecure: false }]);
  });
});
