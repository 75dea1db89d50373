import { missingPrivileges, PRIVILEGES } from './privilege.policy';

const everything = new Set(Object.values(PRIVILEGES).flat());
const places = {
  folder: [{ value: 'f' }],
  pool: [{ value: 'p' }],
  datastore: [{ value: 'd' }, { value: 'e' }],
  network: [],
};

describe('missing privileges', () => {
  it('are none when each is granted where it is needed; one datastore of several is enough', () => {
    const granted = new Map([
      ['f', everything],
      ['p', everything],
      ['e', everything],
    ]);
    expect(missingPrivileges(places, granted)).toEqual([]);
  });

  it('are named once each', () => {
    const granted = new Map([
      ['f', new Set([...everything].filter((one) => one !== 'VirtualMachine.Interact.Reset'))],
      ['p', new Set<string>()],
      ['d', everything],
    ]);
    expect(missingPrivileges(places, granted)).toEqual(['VirtualMachine.Interact.Reset', 'Resource.AssignVMToPool']);
  });
});
