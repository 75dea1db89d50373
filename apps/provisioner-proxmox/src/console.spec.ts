import { screenOf } from './console';

describe("a screen's address", () => {
  it("is a WebSocket on the cluster's address, with port and ticket encoded", () => {
    const ticket = 'PVEVNC:6B03+8268::Oj/4==';
    const url = new URL(
      screenOf(new URL('https://pve.example:8006/'), ['pve1', 500_001], { port: '5900', vncticket: ticket }),
    );
    expect(url.protocol).toBe('wss:');
    expect(url.host).toBe('pve.example:8006');
    expect(url.pathname).toBe('/api2/json/nodes/pve1/qemu/500001/vncwebsocket');
    expect([url.searchParams.get('port'), url.searchParams.get('vncticket')]).toEqual(['5900', ticket]);
  });
});
