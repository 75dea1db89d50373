import { settingProblems } from './settings.policy';

const refused = (keys: readonly string[], allowed: readonly string[] = []): string[] =>
  settingProblems(Object.fromEntries(keys.map((key) => [key, 'x'])), allowed).map(({ pointer }) =>
    pointer.replace('/metadata/vsphere/extraConfig/', ''),
  );

describe('the advanced settings of a request', () => {
  it('may tell the guest things, and shape what it sees of its hardware', () => {
    expect(refused(['guestinfo.role', 'DISK.enableuuid', 'svga.maxWidth', 'time.synchronize.restore'])).toEqual([]);
  });

  it.each([
    'dcm.mark',
    'DCM.birthplace',
    'guestinfo.metadata',
    'guestinfo.UserData.encoding',
    'guestInfo.vendordata',
    'RUN.container',
    'SET.guest.ipAddress',
    'scsi0:1.fileName',
    'sched.swap.dir',
    'serial0.present',
    'parallel0.present',
    'isolation.tools.copy.disable',
    'RemoteDisplay.vnc.enabled',
    'pciPassthru0.present',
    'instanceUuid',
  ])('never hold %s, whatever the site allows', (key) => {
    const site = [`${key.slice(0, 2)}*`];
    expect(refused([key])).toEqual([key]);
    expect(refused([key], site)).toEqual([key]);
  });

  it('hold nothing that nobody allowed, and what the site allows', () => {
    expect(refused(['vhv.enable', 'ethernet0.filter4.name'])).toEqual(['vhv.enable', 'ethernet0.filter4.name']);
    expect(refused(['vhv.enable', 'numa.x'], ['VHV.enable', 'numa.*'])).toEqual([]);
    const [problem] = settingProblems({ 'vhv.enable': 'TRUE' }, ['numa.*']);
    expect(problem?.message).toMatch(/^is not among the settings that this site allows: guestinfo\.\*, .*numa\.\*$/);
  });

  it('are named once, in whichever case', () => {
    expect(refused(['guestinfo.a', 'GuestInfo.A'])).toEqual(['GuestInfo.A']);
  });
});
